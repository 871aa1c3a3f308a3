#include <shopbell/stores/signature_form.hpp>

#include <shopbell/stores/copied_secret.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>

#include <algorithm>
#include <string>

namespace shopbell {
namespace {

std::optional<sha256_digest> to_digest(const std::optional<std::string>& bytes) {
    sha256_digest mac{};
    if (!bytes || bytes->size() != mac.size())
        return std::nullopt;
    std::ranges::transform(*bytes, mac.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return mac;
}

/// The standard alphabet with padding, of what may be without padding, of the URL's alphabet or broken into
/// lines.
std::string to_strict_base64(std::string_view text) {
    std::string strict;
    for (const char c : text) {
        if (c == '-')
            strict += '+';
        else if (c == '_')
            strict += '/';
        else if (c != '=' && !trim({&c, 1}).empty())
            strict += c;
    }
    strict.append((4 - strict.size() % 4) % 4, '=');
    return strict;
}

}  // namespace

std::optional<sent_signature> read_any_form(std::string_view value) {
    constexpr std::string_view prefix = "sha256=";
    constexpr std::size_t longest = 200;
    if (value.size() > longest)
        return std::nullopt;
    auto text = trim(without_quotes(value));
    if (iequals(text.substr(0, prefix.size()), prefix))
        text.remove_prefix(prefix.size());
    const bool bare = text == value;
    if (const auto mac = to_digest(hex_decode(text)))
        return sent_signature{*mac, "hexadecimal", bare};
    const auto strict = to_strict_base64(text);
    if (const auto mac = to_digest(base64_decode(strict)))
        return sent_signature{*mac, strict == text ? "base64" : "another kind of base64", bare};
    return std::nullopt;
}

}  // namespace shopbell
