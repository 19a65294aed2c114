#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "collect/protocols/jdbc/target.h"
#include "memory/account.h"

namespace holter::collect::jdbc {

/// What a query brought: lines as of tsv.h, the names first. Empty when the statement has no columns.
struct OdbcAnswer {
  std::string text;
  memory::Reservation bytes;
};

/// A connection of unixODBC's driver manager. Every call blocks. Threads: one at a time.
class OdbcConnection {
 public:
  static constexpr std::size_t kMaxAnswer = 8 << 20;

  /// `name` is the server's, for messages. Errors: see open_odbc().
  static Result<std::shared_ptr<OdbcConnection>> open(const std::string& text, const std::string& name,
                                                      std::chrono::milliseconds timeout);
  ~OdbcConnection();
  OdbcConnection(const OdbcConnection&) = delete;
  OdbcConnection& operator=(const OdbcConnection&) = delete;

  /// At most `most_rows` rows. Errors: kInvalidArgument (the server's words), kUnavailable, kTimeout, kTooLarge (more
  /// than kMaxAnswer), kResourceExhausted.
  Result<OdbcAnswer> query(const std::string& sql, std::size_t most_rows, memory::Account& account);

 private:
  struct Handles;
  explicit OdbcConnection(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

/// The connection string for a driver: the keywords of the platform's usual drivers, or what a jdbc:odbc: URL says with
/// user and password behind it. Values stand in braces where they hold more than letters, digits and "_.:/-".
/// `address` stands in the place of the host's name, unless it is empty.
std::string connection_text(const Target& target, const std::string& address);

/// UTF-16 as unixODBC has it, and back; what is no character becomes U+FFFD.
std::string utf8_of(std::u16string_view text);
std::u16string utf16_of(std::string_view text);

}  // namespace holter::collect::jdbc
