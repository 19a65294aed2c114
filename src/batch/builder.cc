#include "batch/builder.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <new>
#include <string>

#include <arrow/array/data.h>
#include <arrow/buffer_builder.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/utf8.h"
#include "batch/schema.h"

namespace holter::batch {
namespace {

/// Fixed-width values, appended to memory from the pool.
template <class T>
class Column {
 public:
  explicit Column(arrow::MemoryPool& pool) : builder_(&pool) {}

  /// Makes room for one more; false when the pool refuses.
  bool make_room(std::size_t expected) {
    if (builder_.length() < builder_.capacity()) return true;
    auto more = std::max<std::int64_t>({builder_.capacity(), static_cast<std::int64_t>(expected), 64});
    return builder_.Reserve(more).ok();
  }
  void append(T value) { builder_.UnsafeAppend(value); }
  std::int64_t length() const { return builder_.length(); }

  arrow::Result<std::shared_ptr<arrow::ArrayData>> finish(const std::shared_ptr<arrow::DataType>& type) {
    auto rows = builder_.length();
    ARROW_ASSIGN_OR_RAISE(auto buffer, builder_.Finish(false));
    return arrow::ArrayData::Make(type, rows, {nullptr, std::move(buffer)}, 0);
  }

 private:
  arrow::TypedBufferBuilder<T> builder_;
};

/// Texts as indices into a dictionary of this batch: a message that 9,000 rounds share is stored once.
class TextColumn {
 public:
  explicit TextColumn(arrow::MemoryPool& pool) : index_(pool), offsets_(pool), bytes_(&pool) {}

  /// Room for one more row of `text`, which append() then takes. The dictionary has the text from now on; when another
  /// column has no room and the row is dropped, that is an entry without a row, and no harm.
  bool make_room(std::size_t expected, std::string_view text) {
    if (!index_.make_room(expected)) return false;
    if (last_ >= 0 && text == last_text_) return true;  // runs of one value are the rule
    auto found = known_.find(text);
    if (found == known_.end()) {
      // A batch's texts stay below the 2 GiB of 32-bit offsets.
      if (!offsets_.make_room(2) || bytes_.length() + static_cast<std::int64_t>(text.size()) >= INT32_MAX ||
          !bytes_.Reserve(static_cast<std::int64_t>(text.size())).ok())
        return false;
      found = known_.emplace(std::string(text), static_cast<std::int32_t>(known_.size())).first;
      // From here on nothing is refused: dictionary and offsets stay in step.
      offsets_.append(static_cast<std::int32_t>(bytes_.length()));
      if (!text.empty()) bytes_.UnsafeAppend(text.data(), static_cast<std::int64_t>(text.size()));
    }
    last_ = -1;
    last_text_ = found->first;
    last_ = found->second;
    return true;
  }
  void append() { index_.append(last_); }

  arrow::Result<std::shared_ptr<arrow::ArrayData>> finish(const std::shared_ptr<arrow::DataType>& type) {
    if (!offsets_.make_room(1)) return arrow::Status::OutOfMemory("dictionary offsets");
    offsets_.append(static_cast<std::int32_t>(bytes_.length()));
    auto entries = offsets_.length() - 1;
    ARROW_ASSIGN_OR_RAISE(auto offsets, offsets_.finish(arrow::int32()));
    ARROW_ASSIGN_OR_RAISE(auto bytes, bytes_.Finish(false));
    ARROW_ASSIGN_OR_RAISE(auto data, index_.finish(type));
    data->dictionary =
        arrow::ArrayData::Make(arrow::utf8(), entries, {nullptr, offsets->buffers[1], std::move(bytes)}, 0);
    forget();
    return data;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };

  void forget() {
    last_ = -1;
    last_text_.clear();
    known_.clear();
  }

  Column<std::int32_t> index_, offsets_;
  arrow::BufferBuilder bytes_;
  boost::unordered_flat_map<std::string, std::int32_t, Hash, std::equal_to<>> known_;
  std::int32_t last_ = -1;
  std::string last_text_;
};

using ArrayPtr = std::shared_ptr<arrow::ArrayData>;
using BatchResult = arrow::Result<std::shared_ptr<arrow::RecordBatch>>;

}  // namespace

struct Builder::Columns {
  explicit Columns(arrow::MemoryPool& p) : pool(p) {}

