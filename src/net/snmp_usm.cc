#include "net/snmp_usm.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <span>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

// The library's headers need its configuration first.
// clang-format off
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/types.h>
#include <net-snmp/library/keytools.h>
#include <net-snmp/library/scapi.h>
#include <net-snmp/library/snmp_api.h>
#include <net-snmp/library/snmpusm.h>
#include <net-snmp/library/transform_oids.h>
// clang-format on

namespace holter::net {
namespace {

constexpr std::int64_t kMostMessage = 65'507;  // of a UDP datagram over IPv4
constexpr std::int64_t kUsmModel = 3;
constexpr std::uint8_t kAuthFlag = 1, kPrivacyFlag = 2, kReportableFlag = 4;
constexpr std::size_t kSaltBytes = 8;
constexpr std::size_t kLeastPassphrase = 8;  // RFC 3414, section 11.2
constexpr std::size_t kMostKeyBytes = 64;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

int auth_type(UsmAuth auth) {
  static constexpr std::array kTypes = {NETSNMP_USMAUTH_NOAUTH,        NETSNMP_USMAUTH_HMACMD5,
                                        NETSNMP_USMAUTH_HMACSHA1,      NETSNMP_USMAUTH_HMAC128SHA224,
                                        NETSNMP_USMAUTH_HMAC192SHA256, NETSNMP_USMAUTH_HMAC256SHA384,
                                        NETSNMP_USMAUTH_HMAC384SHA512};
  return kTypes[std::to_underlying(auth)];
}
int privacy_type(UsmPrivacy privacy) {
  static constexpr std::array kTypes = {USM_CREATE_USER_PRIV_NONE,        USM_CREATE_USER_PRIV_DES,
                                        USM_CREATE_USER_PRIV_AES,         USM_CREATE_USER_PRIV_AES192,
                                        USM_CREATE_USER_PRIV_AES256,      USM_CREATE_USER_PRIV_AES192_CISCO,
                                        USM_CREATE_USER_PRIV_AES256_CISCO};
  return kTypes[std::to_underlying(privacy)];
}
std::span<::oid> auth_oid(UsmAuth auth) {
  std::size_t length = 0;
  auto* name = sc_get_auth_oid(auth_type(auth), &length);
  return {name, length};
}
std::span<::oid> privacy_oid(UsmPrivacy privacy) {
  std::size_t length = 0;
  auto* name = sc_get_priv_oid(privacy_type(privacy), &length);
  return {name, length};
}
bool is_aes(UsmPrivacy privacy) {
  return privacy != UsmPrivacy::kNone && privacy != UsmPrivacy::kDes;
}
std::size_t digest_bytes(UsmAuth auth) {
  return auth == UsmAuth::kNone ? 0 : static_cast<std::size_t>(sc_get_auth_maclen(auth_type(auth)));
}

Error broken(std::string_view what) {
  return {ErrorCode::kInternal, fmt::format("cannot use SNMPv3: {}", what)};
}
Error torn(std::string_view what) {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot read the answer: {}", what)};
}

Result<std::string> master_key(UsmAuth auth, std::string_view passphrase, std::string_view what) {
  if (passphrase.size() < kLeastPassphrase)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use {}: it has fewer than {} characters", what, kLeastPassphrase));
  auto name = auth_oid(auth);
  std::string key(kMostKeyBytes, '\0');
  std::size_t length = key.size();
  if (generate_Ku(name.data(), static_cast<unsigned>(name.size()), bytes_of(passphrase), passphrase.size(),
                  bytes_of(key), &length) != SNMPERR_SUCCESS)
    return broken("the authentication protocol is not in this library");
  key.resize(length);
  return key;
}

Result<std::string> local_key(UsmAuth auth, std::string_view master, std::string_view engine_id) {
  auto name = auth_oid(auth);
  std::string key(kMostKeyBytes, '\0');
  std::size_t length = key.size();
  if (generate_kul(name.data(), static_cast<unsigned>(name.size()), bytes_of(engine_id), engine_id.size(),
                   bytes_of(master), master.size(), bytes_of(key), &length) != SNMPERR_SUCCESS)
    return broken("its key cannot be made for this engine");
  key.resize(length);
  return key;
}

/// A cipher's key may be longer than what the hash gives (RFC 3414 knows none such), or shorter.
Result<std::string> fit_to_cipher(std::string key, const UsmUser& user, std::string_view engine_id) {
  auto type = privacy_type(user.privacy);
  auto wanted = static_cast<std::size_t>(sc_get_proper_priv_length_bytype(type));
  if (user.privacy == UsmPrivacy::kDes) wanted = 16;  // 8 for the key, 8 for the start vector
  if (key.size() < wanted) {
    auto name = auth_oid(user.auth);
    // The library wants a buffer of its own kind.
    auto* buffer = static_cast<unsigned char*>(std::malloc(key.size()));
    if (buffer == nullptr) return Error(ErrorCode::kResourceExhausted, "cannot use SNMPv3: no memory for a key");
    std::memcpy(buffer, key.data(), key.size());
    std::size_t length = key.size();
    std::string id(engine_id);
    auto failed = netsnmp_extend_kul(static_cast<unsigned>(wanted), name.data(), static_cast<unsigned>(name.size()),
                                     type, bytes_of(id), static_cast<unsigned>(id.size()), &buffer, &length,
                                     static_cast<unsigned>(key.size()));
    if (failed == SNMPERR_SUCCESS) key.assign(reinterpret_cast<char*>(buffer), length);
    std::free(buffer);
  }
  if (key.size() < wanted) return broken("the key is too short for this cipher");
  key.resize(wanted);
  return key;
}

void put_number(std::string& into, std::int64_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) into += static_cast<char>((value >> shift) & 0xff);
}

/// Start vector of a cipher: RFC 3414, 8.1.1.1, and RFC 3826, 3.1.2.1.
std::string start_vector(const UsmUser& user, const UsmKeys& keys, std::int64_t boots, std::int64_t time_s,
                         std::string_view salt) {
  std::string vector;
  if (is_aes(user.privacy)) {
    put_number(vector, boots);
    put_number(vector, time_s);
    return vector.append(salt);
  }
  for (std::size_t i = 0; i < kSaltBytes; ++i) vector += static_cast<char>(keys.privacy[kSaltBytes + i] ^ salt[i]);
  return vector;
}

Result<std::string> encrypt(std::string_view plain, const UsmUser& user, const UsmKeys& keys, const UsmEngine& engine,
                            std::int64_t time_s, std::string_view salt) {
  auto name = privacy_oid(user.privacy);
  auto vector = start_vector(user, keys, engine.boots, time_s, salt);
  std::string key = keys.privacy;
  std::string sealed(plain.size() + 16, '\0');
  std::size_t length = sealed.size();
  if (sc_encrypt(name.data(), name.size(), bytes_of(key), static_cast<unsigned>(key.size()), bytes_of(vector),
                 static_cast<unsigned>(vector.size()), bytes_of(plain), static_cast<unsigned>(plain.size()),
                 bytes_of(sealed), &length) != SNMPERR_SUCCESS)
    return broken("the request cannot be encrypted");
  sealed.resize(length);
  return sealed;
}

/// The digest over a message whose digest is zero.
bool digest_of(std::string_view message, const UsmUser& user, const UsmKeys& keys, std::string& into) {
  auto name = auth_oid(user.auth);
  into.assign(kMostKeyBytes, '\0');
  std::size_t length = into.size();
  if (sc_generate_keyed_hash(name.data(), name.size(), bytes_of(keys.auth), static_cast<unsigned>(keys.auth.size()),
                             bytes_of(message), static_cast<unsigned>(message.size()), bytes_of(into),
                             &length) != SNMPERR_SUCCESS)
    return false;
  into.resize(std::min(length, digest_bytes(user.auth)));
  return into.size() == digest_bytes(user.auth);
}

/// A whole message around a payload; where its digest goes, counted from the end, is put into `digest_from_end`.
std::string frame(BerWriter& writer, std::int32_t id, std::uint8_t flags, const UsmEngine& engine, std::int64_t time_s,
                  std::string_view user, std::string_view digest, std::string_view salt, std::size_t& digest_from_end) {
  auto end = writer.size();
  writer.octets(salt);
  writer.octets(digest);
  digest_from_end = writer.size() - 2;  // behind tag and length
  writer.octets(user);
  writer.integer(time_s);
  writer.integer(engine.boots);
  writer.octets(engine.id);
  writer.wrap(BerType::kSequence, end);
  writer.wrap(BerType::kOctets, end);
  auto header = writer.size();
  writer.integer(kUsmModel);
  writer.octets({reinterpret_cast<const char*>(&flags), 1});
  writer.integer(kMostMessage);
  writer.integer(id);
  writer.wrap(BerType::kSequence, header);
  writer.integer(std::to_underlying(SnmpVersion::kV3));
  writer.wrap(BerType::kSequence);
  return std::string(writer.bytes());
}

void write_scoped(BerWriter& writer, const UsmEngine& engine, std::string_view context, const SnmpRequest& request,
                  std::int32_t id) {
  auto end = writer.size();
  write_pdu(writer, request, id);
  writer.octets(context);
  writer.octets(engine.id);
  writer.wrap(BerType::kSequence, end);
}

Error too_long() {
  return {ErrorCode::kTooLarge, fmt::format("cannot ask: the request has more than {} bytes", BerWriter::kMostBytes)};
}

}  // namespace

