#pragma once

#include <shopbell/crypto/secret.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// What a target may repeat of what it was sent, and nobody is to read: "wrong token: s3cret" is kept with
/// the attempt and shown as "wrong token: [secret]".
class confidential_words {
public:
    /// Also as JSON with escaped slashes and as a URL spell it. An empty word is none.
    void add(std::string_view word);

    [[nodiscard]] bool empty() const noexcept { return words_.empty(); }

    /// The text with "[secret]" in place of each of the words. `cut`: its end is missing, so that it may end
    /// within one.
    [[nodiscard]] std::string blank(std::string text, bool cut) const;

private:
    void add_spelling(std::string word);

    secrets words_;  // the longest first: one may hold another
};

}  // namespace shopbell