  arrow::MemoryPool& pool;
  struct Samples {
    Column<std::uint64_t> series;
    Column<std::int64_t> time;
    Column<double> value;
    std::size_t expected = 64;
  } samples{Column<std::uint64_t>(pool), Column<std::int64_t>(pool), Column<double>(pool)};
  struct Texts {
    Column<std::uint64_t> series;
    Column<std::int64_t> time;
    TextColumn value;
    std::size_t expected = 64;
  } texts{Column<std::uint64_t>(pool), Column<std::int64_t>(pool), TextColumn(pool)};
  struct Rounds {
    Column<std::uint64_t> monitor;
    TextColumn set;
    Column<std::int64_t> time;
    Column<std::uint32_t> duration;
    Column<std::uint8_t> code;
    TextColumn message;
    std::size_t expected = 64;
  } rounds{Column<std::uint64_t>(pool), TextColumn(pool),           Column<std::int64_t>(pool),
           Column<std::uint32_t>(pool), Column<std::uint8_t>(pool), TextColumn(pool)};
  struct Series {
    Column<std::uint64_t> series, monitor;
    TextColumn set, field, labels;
    std::size_t expected = 64;
  } series{Column<std::uint64_t>(pool), Column<std::uint64_t>(pool), TextColumn(pool), TextColumn(pool),
           TextColumn(pool)};

  template <class... C>
  static bool room(std::size_t expected, C&... column) {
    return (column.make_room(expected) && ...);
  }

