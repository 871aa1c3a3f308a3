#include <shopbell/sinks/standard_webhooks.hpp>

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>

namespace shopbell {

std::optional<secret> standard_webhooks_key(const secret& configured) {
    constexpr std::string_view prefix = "whsec_";
    std::string_view text = configured.reveal();
    if (text.starts_with(prefix))
        text.remove_prefix(prefix.size());
    const std::size_t missing = (4 - text.size() % 4) % 4;
    const secret padded(std::string(text) + std::string(missing, '='));
    auto key = base64_decode(padded.reveal());
    if (!key || key->empty())
        return std::nullopt;
    return secret(std::move(*key));
}

std::string sign_standard_webhook(const secrets& keys, std::string_view id, std::int64_t timestamp,
                                  std::string_view body) {
    std::string message(id);
    (message += '.') += std::to_string(timestamp);
    (message += '.') += body;
    std::string signatures;
    for (const secret& key : keys) {
        if (!signatures.empty())
            signatures += ' ';
        signatures += "v1," + base64_encode(as_text(hmac_sha256(key.reveal(), message)));
    }
    return signatures;
}

}  // namespace shopbell
