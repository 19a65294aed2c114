#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collect/layout.h"
#include "collect/raw_table.h"
#include "memory/account.h"
#include "model/definition.h"
#include "model/monitor.h"

// `^o^name^o^` in a set stands for the field `name` of a set of an earlier level (format section 2.2): the set is then
// asked once for each row of that one. Names are of [A-Za-z0-9_.-], as those of parameters.

namespace holter::collect {

/// Names and what stands for them; nullopt: the cell is missing.
using Variables = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// The names that a set refers to, each once, in the order: block (values, not keys), aliases, calculates, units.
std::vector<std::string> references(const model::ResolvedSet& set);

/// The set with each reference replaced whose name is among `variables`; others stay. A scalar that is one reference
/// without a value becomes null (in a list of texts: empty); inside a longer text such a reference is empty. Within
/// quotes of a calculation or a filter a value is escaped, so that it stays one text.
model::ResolvedSet substitute(const model::ResolvedSet& set, const Variables& variables);

/// Memory that a resolved set holds. Bytes.
std::size_t bytes_of(const model::ResolvedSet& set);

/// What the sets of a round have found so far, as far as later ones refer to it. Bounded by the limits below and by an
/// account.
///
/// Threads: one. Lifetime: definition and accounts must outlive it. Every function may throw std::bad_alloc, and has
/// had no effect then.
class Environment {
 public:
  static constexpr std::size_t kMostRows = 50;            ///< of a set: what is beyond is told, not asked for
  static constexpr std::size_t kLongestValue = 16 << 10;  ///< bytes

  /// Bytes are charged to `account`, or to `reserve` (may be null) when that refuses.
  explicit Environment(memory::Account& account, memory::Account* reserve = nullptr)
      : account_(account), reserve_(reserve) {}

  enum class Add : std::uint8_t { kReplace, kAppend };
  /// Keeps the rows of a set that has ended with success: of its fields those that `names` has, values as
  /// Layout::value() gives them, rows that filters drop left out; in place of what the set had given before, or behind
  /// it. `scratch` is the caller's, for any layouts; `now` is what now() yields. Errors: kResourceExhausted
  /// when the account refuses, kTooLarge for a value above kLongestValue; the set then counts as failed with that
  /// message.
  Status add(const model::SetDef& set, const Layout& layout, const RawTable& table, std::span<const std::string> names,
             Layout::Scratch& scratch, WallTime now, Add how = Add::kReplace);
  /// The set has ended with another code.
  void add_failed(const model::SetDef& set, model::ResultCode code, std::string_view message);

  /// How often a set is to be asked.
  struct Runs {
    std::size_t count = 0;  ///< 0: the set that it refers to has no rows
    std::size_t rows = 0;   ///< for each of which it should be asked; 1 when only single rows are referred to
    std::string_view of;    ///< name of the set that has the rows; empty when there is none with several
    /// "asked for the first 50 of 73 rows of containers", or "asked for none: containers has no rows"; else empty.
    std::string note() const;
    std::vector<std::pair<std::string, std::size_t>> sources;  ///< for variables(): where each name is found
  };
  /// For a set of priority `level` that refers to `names`. A name is looked for in all sets of earlier levels that were
  /// added, in those of the highest priority number (the nearest level) first, then in the order of the definition; one
  /// that has rows goes before one that has none. A set with one row stands for itself in every run; of sets with
  /// several rows there may be one. Errors: kNotFound when no set has given a name; kUnavailable when the only one that
  /// could has failed, kResourceExhausted when that was for want of our own memory; kInvalidArgument when two names are
  /// of two sets with several rows.
  Result<Runs> runs(std::span<const std::string> names, int level) const;
  /// The variables of run `index` (below runs.count). No set of an earlier level may have been added since.
  Variables variables(const Runs& runs, std::size_t index) const;

  void clear();
  std::size_t bytes() const { return charged_.bytes(); }

 private:
  struct Given {
    const model::SetDef* set = nullptr;
    std::size_t rows = 0;  ///< there were; of them kMostRows are kept
    bool failed = false;
    model::ResultCode code{};                        ///< how it failed
    std::string message;                             ///< why it failed
    std::vector<std::string> names;                  ///< columns
    std::vector<std::optional<std::string>> values;  ///< rows x names
    std::size_t bytes = 0;

    std::optional<std::size_t> column(std::string_view name) const;
  };
  bool charge(std::size_t bytes);
  Status read(const Layout& layout, const RawTable& table, std::span<const std::string> names, std::size_t most,
              Layout::Scratch& scratch, WallTime now, Given& given);
  Given* find(const model::SetDef& set);
  void put(Given&& given);
  std::optional<std::size_t> source_of(std::string_view name, int level) const;

  memory::Account& account_;
  memory::Account* reserve_;
  memory::Reservation charged_;
  std::vector<Given> given_;
};

}  // namespace holter::collect
