#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/attempt.h"
#include "net/http.h"

namespace holter::collect::web {

/// Sends the request and waits for the answer until the attempt's deadline, with all that happens noted for who
/// watches. Errors: those of net::HttpClient::fetch().
boost::asio::awaitable<Result<net::HttpResponse>> exchange(Attempt* attempt, net::HttpRequest request);

/// The answer in a recording, in the form of net::read_answer(). Errors: as there.
Result<net::HttpResponse> recorded(Attempt& attempt, std::string_view recording);

/// FAIL with the status and the beginning of the body's text, when the status is none of `codes`.
std::optional<Outcome> refused_status(const net::HttpResponse& response, std::span<const int> codes);

/// First value of a header, or empty.
std::string_view header_of(const net::HttpResponse& response, std::string_view name);

/// Turns the body into UTF-8 by the charset of Content-Type, and with `xml` else by the XML declaration. True when one
/// of them said a charset that was decoded; without one, or with one that is not known (noted as a step), the body
/// stays as it is. Errors: kResourceExhausted.
Result<bool> decode(Attempt& attempt, net::HttpResponse& response, bool xml);

/// How reading an answer ended: our own want of memory is kUnavailable, all else the target's failure.
Outcome outcome_of_reading(const Status& status);

/// True when the answer says that it is OpenMetrics.
bool is_openmetrics(const net::HttpResponse& response);

/// The failure to read exporter text, and what came instead when it is no exporter text at all.
Error not_exporter_text(Error error, const net::HttpResponse& response);

/// The beginning of a body as a person would see it, for messages: without markup, white space collapsed, cut.
std::string beginning_of(const net::HttpResponse& response, std::size_t most = 120);

}  // namespace holter::collect::web
