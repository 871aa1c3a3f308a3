#include <shopbell/crypto/secret.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace

secret::secret(std::string text) noexcept : text_(std::move(text)) {
    // A short string is copied by its move, so the bytes must go there too.
    shopbell::wipe(text);
}

secret::secret(const secret&) = default;

secret::secret(secret&& other) noexcept : text_(std::move(other.text_)) {
    other.wipe();
}

secret& secret::operator=(const secret& other) {
    if (this != &other) {
        wipe();
        text_ = other.text_;
    }
    return *this;
}

secret& secret::operator=(secret&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

secret::~secret() {
    wipe();
}

void secret::wipe() noexcept {
    shopbell::wipe(text_);
}

bool secret::equals(std::string_view candidate) const noexcept {
    return equal_in_constant_time(text_, candidate);
}

bool any_equals(const secrets& accepted, std::string_view candidate) noexcept {
    bool found = false;
    for (const auto& one : accepted)
        found |= one.equals(candidate);
    return found;
}

bool any_within(const secrets& all, std::string_view text) noexcept {
    return std::any_of(all.begin(), all.end(), [text](const secret& one) {
        return !one.empty() && text.find(one.reveal()) != std::string_view::npos;
    });
}

bool equal_in_constant_time(std::string_view expected, std::string_view candidate) noexcept {
    const bool comparable = expected.size() == candidate.size();
    const auto against = comparable ? candidate : expected;
    const bool same = CRYPTO_memcmp(expected.data(), against.data(), expected.size()) == 0;
    return same && comparable;
}

}  // namespace shopbell
