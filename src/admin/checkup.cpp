#include <shopbell/admin/checkup.hpp>

#include "answers.hpp"

#include <shopbell/core/json.hpp>

#include <atomic>
#include <chrono>
#include <string_view>
#include <utility>

namespace shopbell {

namespace {

/// A probe of the largest size over a slow way, and the integrity of a large inbox.
constexpr std::chrono::minutes longest_checkup{2};

std::string_view to_word(checkup_entry::state how) noexcept {
    switch (how) {
        case checkup_entry::state::warn:
            return "warn";
        case checkup_entry::state::bad:
            return "bad";
        case checkup_entry::state::ok:
            break;
    }
    return "ok";
}

/// {"endpoint": "shop"}, or nothing.
result<checkup_request> read_request(std::string_view body) {
    checkup_request what;
    if (body.empty())
        return what;
    const auto document = json::document::parse(body);
    if (!document || !document->root().is_object())
        return malformed("the body is no JSON object");
    for (const auto& [name, content] : document->root().members()) {
        if (name != "endpoint" || !content.is_string())
            return malformed("the body may hold \"endpoint\", a name, and nothing else");
        what.endpoint = content.text();
    }
    return what;
}

/// Whoever comes while one runs is refused, however the one that runs ends.
class only_one {
public:
    explicit only_one(std::atomic<bool>& taken) : taken_(taken), is_first_(!taken.exchange(true)) {}
    ~only_one() {
        if (is_first_)
            taken_ = false;
    }
    only_one(const only_one&) = delete;
    only_one& operator=(const only_one&) = delete;
    [[nodiscard]] bool is_first() const noexcept { return is_first_; }

private:
    std::atomic<bool>& taken_;
    const bool is_first_;
};

}  // namespace

asio::awaitable<http::response> run_checkup(api_state& in, api_call call) {
    const auto what = read_request(call.request.body);
    if (!what)
        co_return bad_request(what.error().reason);
    if (!in.around.check_up)
        co_return not_running();
    if (!what->endpoint.empty() && !call.caller.may_change)
        co_return http::response::error(403, "this token may only look: a probe is stored as an event");
    const only_one running(in.checkup_runs);
    if (!running.is_first())
        co_return http::response::error(409, "a check-up is under way: ask again when it has ended");
    auto work = [check_up = in.around.check_up, what = *what] { return check_up(what); };
    const auto until = std::chrono::steady_clock::now() + longest_checkup;
    const auto found = co_await in.checkups.run(std::move(work), until);
    if (!found)
        co_return http::response::error(503,
                                        "the check-up did not end within two minutes: run `shopbell doctor`");
    if (!*found)
        co_return bad_request(found->error().reason);
    json_writer out;
    out.begin_object().key("checks").begin_array();
    for (const auto& entry : **found) {
        out.begin_object()
            .field("name", entry.name)
            .field("state", to_word(entry.how))
            .field("text", entry.text);
        if (!entry.fix.empty())
            out.field("fix", entry.fix);
        out.end_object();
    }
    out.end_array().end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
