#include "collect/protocols/snmp/columns.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace holter::collect::snmp {

Columns::Columns(std::size_t columns, Attempt& attempt, memory::Account& account)
    : attempt_(attempt), account_(account), bytes_(account, kMostBytes, attempt.reserve_account()), columns_(columns) {}

Status Columns::add(std::size_t column, net::OidView index, std::uint8_t type, std::string_view content) {
  auto& cells = columns_[column];
  TRY_OK(make_room(cells));
  // In network order, so that octets have the order of the numbers.
  std::array<char, 4 * net::kMostSubIds> octets;
  std::size_t size = 0;
  for (auto id : index)
    for (int shift = 24; shift >= 0; shift -= 8) octets[size++] = static_cast<char>(id >> shift);
  auto at = bytes_.size();
  auto kept = bytes_.append({octets.data(), size});
  if (kept) kept = bytes_.append(content);
  if (!kept) return std::move(kept).error().with_context("cannot keep the answer");
  cells.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(content.size()),
                   static_cast<std::uint8_t>(index.size()), type});
  return {};
}

/// Charges a column's growth before it grows; while it moves there are two of it.
Status Columns::make_room(std::vector<Cell>& column) {
  if (column.size() < column.capacity()) return {};
  auto wanted = std::max<std::size_t>(16, 2 * column.capacity());
  auto bytes = (capacity_ + wanted) * sizeof(Cell);
  if (charged_.bytes() == 0 || !charged_.resize(bytes)) {
    for (auto* account : {charged_.bytes() == 0 ? &account_ : nullptr, attempt_.reserve_account()}) {
      if (account == nullptr) continue;
      auto reserved = account->reserve(bytes);
      if (!reserved) continue;
      charged_ = std::move(*reserved);
      break;
    }
    if (charged_.bytes() < bytes) return account_.refusal(bytes).with_context("cannot keep the answer");
  }
  auto before = column.capacity();
  column.reserve(wanted);
  capacity_ += column.capacity() - before;
  return {};
}

std::string_view Columns::index_of(const Cell& cell) const {
  return std::string_view(bytes_.text()).substr(cell.at, 4 * std::size_t{cell.index_size});
}

bool Columns::Rows::next() {
  bool any = false;
  for (std::size_t c = 0; c < next_.size(); ++c) {
    if (next_[c] == columns_.columns_[c].size()) continue;
    auto index = columns_.index_of(columns_.columns_[c][next_[c]]);
    if (!any || index < index_) index_ = index;
    any = true;
  }
  if (!any) return false;
  cells_ = 0;
  for (std::size_t c = 0; c < next_.size(); ++c) {
    row_[c] = nullptr;
    const auto& column = columns_.columns_[c];
    if (next_[c] == column.size() || columns_.index_of(column[next_[c]]) != index_) continue;
    row_[c] = &column[next_[c]++];
    ++cells_;
  }
  return true;
}

std::string_view Columns::Rows::content(const Cell& cell) const {
  return std::string_view(columns_.bytes_.text()).substr(cell.at + 4 * std::size_t{cell.index_size}, cell.size);
}

std::string Columns::Rows::index() const {
  net::Oid ids;
  for (std::size_t i = 0; i + 4 <= index_.size(); i += 4) {
    std::uint32_t id = 0;
    for (std::size_t j = 0; j < 4; ++j) id = (id << 8) | static_cast<std::uint8_t>(index_[i + j]);
    ids.push_back(id);
  }
  return net::oid_text(ids);
}

}  // namespace holter::collect::snmp
