#include "answers.hpp"
#include "audit.hpp"
#include "delivery_report.hpp"
#include "event_id.hpp"
#include "masking.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::size_t most_related = 20;

void write_headers(json_writer& out, const headers& fields, const personal_data* hidden,
                   std::size_t& masked) {
    out.key("headers").begin_array();
    for (const auto& field : fields) {
        auto value = field.value;
        if (hidden != nullptr) {
            auto shown = hidden->mask_text(value);
            masked += shown.masked;
            value = std::move(shown.text);
        }
        out.begin_object().field("name", field.name).field("value", value).end_object();
    }
    out.end_array();
}

/// Events of the same subject, oldest first, with their deliveries.
asio::awaitable<result<std::vector<event_report>>> find_related(api_state& in, std::string subject,
                                                                std::string endpoint) {
    event_filter filter;
    filter.subject = subject;
    filter.endpoint = std::move(endpoint);
    std::vector<event_report> none;
    if (subject.empty())
        co_return none;
    const work_time time;
    page<event_summary> found;
    std::optional<sequence> cursor;
    do {
        auto part = co_await in.around.events.list_subject(subject, filter, cursor, most_related + 1);
        if (!part)
            co_return part.error();
        found = *std::move(part);
        cursor = found.next;
    } while (found.items.empty() && cursor && !time.is_over());
    std::vector<sequence> numbers;
    for (const auto& summary : found.items)
        numbers.push_back(summary.number);
    std::ranges::reverse(numbers);
    co_return co_await in.around.events.report(std::move(numbers));
}

void write_received(json_writer& out, const std::optional<reception_report>& received) {
    if (!received)
        return;
    out.key("received").begin_object();
    for (const auto& [name, text] :
         {std::pair("client", &received->first.client), std::pair("request_id", &received->first.request_id),
          std::pair("verified_by", &received->first.verified_by)}) {
        if (!text->empty())
            out.field(name, *text);
    }
    out.key("repeats").integer(static_cast<long long>(received->repeats)).end_object();
}

void write_related(json_writer& out, const std::vector<event_report>& related, const std::string& id) {
    out.key("related").begin_array();
    for (const auto& report : related) {
        if (report.stored.id == id)
            continue;
        out.begin_object()
            .field("id", report.stored.id)
            .field("type", report.stored.type)
            .field("time", to_rfc3339(report.stored.accepted_at))
            .end_object();
    }
    out.end_array();
}

http::response attachment(const stored_event& stored, std::string body) {
    http::response original(200, std::move(body));
    const auto type = value_of(stored.fields, "Content-Type");
    original.content_type = type.empty() ? "application/octet-stream" : type;
    // The bytes are a stranger's: no browser may take them for a page of ours.
    original.fields.push_back(header{"X-Content-Type-Options", "nosniff"});
    original.fields.push_back(header{"Content-Disposition", "attachment"});
    return original;
}

void write_bytes(json_writer& out, const std::string& body) {
    if (is_utf8(body))
        out.field("body", body);
    else
        out.field("body_base64", base64_encode(body));
}

void write_message(json_writer& out, const sink_message& message, const personal_data* hidden) {
    std::size_t masked = 0;
    out.begin_object();
    if (!message.method.empty())
        out.field("method", message.method).field("url", message.url);
    write_headers(out, message.fields, hidden, masked);
    if (hidden == nullptr) {
        write_bytes(out, message.body);
    } else {
        const auto shown = hidden->mask_original(message.body);
        masked += shown.masked;
        write_bytes(out, shown.text);
    }
    out.key("hidden").begin_array();
    for (const auto& name : message.hidden)
        out.string(name);
    out.end_array();
    if (hidden != nullptr)
        out.key("masked").integer(static_cast<long long>(masked));
    out.end_object();
}

}  // namespace

asio::awaitable<http::response> show_event(api_state& in, api_call call) {
    const auto mask = wants_mask(call);
    if (!mask)
        co_return bad_request(mask.error().reason);
    auto found = co_await find_event(in, std::move(call.segments.front()));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    auto& stored = std::get<stored_event>(found);
    const auto number = stored.number;
    const auto states = co_await in.around.events.deliveries(number);
    if (!states)
        co_return failed(states.error());
    const auto related = co_await find_related(in, stored.subject, stored.endpoint);
    if (!related)
        co_return failed(related.error());

    const auto received = co_await in.around.events.received(number);
    if (!received)
        co_return failed(received.error());
    std::vector<first_try> first_tries;
    if (in.around.deliveries != nullptr)
        first_tries = in.around.deliveries->first_tries_of(number);

    const auto content = make_event(std::move(stored), *in.around.reading);
    std::optional<personal_data> hidden;
    if (*mask)
        hidden.emplace(*content);
    else
        in.seen.note(in.around, content->id, call.caller);
    const auto* const cover = hidden ? &*hidden : nullptr;
    std::size_t masked = 0;
    json_writer out;
    out.begin_object().field("id", content->id).field("state", to_string(overall_state(*states)));
    if (hidden) {
        const auto document = hidden->mask_document();
        masked += document.masked;
        out.key("event").raw(document.text);
    } else {
        out.key("event").raw(content->document);
    }
    write_headers(out, content->original_headers, cover, masked);
    out.key("bytes").integer(static_cast<long long>(content->original_body.size())).key("deliveries");
    const auto holders = find_holders(*related, number, in.around);
    write_deliveries(out, *states, *content, {in.around, holders, first_tries, cover, masked});
    write_received(out, *received);
    write_related(out, *related, content->id);
    if (hidden)
        out.key("masked").integer(static_cast<long long>(masked));
    out.end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> show_original(api_state& in, api_call call) {
    const auto mask = wants_mask(call);
    if (!mask)
        co_return bad_request(mask.error().reason);
    auto found = co_await find_event(in, std::move(call.segments.front()));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    auto& stored = std::get<stored_event>(found);
    auto body =
        in.around.reading->blank(stored.endpoint, stored.provider, {stored.type, stored.fields, stored.body});
    if (!*mask) {
        in.seen.note(in.around, stored.id, call.caller);
        co_return attachment(stored, std::move(body));
    }
    const auto content = make_event(stored, *in.around.reading);
    auto shown = personal_data(*content).mask_original(body);
    auto answer = attachment(stored, std::move(shown.text));
    answer.fields.push_back(header{"Shopbell-Masked", std::to_string(shown.masked)});
    co_return answer;
}

/// What one sink would be sent now: method and url where it speaks HTTP, headers, body, and the names of the
/// headers that are kept back.
asio::awaitable<http::response> show_sent(api_state& in, api_call call) {
    const auto mask = wants_mask(call);
    if (!mask)
        co_return bad_request(mask.error().reason);
    if (in.around.deliveries == nullptr)
        co_return not_running();
    const std::string sink(call.query.value("sink"));
    if (!is_configured(in.around, sink))
        co_return unknown_sink(sink, configured_names(in.around));
    auto found = co_await find_event(in, std::move(call.segments.front()));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    const auto content = make_event(std::move(std::get<stored_event>(found)), *in.around.reading);
    const auto message = co_await in.around.deliveries->preview(sink, content);
    if (!message)
        co_return unknown_sink(sink, configured_names(in.around));
    if (!*message)
        co_return http::response::error(409, message->error().reason);
    std::optional<personal_data> hidden;
    if (*mask)
        hidden.emplace(*content);
    else
        in.seen.note(in.around, content->id, call.caller);
    json_writer out;
    write_message(out, **message, hidden ? &*hidden : nullptr);
    co_return answer_with(out);
}

}  // namespace shopbell
