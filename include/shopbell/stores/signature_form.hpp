#pragma once

#include <shopbell/crypto/digest.hpp>

#include <optional>
#include <string_view>

/// In which form a signature arrives, which need not be the one that the store documents.

namespace shopbell {

/// A signature as it was sent, in whichever form.
struct sent_signature {
    sha256_digest mac{};
    std::string_view form;  ///< "hexadecimal"
    bool bare = true;       ///< nothing stands around it
};

/// Reads 32 bytes in hexadecimal or in any kind of base64, also in quotes or behind "sha256=". Nothing where
/// the value is none of these.
[[nodiscard]] std::optional<sent_signature> read_any_form(std::string_view value);

}  // namespace shopbell
