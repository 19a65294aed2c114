#pragma once

#include "api/dispatch.h"
#include "api/problem.h"

// What a request must pass before its handler runs. Each returns a problem of status 0 when it may.
namespace holter::api {

/// Only names of this server are served: a browser that was lured by DNS rebinding sends the attacker's name (421).
Problem check_host(const RequestHead& head, const Target& target, const Site& site);

/// 403 where the role that the route takes is greater than any that `who` has. 401 where nobody is logged in.
Problem check_role(const Route& route, const access::Identity* who);

/// For methods that change something. A page of another site changes nothing here, whoever it lured: an Origin must be
/// this server's (403), and the content must be JSON (415), which no form can send without asking first.
Problem check_change(const RequestHead& head, const Route& route, const Site& site);

/// 503 with Retry-After where memory pressure forbids the route, with the bytes wanted and left.
Problem check_pressure(const Route& route, const Backend& backend);

}  // namespace holter::api