Result<UsmKeys> usm_master_keys(const UsmUser& user) {
  UsmKeys keys;
  if (user.auth == UsmAuth::kNone) return keys;
  TRY(keys.auth, master_key(user.auth, user.auth_passphrase, "authPassphrase"));
  if (user.privacy == UsmPrivacy::kNone) return keys;
  TRY(keys.privacy, master_key(user.auth, user.privacy_passphrase, "privPassphrase"));
  return keys;
}

Result<UsmKeys> usm_local_keys(const UsmUser& user, const UsmKeys& master, std::string_view engine_id) {
  UsmKeys keys;
  if (user.auth == UsmAuth::kNone) return keys;
  TRY(keys.auth, local_key(user.auth, master.auth, engine_id));
  if (user.privacy == UsmPrivacy::kNone) return keys;
  TRY(auto key, local_key(user.auth, master.privacy, engine_id));
  TRY(keys.privacy, fit_to_cipher(std::move(key), user, engine_id));
  return keys;
}

std::int64_t UsmEngine::time_at(MonoTime now) const {
  return time_s + std::chrono::duration_cast<seconds>(now - heard).count();
}

Result<std::string> usm_write_discovery(std::int32_t id) {
  BerWriter writer;
  UsmEngine nobody;
  write_scoped(writer, nobody, "", {}, id);
  std::size_t unused = 0;
  auto message = frame(writer, id, kReportableFlag, nobody, 0, "", "", "", unused);
  if (writer.failed()) return too_long();
  return message;
}

