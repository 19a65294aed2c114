#pragma once

#include "api/dispatch.h"
#include "api/problem.h"

// What a request must pass before its handler runs. Each returns a problem of status 0 when it may.
namespace holter::api {

/// Only names of this machine are served: a browser that was lured by DNS rebinding sends the attacker's name (421).
Problem check_host(const RequestHead& head, const Target& target);

/// For methods that change something. There are no accounts yet, so nothing but this keeps other sites that a user of
/// this machine visits from changing something here: an Origin must be this server (403), and the content must be JSON
/// (415), which no form of another site can send without asking first.
Problem check_change(const RequestHead& head);

/// 503 with Retry-After where memory pressure forbids the route, with the bytes wanted and left.
Problem check_pressure(const Route& route, const Backend& backend);

}  // namespace holter::api
