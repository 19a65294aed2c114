#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::api {

/// Under which names browsers may find this server. Names are checked because of DNS rebinding: a page of a site whose
/// name leads here would else be a page of this server.
struct Site {
  std::string scheme = "http";  ///< "http" or "https", as browsers come
  std::string authority;        ///< "holter.example:8443", in lower case, of server.url; empty: there is none
  bool this_machine_only = true;

  bool secure() const { return scheme == "https"; }
  std::string origin() const { return authority.empty() ? "" : scheme + "://" + authority; }
  /// Loopback names, what `authority` says, and, where other machines reach this server and no name was given,
  /// addresses: whose name leads where is no matter then.
  bool serves(std::string_view host) const;
};

/// Reads "https://holter.example" of server.url: scheme, host, perhaps a port. Errors: kInvalidArgument.
Result<Site> parse_site(std::string_view url);

}  // namespace holter::api
