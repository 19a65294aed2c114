#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collect/field_explanation.h"
#include "collect/number.h"
#include "collect/raw_table.h"
#include "expr/evaluate.h"
#include "expr/program.h"
#include "memory/account.h"
#include "model/definition.h"
#include "read/json_apply.h"

namespace holter::collect {

/// From raw rows to result rows: which alias feeds which field, and how (format sections 4.1 to 4.4). Made once per set
/// of a definition and shared by all monitors whose set resolves to the same texts. Frozen: any thread, each with its
/// own Scratch.
class Layout {
 public:
  struct Field {
    std::string name, unit;
    bool number = false;  ///< else a text; times of day are numbers, too: seconds
    bool label = false;
    bool exact = false;                    ///< a number that is not rounded
    bool time_of_day = false;              ///< raw texts are `HH:mm[:ss]`
    bool secret = false;                   ///< not to be shown
    int column = -1;                       ///< index of the alias; -1: none feeds it
    std::optional<expr::Program> program;  ///< computed from the aliases; `column` is -1 then
    std::optional<Conversion> conversion;  ///< of (from, to), where they are of one family
    std::string from, to;                  ///< unit conversion asked for; empty: none
    std::string defect;                    ///< why the field is always null; empty: it is not
  };

  /// A calculation that does not compile makes a field that is always null, with the reason in Field::defect: files in
  /// use have such, and the loader has warned. Errors: kInvalidArgument, kNotFound, kTooLarge for a filter that does
  /// not compile, naming the set.
  static Result<Layout> make(const model::SetDef& set, const std::vector<std::string>& aliases,
                             const std::vector<model::Calculate>& calculates, const std::vector<model::UnitRule>& units,
                             const std::vector<std::string>& filters = {});

  /// Each field is fed by the column of the same index.
  static Layout of(std::vector<Field> fields);

  struct Value {
    bool is_null = true;
    double number = 0;      ///< for number fields
    std::string_view text;  ///< for others; points into the table, the layout or `scratch`, until that is used again
  };

  /// What values are computed in; kept from row to row. One thread. What it holds is charged to `account`, which must
  /// outlive it.
  class Scratch {
   public:
    explicit Scratch(memory::Account& account) : account_(account), json_(account) { eval_.set_json(&json_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    /// Makes room for the rows of `layout`; `now` is what now() yields. Before value() and keeps() of a layout that
    /// computes(); of others it does nothing. False when the account or the allocator refuses.
    [[nodiscard]] bool prepare(const Layout& layout, WallTime now);

   private:
    friend class Layout;
    struct ScalarText {
      char text[expr::kMaxScalarText];
    };
    static constexpr std::size_t kMaxDecimal = 320;  ///< of a double in plain notation, rounded

    memory::Account& account_;
    memory::Reservation charged_;
    read::JsonApply json_;
    expr::Scratch eval_;
    std::vector<expr::Value> slots_;
    std::vector<ScalarText> texts_;  ///< numbers as text, one for each slot
    std::vector<expr::Value> row_;   ///< values of fields, for filters
    expr::TextArena row_texts_;
    char scalar_[expr::kMaxScalarText];
    std::array<char, kMaxDecimal> decimal_;
  };

  /// The value of field `field` in row `row`. An expression without a value (a null operand, a division by zero) is
  /// null, and so is a text that is no number in a number field.
  Value value(const RawTable& table, std::size_t row, std::size_t field, Scratch& scratch) const;

  /// Whether the row is part of the result: true without filters; else when one of them is true. The texts of a row
  /// that filters read have at most expr::TextArena::kCapacity bytes; what is beyond counts as null.
  bool keeps(const RawTable& table, std::size_t row, Scratch& scratch) const;

  /// The way of one value, for people. Computes it as value() does.
  FieldExplanation explain(const RawTable& table, std::size_t row, std::size_t field, Scratch& scratch) const;

  std::span<const Field> fields() const { return fields_; }
  std::span<const std::string> aliases() const { return aliases_; }  ///< empty when made by of()
  bool labelled() const { return labelled_; }
  bool filtered() const { return !filters_.empty(); }
  /// There are expressions: Scratch::prepare() is needed.
  bool computes() const { return computes_; }
  std::size_t columns() const { return columns_; }
  /// Fields, texts and programs, regular expressions included. Bytes.
  std::size_t held_bytes() const;
  /// What a monitor pays for the layout: nothing, unless set_own() was called since no other monitor shares it.
  std::size_t own_bytes() const { return own_ ? held_bytes() : 0; }
  void set_own() { own_ = true; }

 private:
  /// A value before conversion and rounding.
  struct Found {
    enum class Kind : std::uint8_t { kNone, kNumber, kText } kind = Kind::kNone;
    double number = 0;
    std::string_view text;
    std::string_view unit;  ///< that stood in the data
  };
  Found read(const RawTable& table, std::size_t row, const Field& field, Scratch& scratch) const;
  /// Fills in what `field`'s expression reads; returns the unit of the first operand that has one.
  std::string_view fill_slots(const RawTable& table, std::size_t row, const Field& field, Scratch& scratch) const;
  Found compute(const RawTable& table, std::size_t row, const Field& field, Scratch& scratch) const;
  static Found found_of(const Field& field, const expr::Value& value, std::string_view unit, Scratch& scratch);
  /// `unit` is that of the data, or empty.
  static std::optional<Conversion> conversion_of(const Field& field, std::string_view unit);
  static Value finish(const Field& field, Found found, Scratch& scratch);
  Status add_filters(const model::SetDef& set, const std::vector<std::string>& filters);

  std::vector<Field> fields_;
  std::vector<std::string> aliases_;
  std::vector<expr::Program> filters_;  // over the fields
  std::size_t columns_ = 0;
  bool labelled_ = false;
  bool computes_ = false;
  bool own_ = false;
};

}  // namespace holter::collect
