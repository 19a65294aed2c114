#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collect/expand.h"
#include "collect/layout.h"
#include "collect/plugin.h"

namespace holter::collect {

/// A set that refers to results of earlier ones, in the place of a probe: probes are made of it in each round, when
/// those results are known, and live as long as their attempts.
///
/// Threads and lifetime: as a probe.
class PerRow final : public Probe {
 public:
  /// `names`: the references of the set. The app's name must outlive this.
  PerRow(const PluginInfo& plugin, std::string_view app, model::ResolvedSet set, std::vector<std::string> names);

  /// What runs in one of its runs.
  struct Run {
    std::unique_ptr<Probe> probe;
    std::shared_ptr<const Layout> layout;
    std::size_t bytes = 0;  ///< that both hold
  };
  /// Errors: kInvalidArgument, naming key and value. Throws std::bad_alloc.
  Result<Run> make(const Variables& variables) const;
  const std::vector<std::string>& names() const { return names_; }
  /// Whether a field of the set is referred to.
  bool refers_to(const model::SetDef& set) const;

  const PerRow* per_row() const override { return this; }
  std::size_t bytes() const override;
  std::string_view target() const override { return {}; }
  milliseconds timeout() const override { return milliseconds(0); }
  void start(Attempt&) override;
  void cancel(Attempt&) override;

 private:
  const PluginInfo& plugin_;
  const std::string_view app_;
  const model::ResolvedSet set_;
  const std::vector<std::string> names_;
};

}  // namespace holter::collect
