#pragma once

#include "condition.hpp"
#include "text_template.hpp"

#include <shopbell/config/reader.hpp>
#include <shopbell/stores/provider.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::stores {

/// What a store gets in the words of the configuration: `answer`.
class reply_template {
public:
    /// Reads status, body, content_type and headers of that table; problems go to the reader.
    [[nodiscard]] static reply_template read(config::reader table);

    /// The answer for that request; nothing where a value is absent, is longer than 1 KiB, or could be taken
    /// for something else where it would stand. `may_sign`: MACs are made of any value, not only of the short
    /// tokens that no body looks like.
    [[nodiscard]] std::optional<reply> fill(const request_view& from, bool may_sign) const;

    [[nodiscard]] unsigned status() const noexcept { return status_; }
    [[nodiscard]] bool is_fixed() const;
    [[nodiscard]] std::vector<const source*> sources() const;

private:
    unsigned status_ = 200;
    std::string content_type_;
    std::optional<text_template> body_;
    std::vector<std::pair<std::string, text_template>> headers_;
};

/// A request that is answered without an event: `unsigned` and `challenge`.
struct probe_answer {
    condition when;
    reply_template answer;
};

}  // namespace shopbell::stores
