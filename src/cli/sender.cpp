#include <shopbell/cli/sender.hpp>

#include <shopbell/cli/body_edit.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/commerce/code.hpp>
#include <shopbell/core/async.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

using steady = std::chrono::steady_clock;

/// Tenths of a millisecond as decimal text.
std::string milliseconds_text(std::chrono::microseconds took) {
    const auto tenths = (took.count() + 50) / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

/// The other side may be anything: nothing of it reaches the terminal as a control sequence, or as another
/// line.
std::string on_one_line(std::string_view text) {
    auto shown = printable(text);
    std::ranges::replace(shown, '\n', ' ');
    return shown;
}

std::string printable_text(const json::value& root, std::string_view name) {
    const auto* found = root.find(name);
    return found != nullptr && found->is_string() ? on_one_line(found->text()) : std::string();
}

/// "2 codes ****1111 ****2222" of an answer that goes to a buyer; empty where it is none.
std::string codes_in(const http::incoming_response& response) {
    if (response.status != 200 || !value_of(response.fields, "Content-Type").starts_with("text/plain"))
        return {};
    const auto codes = read_codes(response.body);
    if (!codes)
        return {};
    auto text = counted(codes->size(), "code");
    for (const auto& one : *codes)
        text += " " + on_one_line(masked_code(one));
    return text;
}

std::chrono::microseconds since(steady::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - start);
}

steady::duration spacing(double rate) {
    return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1.0 / rate));
}

result<std::string> body_of(const send_plan& plan, std::size_t index) {
    if (plan.vary.empty())
        return plan.body;
    return make_distinct(plan.body, plan.vary, plan.first_number + index);
}

asio::awaitable<send_answer> exchange(http::client& target, signed_webhook one) {
    http::outgoing_request request("POST", std::move(one.fields), std::move(one.body));
    request.query = std::move(one.query);
    const auto start = steady::now();
    auto response = co_await target.send(std::move(request));
    send_answer answer;
    if (response) {
        answer = read_answer(*response);
    } else {
        answer.outcome = "no answer";
        answer.error = response.error().reason;
    }
    answer.took = since(start);
    co_return answer;
}

}  // namespace

std::string to_line(const send_answer& one) {
    if (one.status == 0)
        return one.outcome + ": " + one.error;
    auto line = std::to_string(one.status);
    for (const auto* part : {&one.outcome, &one.id})
        if (!part->empty())
            line += " " + *part;
    return line;
}

std::string to_json(const send_answer& one) {
    json_writer out;
    out.begin_object().key("status").integer(one.status).field("outcome", one.outcome);
    if (!one.id.empty())
        out.field("id", one.id);
    if (!one.error.empty())
        out.field("error", one.error);
    out.key("duration_ms").raw(milliseconds_text(one.took)).end_object();
    return out.take();
}

send_answer read_answer(const http::incoming_response& response) {
    send_answer answer;
    answer.status = response.status;
    answer.outcome = codes_in(response);
    const auto parsed = json::document::parse(response.body);
    if (!parsed)
        return answer;
    answer.outcome = printable_text(parsed->root(), answer.is_taken() ? "status" : "error");
    answer.id = printable_text(parsed->root(), "id");
    return answer;
}

asio::awaitable<result<bool>> send_all(http::client& target, const send_plan& plan,
                                       const std::function<void(const send_answer&)>& tell) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const auto pause = plan.rate > 0 ? spacing(plan.rate) : steady::duration::zero();
    auto next = steady::now();
    bool all_taken = true;
    for (std::size_t i = 0; i < plan.count; ++i) {
        auto body = body_of(plan, i);
        if (!body)
            co_return body.error();
        if (pause != steady::duration::zero()) {
            timer.expires_at(next);
            (void)co_await timer.async_wait(as_result);
            next += pause;
        }
        auto one = plan.source->sign(plan.event, *std::move(body), plan.how, plan.happened.value_or(now()));
        const auto answer = co_await exchange(target, std::move(one));
        tell(answer);
        all_taken = all_taken && answer.is_taken();
    }
    co_return all_taken;
}

}  // namespace shopbell
