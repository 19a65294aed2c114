#include "read/exporter_catalog.h"

#include <algorithm>
#include <functional>

#include "base/utf8.h"
#include "expr/number_text.h"

namespace holter::read {
namespace {

constexpr std::string_view kSuffixes[] = {"_total",   "_bucket", "_sum",  "_count",
                                          "_created", "_info",   "_gsum", "_gcount"};

/// Of a family, sorted by name.
struct Family {
  std::string_view name, type, help, unit;
};

std::string_view& part_of(Family& family, ExporterSink::Meta kind) {
  if (kind == ExporterSink::Meta::kHelp) return family.help;
  return kind == ExporterSink::Meta::kType ? family.type : family.unit;
}

/// Sorts by name and joins those of one name; what came first stays. Names are pieces of one text, so their places tell
/// which came first.
template <class T, class Join>
void sort_and_join(MeteredVector<T>& all, Join join) {
  std::sort(all.data(), all.data() + all.size(), [](const T& a, const T& b) {
    const int order = a.name.compare(b.name);
    return order < 0 || (order == 0 && std::less<>()(a.name.data(), b.name.data()));
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (kept > 0 && all[kept - 1].name == all[i].name)
      join(all[kept - 1], all[i]);
    else
      all[kept++] = all[i];
  }
  all.shorten(kept);
}

template <class T>
const T* find_by_name(const MeteredVector<T>& sorted, std::string_view name) {
  auto found = std::lower_bound(sorted.begin(), sorted.end(), name,
                                [](const T& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != sorted.end() && found->name == name ? found : nullptr;
}

const Family* family_of(const MeteredVector<Family>& families, std::string_view metric) {
  if (const auto* found = find_by_name(families, metric)) return found;
  for (auto suffix : kSuffixes)
    if (metric.ends_with(suffix))
      if (const auto* found = find_by_name(families, metric.substr(0, metric.size() - suffix.size()))) return found;
  return nullptr;
}

}  // namespace

class CatalogDiscovery final : public ExporterSink {
 public:
  explicit CatalogDiscovery(ExporterCatalog& catalog) : catalog_(catalog), families_(catalog.meter_) {}

  Status sample(const ExporterSample& sample) override {
    auto& metrics = catalog_.metrics_;
    if (!metrics.empty() && metrics[metrics.size() - 1].name == sample.name) {
      ++metrics[metrics.size() - 1].samples;
      return {};
    }
    CatalogMetric metric{.name = sample.name, .type = {}, .help = {}, .unit = {}};
    metric.samples = 1;
    metric.first_label = static_cast<std::uint32_t>(catalog_.labels_.size());
    metric.labels = static_cast<std::uint32_t>(sample.labels.size());
    for (const auto& label : sample.labels)
      if (!catalog_.labels_.push(label.name)) return refused();
    return metrics.push(metric) ? Status() : refused();
  }
  Status meta(Meta kind, std::string_view family, std::string_view text) override {
    if (families_.empty() || families_[families_.size() - 1].name != family)
      if (!families_.push({.name = family, .type = {}, .help = {}, .unit = {}})) return refused();
    part_of(families_[families_.size() - 1], kind) = text;
    return {};
  }

  void finish() {
    sort_and_join(families_, [](Family& a, const Family& b) {
      if (a.type.empty()) a.type = b.type;
      if (a.help.empty()) a.help = b.help;
      if (a.unit.empty()) a.unit = b.unit;
    });
    auto& metrics = catalog_.metrics_;
    sort_and_join(metrics, [](CatalogMetric& a, const CatalogMetric& b) { a.samples += b.samples; });
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const Family* family = family_of(families_, metrics[i].name);
      if (family == nullptr) continue;
      metrics[i].type = family->type;
      metrics[i].help = family->help;
      metrics[i].unit = family->unit;
    }
  }

 private:
  Status refused() const { return catalog_.meter_.refusal("keep the list of metrics"); }

  ExporterCatalog& catalog_;
  MeteredVector<Family> families_;
};

namespace {

class CatalogRows final : public ExporterSink {
 public:
  CatalogRows(const ExporterCatalog& catalog, CatalogSink& sink) : catalog_(catalog), sink_(sink) {}

  Status sample(const ExporterSample& sample) override {
    const auto metrics = catalog_.metrics();
    if (number_ >= metrics.size() || metrics[number_].name != sample.name) {
      auto found = std::ranges::lower_bound(metrics, sample.name, {}, &CatalogMetric::name);
      if (found == metrics.end() || found->name != sample.name) return {};
      number_ = static_cast<std::size_t>(found - metrics.begin());
    }
    if (!sink_.begin_row(number_)) return full();
    const auto names = catalog_.labels(metrics[number_]);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!sink_.cell(i, value_of(sample, i, names[i]))) return full();
    char buffer[expr::kMaxScalarText];
    return sink_.cell(names.size(), expr::write_double(sample.value, buffer)) ? Status() : full();
  }

 private:
  std::optional<std::string_view> value_of(const ExporterSample& sample, std::size_t guess, std::string_view name) {
    if (guess < sample.labels.size() && sample.labels[guess].name == name)
      return as_utf8(sample.labels[guess].value, clean_);
    auto found = std::ranges::find(sample.labels, name, &ExporterLabel::name);
    if (found == sample.labels.end()) return std::nullopt;
    return as_utf8(found->value, clean_);
  }
  static Status full() {
    return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the answer: there is no room for more");
  }

  const ExporterCatalog& catalog_;
  CatalogSink& sink_;
  std::size_t number_ = 0;
  std::string clean_;
};

}  // namespace

Status ExporterCatalog::discover() {
  metrics_.clear();
  labels_.clear();
  CatalogDiscovery discovery(*this);
  TRY(auto summary, read_exporter(text_, {.wanted = {}, .openmetrics = openmetrics_}, account_, discovery));
  (void)summary;  // the caller wants the metrics
  discovery.finish();
  return {};
}

Status ExporterCatalog::rows(CatalogSink& sink) const {
  CatalogRows rows(*this, sink);
  TRY(auto summary, read_exporter(text_, {.wanted = {}, .openmetrics = openmetrics_}, account_, rows));
  (void)summary;  // the sink has seen them
  return {};
}

std::string decode_help(std::string_view help) {
  std::string out;
  for (std::size_t i = 0; i < help.size(); ++i) {
    const bool escape = help[i] == '\\' && i + 1 < help.size() && std::string_view("\\n\"").contains(help[i + 1]);
    if (escape) ++i;
    out += escape && help[i] == 'n' ? '\n' : help[i];
  }
  std::string scratch;
  return std::string(as_utf8(out, scratch));
}

}  // namespace holter::read
