#include "answers.hpp"

#include <shopbell/admin/moment.hpp>

#include <boost/asio/steady_timer.hpp>

namespace shopbell {

namespace {

/// Who has just been refused and asks why is answered with it; for no longer than that, in a flood.
asio::awaitable<void> await_pending(const rejection_log& refused) {
    constexpr std::chrono::milliseconds pause{10};
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    const work_time time;
    while (refused.pending() > 0 && !time.is_over()) {
        timer.expires_after(pause);
        co_await timer.async_wait(as_result);
    }
}

}  // namespace

/// {"rejections":[...],"next":"..."}; of each: number, time (of the latest), first_time, count, endpoint (not
/// there: none has that path), provider, status, reason, diagnosis (not there: nobody has looked) and the
/// same as summary and steps [{text}], proven, and of the latest client, method, path, headers [{name, value
/// where it holds no credentials}], bytes (of the body), body or body_base64 (kept with keep_rejected =
/// true), body_cut (it is the body's beginning).
asio::awaitable<http::response> list_rejections(api_state& in, api_call call) {
    const auto limit = read_limit(call.query);
    if (!limit)
        co_return bad_request(limit.error().reason);
    std::optional<std::uint64_t> before;
    if (call.query.has("cursor")) {
        const auto number = read_number(call.query.value("cursor"));
        if (!number)
            co_return bad_request("cursor: give what an earlier answer gave as next");
        before = static_cast<std::uint64_t>(*number);
    }

    if (in.around.refused == nullptr)
        co_return http::response::error(500, "the file of rejections beside the inbox cannot be read");
    co_await await_pending(*in.around.refused);
    rejection_filter filter;
    filter.endpoint = call.query.value("endpoint");
    if (call.query.has("since") && !(filter.since = parse_moment(call.query.value("since"), now())))
        co_return bad_request("since: " + std::string(moment_forms));
    auto found = in.around.refused->list(before, *limit, filter);
    json_writer out;
    out.begin_object().key("rejections").begin_array();
    for (auto& record : found.items) {
        if (!call.caller.may_change)
            record.body.clear();
        write_rejection(out, record);
    }
    out.end_array();
    if (found.next)
        out.field("next", std::to_string(*found.next));
    out.end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
