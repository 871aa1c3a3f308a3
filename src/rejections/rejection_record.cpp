#include "diagnosis.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <array>

namespace shopbell {

namespace {

constexpr std::size_t longest_text = 200;
constexpr std::size_t longest_name = 64;
constexpr std::size_t most_fields = 40;

/// Fields that hold no credentials and tell who sent a request, or what is between.
constexpr std::array<std::string_view, 9> telling_fields = {
    "Host", "User-Agent",      "Content-Type", "Content-Length", "Content-Encoding",
    "Via",  "X-Forwarded-For", "X-Real-IP",    "Forwarded"};

/// The secrets that a stranger's text may hold, by chance or since somebody has put one in the wrong place.
class known_secrets {
public:
    known_secrets(const endpoints* current, std::span<const former_endpoints> former)
        : current_(current), former_(former) {}

    [[nodiscard]] bool in(std::string_view text) const {
        const auto holds = [text](const endpoint& one) { return one.source->holds_secret(text); };
        if (current_ != nullptr && std::ranges::any_of(*current_, holds))
            return true;
        return std::ranges::any_of(former_,
                                   [&](const auto& then) { return std::ranges::any_of(*then.all, holds); });
    }

    /// Cut and well-formed; empty where a secret stands in it.
    [[nodiscard]] std::string without(std::string_view text, std::size_t limit) const {
        return in(text) ? std::string() : to_utf8_lossy(text.substr(0, limit));
    }

private:
    const endpoints* current_;
    std::span<const former_endpoints> former_;
};

headers shown_fields(const headers& all, const known_secrets& known) {
    headers shown;
    for (const auto& one : all) {
        if (shown.size() == most_fields)
            break;
        const bool tells =
            std::ranges::any_of(telling_fields, [&](auto name) { return iequals(name, one.name); });
        shown.push_back({known.without(one.name, longest_name),
                         tells ? known.without(one.value, longest_text) : std::string()});
    }
    return shown;
}

/// What proves a sender's secret is blanked in whatever form it stands, for whichever store it is.
std::string kept_body(std::string body, const known_secrets& known) {
    for (const auto& kind : providers()) {  // what a preset blanks is a secret, and known
        if (kind.blank != nullptr)
            body = kind.blank(std::move(body));
    }
    return known.in(body) ? std::string() : body;
}

}  // namespace

rejection_record record_of(const refused_request& one, std::span<const former_endpoints> former) {
    const known_secrets known(one.among.get(), former);
    rejection_record made;
    made.endpoint = one.endpoint;
    made.provider = one.provider;
    made.status = one.status;
    made.reason = known.without(one.reason, longest_text);
    made.first = one.at;
    made.last = one.at;
    made.client = one.client ? one.client->to_string() : std::string();
    made.method = known.without(one.method, longest_name);
    made.path = known.without(one.path, longest_text);
    made.fields = shown_fields(one.fields, known);
    made.bytes = one.bytes;
    if (one.keep_body) {
        made.body = kept_body(one.body, known);
        made.body_cut = made.body.size() > rejection_log::largest_body || one.body.size() < one.bytes;
        made.body.resize(std::min(made.body.size(), rejection_log::largest_body));
    }
    return made;
}

}  // namespace shopbell
