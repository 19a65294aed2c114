#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/snmp_message.h"

namespace holter::net {

// The security of SNMP version 3: RFC 3412 (messages), RFC 3414 (USM), RFC 3826 (AES), RFC 7860 (SHA-2). Keys, digests
// and ciphers are net-snmp's; its tables of users and engines, which are the process's, are not used.

enum class UsmAuth : std::uint8_t { kNone, kMd5, kSha1, kSha224, kSha256, kSha384, kSha512 };
/// AES with 192 and 256 bits is no standard: keys are extended as Blumenthal's draft says, or (Cisco) as Reeder's does.
enum class UsmPrivacy : std::uint8_t { kNone, kDes, kAes128, kAes192, kAes256, kAes192Cisco, kAes256Cisco };

struct UsmUser {
  std::string name;
  UsmAuth auth = UsmAuth::kNone;
  std::string auth_passphrase;
  UsmPrivacy privacy = UsmPrivacy::kNone;  ///< only with authentication
  std::string privacy_passphrase;
  std::string context;  ///< contextName
};

/// Keys of a user: first of the passphrases alone, then of one engine.
struct UsmKeys {
  std::string auth, privacy;
};
/// Hashes a mebibyte for each passphrase: milliseconds. Errors: kInvalidArgument (shorter than 8 characters).
Result<UsmKeys> usm_master_keys(const UsmUser& user);
/// `engine_id` has at most kMostEngineId bytes. Errors: kInternal.
Result<UsmKeys> usm_local_keys(const UsmUser& user, const UsmKeys& master, std::string_view engine_id);

/// What is known of an agent's engine, and of its clock.
struct UsmEngine {
  static constexpr std::size_t kMostEngineId = 64;  // RFC 3411 says 32
  static constexpr std::int64_t kWindowS = 150;

  std::string id;
  std::int64_t boots = 0, time_s = 0;  ///< as the engine said
  MonoTime heard{};                    ///< when it said so
  std::int64_t time_at(MonoTime now) const;
};

/// A request that asks for nothing, which makes an agent tell its engine's id (RFC 3414, section 4).
Result<std::string> usm_write_discovery(std::int32_t id);
/// A request of the user. Errors: kTooLarge, kInternal.
Result<std::string> usm_write(const UsmUser& user, const UsmKeys& keys, const UsmEngine& engine, MonoTime now,
                              const SnmpRequest& request, std::int32_t id);

/// A message as it came, nothing of it believed yet. A view of the datagram.
struct UsmMessage {
  std::int64_t id = 0;
  bool authenticated = false, encrypted = false;  ///< as the message says of itself
  std::string_view engine_id, user, digest, salt;
  std::int64_t boots = 0, time_s = 0;
  BerReader payload;  ///< the scoped PDU, or the octets that it is encrypted into
};
/// Errors: kProtocolViolation.
Result<UsmMessage> usm_read(std::string_view datagram);
/// True when the digest is that of the user's key.
bool usm_is_authentic(const UsmMessage& message, std::string_view datagram, const UsmUser& user, const UsmKeys& keys);
/// The PDU, after decryption into `plain`, which has room for as many bytes as the datagram has. Errors:
/// kProtocolViolation.
Result<SnmpPdu> usm_open(const UsmMessage& message, const UsmUser& user, const UsmKeys& keys, std::string& plain);

/// Why an agent did not answer but reported (RFC 3412, section 5; RFC 3414, section 5).
enum class UsmReport : std::uint8_t {
  kOther,
  kUnsupportedLevel,
  kNotInTimeWindow,
  kUnknownUser,
  kUnknownEngine,
  kWrongDigest,
  kDecryptionError,
  kUnknownContext,
};
UsmReport usm_report_of(SnmpPdu pdu);

}  // namespace holter::net