Result<std::string> usm_write(const UsmUser& user, const UsmKeys& keys, const UsmEngine& engine, MonoTime now,
                              const SnmpRequest& request, std::int32_t id) {
  bool encrypted = user.privacy != UsmPrivacy::kNone;
  auto time_s = engine.time_at(now);
  BerWriter writer;
  write_scoped(writer, engine, user.context, request, id);
  if (writer.failed()) return too_long();
  std::string salt;
  if (encrypted) {
    salt.assign(kSaltBytes, '\0');
    // RFC 3414 puts the boots into the first half of DES's salt; all that it needs to be is different each time.
    if (RAND_bytes(bytes_of(salt), kSaltBytes) != 1) return broken("there are no random bytes");
    TRY(auto sealed, encrypt(writer.bytes(), user, keys, engine, time_s, salt));
    writer = BerWriter();
    writer.octets(sealed);
  }
  auto flags = static_cast<std::uint8_t>(kReportableFlag | (user.auth != UsmAuth::kNone ? kAuthFlag : 0) |
                                         (encrypted ? kPrivacyFlag : 0));
  std::string digest(digest_bytes(user.auth), '\0');
  std::size_t from_end = 0;
  auto message = frame(writer, id, flags, engine, time_s, user.name, digest, salt, from_end);
  if (writer.failed()) return too_long();
  if (user.auth == UsmAuth::kNone) return message;
  if (!digest_of(message, user, keys, digest)) return broken("the request cannot be signed");
  message.replace(message.size() - from_end, digest.size(), digest);
  return message;
}