  BatchResult finish_samples() {
    auto rows = samples.series.length();
    if (rows == 0) return nullptr;
    samples.expected = static_cast<std::size_t>(rows);
    const auto& schema = samples_schema();
    ARROW_ASSIGN_OR_RAISE(auto a, samples.series.finish(schema->field(0)->type()));
    ARROW_ASSIGN_OR_RAISE(auto b, samples.time.finish(schema->field(1)->type()));
    ARROW_ASSIGN_OR_RAISE(auto c, samples.value.finish(schema->field(2)->type()));
    return arrow::RecordBatch::Make(schema, rows, std::vector<ArrayPtr>{a, b, c});
  }
  BatchResult finish_texts() {
    auto rows = texts.series.length();
    if (rows == 0) return nullptr;
    texts.expected = static_cast<std::size_t>(rows);
    const auto& schema = texts_schema();
    ARROW_ASSIGN_OR_RAISE(auto a, texts.series.finish(schema->field(0)->type()));
    ARROW_ASSIGN_OR_RAISE(auto b, texts.time.finish(schema->field(1)->type()));
    ARROW_ASSIGN_OR_RAISE(auto c, texts.value.finish(schema->field(2)->type()));
    return arrow::RecordBatch::Make(schema, rows, std::vector<ArrayPtr>{a, b, c});
  }
  BatchResult finish_rounds() {
    auto rows = rounds.monitor.length();
    if (rows == 0) return nullptr;
    rounds.expected = static_cast<std::size_t>(rows);
    const auto& schema = rounds_schema();
    ARROW_ASSIGN_OR_RAISE(auto a, rounds.monitor.finish(schema->field(0)->type()));
    ARROW_ASSIGN_OR_RAISE(auto b, rounds.set.finish(schema->field(1)->type()));
    ARROW_ASSIGN_OR_RAISE(auto c, rounds.time.finish(schema->field(2)->type()));
    ARROW_ASSIGN_OR_RAISE(auto d, rounds.duration.finish(schema->field(3)->type()));
    ARROW_ASSIGN_OR_RAISE(auto e, rounds.code.finish(schema->field(4)->type()));
    ARROW_ASSIGN_OR_RAISE(auto f, rounds.message.finish(schema->field(5)->type()));
    return arrow::RecordBatch::Make(schema, rows, std::vector<ArrayPtr>{a, b, c, d, e, f});
  }
  BatchResult finish_series() {
    auto rows = series.series.length();
    if (rows == 0) return nullptr;
    series.expected = static_cast<std::size_t>(rows);
    const auto& schema = series_schema();
    ARROW_ASSIGN_OR_RAISE(auto a, series.series.finish(schema->field(0)->type()));
    ARROW_ASSIGN_OR_RAISE(auto b, series.monitor.finish(schema->field(1)->type()));
    ARROW_ASSIGN_OR_RAISE(auto c, series.set.finish(schema->field(2)->type()));
    ARROW_ASSIGN_OR_RAISE(auto d, series.field.finish(schema->field(3)->type()));
    ARROW_ASSIGN_OR_RAISE(auto e, series.labels.finish(schema->field(4)->type()));
    return arrow::RecordBatch::Make(schema, rows, std::vector<ArrayPtr>{a, b, c, d, e});
  }
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;
};

Builder::Builder(arrow::MemoryPool& pool, std::size_t max_rows)
    : columns_(std::make_unique<Columns>(pool)), max_rows_(max_rows) {}

Builder::~Builder() = default;

void Builder::add_sample(SeriesId series, std::int64_t time_ms, double value) try {
  auto& c = columns_->samples;
  if (!Columns::room(std::min(c.expected, max_rows_), c.series, c.time, c.value)) {
    ++dropped_;
    return;
  }
  c.series.append(series.value);
  c.time.append(time_ms);
  c.value.append(value);
} catch (const std::bad_alloc&) {  // Arrow's own nodes and messages
  ++dropped_;
}

// Texts come from peers: what is not UTF-8 is made so here, for everybody behind. The allocator may refuse until all
// columns have room; what follows takes nothing, so rows are whole.

void Builder::add_text(SeriesId series, std::int64_t time_ms, std::string_view value) try {
  value = as_utf8(value, scratch_);
  auto& c = columns_->texts;
  auto expected = std::min(c.expected, max_rows_);
  if (!Columns::room(expected, c.series, c.time) || !c.value.make_room(expected, value)) {
    ++dropped_;
    return;
  }
  c.series.append(series.value);
  c.time.append(time_ms);
  c.value.append();
} catch (const std::bad_alloc&) {
  ++dropped_;
}

void Builder::add_round(MonitorId monitor, std::string_view set, std::int64_t time_ms, std::uint32_t duration_us,
                        model::ResultCode code, std::string_view message) try {
  message = as_utf8(message, scratch_);
  auto& c = columns_->rounds;
  auto expected = std::min(c.expected, max_rows_);
  if (!Columns::room(expected, c.monitor, c.time, c.duration, c.code) || !c.set.make_room(expected, set) ||
      !c.message.make_room(expected, message)) {
    ++dropped_;
    return;
  }
  c.monitor.append(monitor.value);
  c.set.append();
  c.time.append(time_ms);
  c.duration.append(duration_us);
  c.code.append(static_cast<std::uint8_t>(code));
  c.message.append();
} catch (const std::bad_alloc&) {
  ++dropped_;
}

void Builder::add_series(SeriesId series, MonitorId monitor, std::string_view set, std::string_view field,
                         std::string_view labels) try {
  labels = as_utf8(labels, scratch_);
  auto& c = columns_->series;
  auto expected = std::min(c.expected, max_rows_);
  if (!Columns::room(expected, c.series, c.monitor) || !c.set.make_room(expected, set) ||
      !c.field.make_room(expected, field) || !c.labels.make_room(expected, labels)) {
    ++dropped_;
    return;
  }
  c.series.append(series.value);
  c.monitor.append(monitor.value);
  c.set.append();
  c.field.append();
  c.labels.append();
} catch (const std::bad_alloc&) {
  ++dropped_;
}

bool Builder::empty() const {
  return columns_->samples.series.length() + columns_->texts.series.length() + columns_->rounds.monitor.length() +
             columns_->series.series.length() ==
         0;
}

bool Builder::full() const {
  auto most = std::max({columns_->samples.series.length(), columns_->texts.series.length(),
                        columns_->rounds.monitor.length(), columns_->series.series.length()});
  return most >= static_cast<std::int64_t>(max_rows_);
}

std::uint64_t Builder::rows() const {
  const auto& c = *columns_;
  return static_cast<std::uint64_t>(c.samples.series.length() + c.texts.series.length() + c.rounds.monitor.length() +
                                    c.series.series.length());
}

/// Drops what was added. Allocates nothing: it is done when there is no memory.
void Builder::discard(std::uint64_t rows) {
  dropped_ += rows;
  auto& pool = columns_->pool;
  std::destroy_at(columns_.get());
  std::construct_at(columns_.get(), pool);
}

Result<std::shared_ptr<const Batch>> Builder::finish() {
  auto count = rows();
  try {
    auto& c = *columns_;
    auto samples = c.finish_samples();
    auto texts = c.finish_texts();
    auto rounds = c.finish_rounds();
    auto series = c.finish_series();
    for (const auto& part : {&samples, &texts, &rounds, &series}) {
      if (part->ok()) continue;
      auto reason = part->status().ToString();
      discard(count);
      return Error(ErrorCode::kResourceExhausted, fmt::format("cannot freeze a batch of {} rows: {}", count, reason));
    }
    return Batch::make(std::move(*samples), std::move(*texts), std::move(*rounds), std::move(*series));
  } catch (const std::bad_alloc&) {  // the allocator's cap, or Arrow's own nodes
    discard(count);
    return Error(ErrorCode::kResourceExhausted, "no memory");  // short enough to need none
  }
}

}  // namespace holter::batch
