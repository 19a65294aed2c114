#pragma once

#include <cstddef>
#include <cstdint>

#include "collect/attempt.h"
#include "net/http.h"

namespace holter::collect::exporter {

/// How much of an answer becomes results. What is beyond is left out, and the success says so.
struct Limits {
  std::size_t metrics = 4096;  ///< the first by name
  std::uint64_t rows = 50'000;
};

/// Publishes each metric of exporter text as a part of the attempt (Attempt::publish_part()): named as the metric, with
/// the labels of its first sample as label fields, and `metric_value`, not rounded. Samples of one metric that do not
/// stand together come as several parts. Not text of an exporter: kFail, with what came instead.
Outcome publish_metrics(Attempt& attempt, const net::HttpResponse& response, const Limits& limits);

}  // namespace holter::collect::exporter