Result<UsmMessage> usm_read(std::string_view datagram) {
  UsmMessage message;
  auto all = BerReader(datagram).constructed(BerType::kSequence);
  if (!all || all->integer() != std::to_underlying(SnmpVersion::kV3)) return torn("this is not SNMPv3");
  auto header = all->constructed(BerType::kSequence);
  auto id = header ? header->integer() : std::nullopt;
  if (!id || !header->integer()) return torn("its header is torn");
  auto flags = header->octets(BerType::kOctets);
  if (!flags || flags->size() != 1 || header->integer() != kUsmModel) return torn("its header is torn");
  message.id = *id;
  message.authenticated = (flags->front() & kAuthFlag) != 0;
  message.encrypted = (flags->front() & kPrivacyFlag) != 0;
  auto wrapped = all->octets(BerType::kOctets);
  auto security = wrapped ? BerReader(*wrapped).constructed(BerType::kSequence) : std::nullopt;
  if (!security) return torn("its security parameters are torn");
  auto engine_id = security->octets(BerType::kOctets);
  auto boots = security->integer();
  auto time_s = security->integer();
  auto user = security->octets(BerType::kOctets);
  auto digest = security->octets(BerType::kOctets);
  auto salt = security->octets(BerType::kOctets);
  if (!engine_id || !boots || !time_s || !user || !digest || !salt) return torn("its security parameters are torn");
  if (engine_id->size() > UsmEngine::kMostEngineId || *boots < 0 || *boots > INT32_MAX || *time_s < 0 ||
      *time_s > INT32_MAX)
    return torn("its security parameters are out of range");
  message.engine_id = *engine_id;
  message.boots = *boots;
  message.time_s = *time_s;
  message.user = *user;
  message.digest = *digest;
  message.salt = *salt;
  message.payload = *all;
  return message;
}

bool usm_is_authentic(const UsmMessage& message, std::string_view datagram, const UsmUser& user, const UsmKeys& keys) {
  if (!message.authenticated || user.auth == UsmAuth::kNone || message.digest.size() != digest_bytes(user.auth))
    return false;
  std::string copy(datagram);
  auto at = static_cast<std::size_t>(message.digest.data() - datagram.data());
  std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(at), message.digest.size(), '\0');
  std::string digest;
  return digest_of(copy, user, keys, digest) && CRYPTO_memcmp(digest.data(), message.digest.data(), digest.size()) == 0;
}

Result<SnmpPdu> usm_open(const UsmMessage& message, const UsmUser& user, const UsmKeys& keys, std::string& plain) {
  auto payload = message.payload;
  if (message.encrypted) {
    auto sealed = payload.octets(BerType::kOctets);
    if (!sealed || message.salt.size() != kSaltBytes || user.privacy == UsmPrivacy::kNone)
      return torn("it is not for this user");
    if (user.privacy == UsmPrivacy::kDes && sealed->size() % 8 != 0) return torn("its encrypted part is torn");
    auto name = privacy_oid(user.privacy);
    auto vector = start_vector(user, keys, message.boots, message.time_s, message.salt);
    std::string key = keys.privacy, copy(*sealed);
    plain.assign(sealed->size(), '\0');
    std::size_t length = plain.size();
    if (plain.empty() || sc_decrypt(name.data(), name.size(), bytes_of(key), static_cast<unsigned>(key.size()),
                                    bytes_of(vector), static_cast<unsigned>(vector.size()), bytes_of(copy),
                                    static_cast<unsigned>(copy.size()), bytes_of(plain), &length) != SNMPERR_SUCCESS)
      return torn("it cannot be decrypted");
    payload = BerReader(std::string_view(plain).substr(0, length));
  }
  auto scoped = payload.constructed(BerType::kSequence);
  if (!scoped || !scoped->octets(BerType::kOctets) || !scoped->octets(BerType::kOctets))
    return torn("its scoped PDU is torn");
  return read_pdu(*scoped);
}

UsmReport usm_report_of(SnmpPdu pdu) {
  static constexpr std::array<std::uint32_t, 9> kUsmStats = {1, 3, 6, 1, 6, 3, 15, 1, 1};
  static constexpr std::array<std::uint32_t, 9> kUnavailableContexts = {1, 3, 6, 1, 6, 3, 12, 1, 4};
  static constexpr std::array<std::uint32_t, 9> kUnknownContexts = {1, 3, 6, 1, 6, 3, 12, 1, 5};
  SnmpBinding binding;
  auto more = next_binding(pdu, binding);
  if (!more || !*more) return UsmReport::kOther;
  auto name = binding.name.view();
  if (is_below(name, kUnavailableContexts) || is_below(name, kUnknownContexts)) return UsmReport::kUnknownContext;
  if (!is_below(name, kUsmStats) || name.size() < 10 || name[9] < 1 || name[9] > 6) return UsmReport::kOther;
  return static_cast<UsmReport>(name[9]);  // in the order of usmStats
}

}  // namespace holter::net
