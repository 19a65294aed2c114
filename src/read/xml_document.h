#pragma once

#include <memory>
#include <pugixml.hpp>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "read/meter.h"
#include "read/xml_rows.h"

// Inside of this folder: pugixml with its memory on an account.
namespace holter::read {

/// Before anything of pugixml is used; more than once does no harm. Any thread.
void use_metered_xml_memory();

/// While it lives, what pugixml allocates on this thread is on `meter`; what the meter refuses, pugixml reports as out
/// of memory. What was allocated must be freed before the meter dies.
class XmlMemory {
 public:
  explicit XmlMemory(Meter& meter);
  XmlMemory(const XmlMemory&) = delete;
  XmlMemory& operator=(const XmlMemory&) = delete;
  ~XmlMemory();

 private:
  Meter* before_;
};

/// An XML document in memory, not aware of namespaces: names are what is written, prefix included. No entities but the
/// five of XML, and nothing is ever fetched.
class XmlDocument {
 public:
  static constexpr std::size_t kMaxText = 10 << 20;
  static constexpr std::size_t kMaxHeldBytes = 48 << 20;
  static constexpr std::size_t kMaxDepth = 256;

  explicit XmlDocument(memory::Account& account) : meter_(account, kMaxHeldBytes), text_(meter_), memory_(meter_) {}
  XmlDocument(const XmlDocument&) = delete;
  XmlDocument& operator=(const XmlDocument&) = delete;

  /// Once. Errors: kProtocolViolation: not well-formed, a document type declaration, a NUL byte; kTooLarge: text,
  /// depth; kResourceExhausted.
  Status parse(std::string_view text, XmlEncoding encoding);
  const pugi::xml_node& root() const { return document_; }
  Meter& meter() { return meter_; }

 private:
  Status check_tree() const;

  // The order matters: the tree is freed first.
  Meter meter_;
  MeteredVector<char> text_;  // which the tree points into
  XmlMemory memory_;
  pugi::xml_document document_;
};

}  // namespace holter::read
