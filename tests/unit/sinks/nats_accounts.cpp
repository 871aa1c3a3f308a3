#include "nats_accounts.hpp"

#include <shopbell/crypto/encoding.hpp>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace shopbell::test {
namespace {

/// The first byte of a public key says whose it is: it makes the first letter of its text.
enum class nkey_kind : unsigned char { operator_key = 14 << 3, account = 0, user = 20 << 3 };
constexpr unsigned char seed_prefix = 18 << 3;

/// RFC 4648, section 6, without padding.
std::string base32(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    unsigned held = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        held = (held << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
        for (bits += 8; bits >= 5; bits -= 5)
            text += letters[held >> (bits - 5) & 31U];
    }
    if (bits > 0)
        text += letters[held << (5 - bits) & 31U];
    return text;
}

/// CRC-16 (XMODEM), which ends every key's text.
std::string with_checksum(std::string bytes) {
    unsigned sum = 0;
    for (const char c : bytes) {
        sum ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8U;
        for (int bit = 0; bit < 8; ++bit)
            sum = ((sum & 0x8000U) != 0 ? sum << 1U ^ 0x1021U : sum << 1U) & 0xFFFFU;
    }
    bytes += static_cast<char>(sum & 0xFFU);
    bytes += static_cast<char>(sum >> 8U);
    return bytes;
}

class nkey {
public:
    explicit nkey(nkey_kind kind)
        : kind_(static_cast<unsigned char>(kind)),
          key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free) {
        if (!key_)
            throw std::runtime_error("no Ed25519 key");
    }

    [[nodiscard]] std::string public_text() const {
        std::array<unsigned char, 32> raw{};
        auto size = raw.size();
        EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size);
        return base32(
            with_checksum(std::string(1, static_cast<char>(kind_)) + std::string(raw.begin(), raw.end())));
    }

    [[nodiscard]] std::string seed_text() const {
        std::array<unsigned char, 32> raw{};
        auto size = raw.size();
        EVP_PKEY_get_raw_private_key(key_.get(), raw.data(), &size);
        std::string bytes;
        bytes += static_cast<char>(seed_prefix | kind_ >> 5U);
        bytes += static_cast<char>((kind_ & 31U) << 3U);
        return base32(with_checksum(bytes + std::string(raw.begin(), raw.end())));
    }

    /// A claim on somebody, as the server reads it.
    [[nodiscard]] std::string vouch_for(const nkey& subject, nlohmann::json about) const {
        about["version"] = 2;
        const nlohmann::json head = {{"typ", "JWT"}, {"alg", "ed25519-nkey"}};
        const nlohmann::json claims = {{"jti", subject.public_text()}, {"iat", 1'700'000'000},
                                       {"iss", public_text()},         {"name", "test"},
                                       {"sub", subject.public_text()}, {"nats", std::move(about)}};
        const auto text = base64url_encode(head.dump()) + '.' + base64url_encode(claims.dump());
        return text + '.' + base64url_encode(sign(text));
    }

private:
    [[nodiscard]] std::string sign(const std::string& text) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        std::array<unsigned char, 64> signature{};
        auto size = signature.size();
        const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
        if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) != 1)
            throw std::runtime_error("cannot sign");
        return {signature.begin(), signature.end()};
    }

    unsigned char kind_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

std::string make_credentials(const nkey& account) {
    const nkey user(nkey_kind::user);
    const auto claim =
        account.vouch_for(user, {{"type", "user"}, {"subs", -1}, {"data", -1}, {"payload", -1}});
    return "-----BEGIN NATS USER JWT-----\n" + claim +
           "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + user.seed_text() +
           "\n------END USER NKEY SEED------\n";
}

}  // namespace

nats_accounts make_nats_accounts() {
    const nkey owner(nkey_kind::operator_key);
    const nkey account(nkey_kind::account);
    const nkey system(nkey_kind::account);
    nlohmann::json limits;
    for (const auto* const name : {"subs", "data", "payload", "imports", "exports", "conn", "leaf",
                                   "mem_storage", "disk_storage", "streams", "consumer"})
        limits[name] = -1;
    limits["wildcards"] = true;
    auto of_system = limits;
    of_system["mem_storage"] = of_system["disk_storage"] = 0;
    nats_accounts all;
    all.server_configuration =
        "operator: " + owner.vouch_for(owner, {{"type", "operator"}}) +
        "\nsystem_account: " + system.public_text() + "\nresolver: MEMORY\nresolver_preload: {\n" +
        account.public_text() + ": " + owner.vouch_for(account, {{"type", "account"}, {"limits", limits}}) +
        "\n" + system.public_text() + ": " +
        owner.vouch_for(system, {{"type", "account"}, {"limits", of_system}}) + "\n}\n";
    all.credentials = make_credentials(account);
    all.foreign_credentials = make_credentials(nkey(nkey_kind::account));
    return all;
}

}  // namespace shopbell::test
