#include "answers.hpp"
#include "person.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>

namespace shopbell {

namespace {

/// Whose events: those that mention an address, or those of a subject.
struct person {
    std::string email;
    event_filter filter;
};

/// Never repeats what it was given: that is personal data.
result<person> read_person(std::string_view body) {
    const auto document = json::document::parse(body);
    if (!document || !document->root().is_object())
        return malformed("the body is no JSON object");
    person one;
    for (const auto& [name, content] : document->root().members()) {
        if (!content.is_string() || content.text().empty())
            return malformed("each member of the body is a string, and not empty");
        if (name == "email")
            one.email = content.text();
        else if (name == "subject")
            one.filter.subject = content.text();
        else if (name == "endpoint")
            one.filter.endpoint = content.text();
        else
            return malformed("the body takes email or subject, and endpoint");
    }
    if (one.email.empty() == one.filter.subject.empty())
        return malformed("say who: email or subject");
    const auto at = one.email.find('@');
    const bool is_address = at != std::string::npos && at > 0 && at + 1 < one.email.size() &&
                            one.email.find_first_of(" \t\r\n") == std::string::npos;
    if (!one.email.empty() && !is_address)
        return malformed("email: give one address such as jane@example.com");
    return one;
}

/// Erases what one page holds of the person and moves the cursor behind it; true where there is more to do.
asio::awaitable<result<bool>> forget_page(api_state& in, person who, range_cursor& at, std::size_t& erased) {
    auto filter = who.filter;
    auto part = co_await in.around.events.read(std::move(filter), at.after, page_size);
    if (!part)
        co_return part.error();
    std::vector<sequence> numbers;
    for (auto& one : part->items) {
        const auto number = one.number;
        if (number > at.up_to)
            break;
        if (who.email.empty() || mentions_address(*make_event(std::move(one), *in.around.reading), who.email))
            numbers.push_back(number);
    }
    if (!numbers.empty()) {
        change decision(erasure{numbers});
        const auto gone = co_await apply(in, std::move(decision));
        if (!gone)
            co_return gone.error();
        erased += *gone;
        if (in.around.deliveries != nullptr)
            co_await in.around.deliveries->forget(std::move(numbers));
    }
    if (!part->next || *part->next >= at.up_to)
        co_return false;
    at.after = *part->next;
    co_return true;
}

/// Copies outlive the inbox's: files are their owner's to clean, and who was sent an event may have kept it.
void write_copies(json_writer& out, const std::vector<operator_sink>& sinks) {
    out.key("clean_yourself").begin_array();
    for (const auto& one : sinks) {
        if (one.type == "file")
            out.begin_object()
                .field("sink", one.name)
                .field("type", one.type)
                .field("path", one.path)
                .end_object();
    }
    out.end_array().key("may_have_copies").begin_array();
    for (const auto& one : sinks) {
        if (one.type != "file")
            out.begin_object().field("sink", one.name).field("type", one.type).end_object();
    }
    out.end_array();
}

http::response answer_of(std::size_t erased, const operator_services& around,
                         const std::optional<range_cursor>& next) {
    json_writer out;
    out.begin_object().key("erased").integer(static_cast<long long>(erased));
    write_copies(out, around.sinks);
    if (next)
        out.field("next", next->to_string());
    out.end_object();
    return answer_with(out);
}

/// A sale's codes stay given; of which sale they are is forgotten also where its event is gone already.
asio::awaitable<result<void>> forget_sale(api_state& in, person who) {
    constexpr std::string_view order = "order/";
    if (!who.filter.subject.starts_with(order))
        co_return result<void>();
    change decision(code_anonymisation{who.filter.endpoint, who.filter.subject.substr(order.size())});
    const auto forgotten = co_await apply(in, std::move(decision));
    if (!forgotten)
        co_return forgotten.error();
    co_return result<void>();
}

/// The bodies of refused requests too, where they are kept; nothing tells their subjects.
void forget_refused(const operator_services& around, const std::string& email) {
    if (around.refused == nullptr || email.empty())
        return;
    around.refused->erase_bodies([&](std::string_view body) { return mentions_address(body, email); });
}

}  // namespace

asio::awaitable<http::response> forget_person(api_state& in, api_call call) {
    const auto who = read_person(call.request.body);
    if (!who)
        co_return bad_request(who.error().reason);
    std::optional<range_cursor> at;
    if (!call.query.has("cursor")) {
        const auto newest = co_await in.around.events.newest();
        if (!newest)
            co_return failed(newest.error());
        at.emplace().up_to = *newest;
    } else if (!(at = range_cursor::parse(call.query.value("cursor")))) {
        co_return bad_request("cursor: give what an earlier answer gave as next");
    }

    forget_refused(in.around, who->email);
    auto whose = *who;
    const auto forgotten = co_await forget_sale(in, std::move(whose));
    if (!forgotten)
        co_return failed(forgotten.error());
    const work_time time;
    std::size_t erased = 0;
    while (!time.is_over()) {
        auto one = *who;
        const auto more = co_await forget_page(in, std::move(one), *at, erased);
        if (!more && erased == 0)
            co_return failed(more.error());
        if (!more)
            break;  // what is done is told; the caller meets the trouble when it goes on
        if (!*more)
            co_return answer_of(erased, in.around, std::nullopt);
    }
    co_return answer_of(erased, in.around, at);
}

}  // namespace shopbell
