#include "event_brief.hpp"

#include "answers.hpp"
#include "delivery_report.hpp"
#include "masking.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>

namespace shopbell {

namespace {

std::string spaced(std::string_view word) {
    std::string text(word);
    std::ranges::replace(text, '_', ' ');
    return text;
}

std::string capitalised(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

std::string_view text_at(const json::value& root, std::string_view pointer) {
    const auto* const found = root.at(pointer);
    return found == nullptr ? std::string_view() : found->text();
}

std::string title_of(const event& content, std::string_view order_number) {
    std::string_view type = content.type;
    if (type.starts_with(content.provider + '.'))
        type.remove_prefix(content.provider.size() + 1);
    std::string_view number = order_number;
    if (number.empty() && content.subject.find('@') == std::string::npos)
        number = std::string_view(content.subject).substr(content.subject.rfind('/') + 1);
    const auto dot = type.rfind('.');
    std::string title;
    if (dot != std::string_view::npos) {
        const auto noun = type.substr(0, dot);
        title = spaced(noun.substr(noun.rfind('.') + 1));
    }
    for (const auto& word : {std::string(number), spaced(type.substr(dot + 1))}) {
        if (!word.empty())
            title += (title.empty() ? "" : " ") + word;
    }
    return capitalised(std::move(title));
}

void write_order(json_writer& out, const json::value& order) {
    out.key("order").begin_object();
    for (const auto* const name : {"number", "total", "status"}) {
        if (const auto* const member = order.find(name))
            out.key(name).raw(member->raw());
    }
    out.end_object();
}

}  // namespace

std::string title_of(const event& content) {
    const auto document = json::document::parse(content.document);
    return title_of(content, document ? text_at(document->root(), "/data/order/number") : "");
}

event_brief::event_brief(event_report report, const delivery_reading& by)
    : summary(summary_of(report.stored, overall_state(report.deliveries))),
      deliveries(std::move(report.deliveries)),
      content(make_event(std::move(report.stored), by)) {}

std::size_t mask_summary(event_summary& summary) {
    auto subject = mask_subject(summary.subject);
    if (subject == summary.subject)
        return 0;
    summary.subject = std::move(subject);
    return 1;
}

void write_brief(json_writer& out, const event_brief& brief, const operator_services& around) {
    const auto document = json::document::parse(brief.content->document);
    out.begin_object();
    write_summary_members(out, brief.summary);
    out.field("title",
              title_of(*brief.content, document ? text_at(document->root(), "/data/order/number") : ""));
    if (const auto* const order = document ? document->root().at("/data/order") : nullptr)
        write_order(out, *order);
    out.key("sinks").begin_array();
    for (const auto& [sink, state] : shown_deliveries(brief.deliveries, *brief.content, around))
        out.begin_object().field("name", sink).field("state", state).end_object();
    out.end_array();
    if (document && document->root().at("/data/problem") != nullptr)
        out.key("problem").boolean(true);
    out.end_object();
}

asio::awaitable<result<std::vector<event_brief>>> read_briefs(api_state& in, std::vector<sequence> numbers) {
    auto reports = co_await in.around.events.report(std::move(numbers));
    if (!reports)
        co_return reports.error();
    std::vector<event_brief> briefs;
    for (auto& report : *reports)
        briefs.emplace_back(std::move(report), *in.around.reading);
    co_return briefs;
}

}  // namespace shopbell
