#pragma once

#include <shopbell/crypto/secret.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// Removes secrets from what a target answers, since it may repeat what it was sent: "wrong token: s3cret" is
/// kept with the attempt and shown as "wrong token: [secret]".
class redactor {
public:
    /// A secret, also as JSON with escaped slashes and as a URL spell it. An empty text is ignored.
    void add(std::string_view text);

    [[nodiscard]] bool empty() const noexcept { return known_.empty(); }

    /// The text with "[secret]" in place of each secret. `cut`: its end is missing, so that it may end within
    /// a secret.
    [[nodiscard]] std::string redact(std::string text, bool cut) const;

private:
    void add_spelling(std::string text);

    secrets known_;  // the longest first: a secret may contain another
};

}  // namespace shopbell
