#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::mongodb {

// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.

/// A hostile server may want any number of rounds; fewer than these make a password easy to guess.
constexpr std::uint32_t kLeastRounds = 4096, kMostRounds = 1'000'000;

/// What a server answers to the first message.
struct Challenge {
  std::string nonce, salt;
  std::uint32_t rounds = 0;
};

/// The first message without its head "n,,".
std::string scram_first(std::string_view user, std::string_view nonce);
/// `nonce` is ours. Errors: kProtocolViolation.
Result<Challenge> scram_challenge(std::string_view nonce, std::string_view text);

struct Proof {
  std::string message;    ///< the last message
  std::string signature;  ///< what the server must answer to it, in Base64
};
/// Takes tens of milliseconds for the usual 15,000 rounds: for a thread that may be held. `first` is ours, without
/// "n,,", `answer` the text of the challenge. The password counts as it is: one with characters beyond ASCII must be in
/// the form that SASLprep gives (composed). Errors: kResourceExhausted.
Result<Proof> scram_proof(std::string_view password, std::string_view first, std::string_view answer,
                          const Challenge& challenge);
/// Whether the server knows the password, too. Errors: kUnauthenticated.
Status scram_check(const Proof& proof, std::string_view text);

/// A random text of letters and digits.
std::string scram_nonce();

}  // namespace holter::collect::mongodb
