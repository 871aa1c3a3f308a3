#include "event_text.hpp"

#include <shopbell/cli/operator_client.hpp>
#include <shopbell/cli/pretty_json.hpp>
#include <shopbell/cli/text_table.hpp>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::size_t name_width = 10;
constexpr std::size_t what_width = 10;

void print_member(std::ostream& out, std::string name, std::string_view text) {
    if (text.empty())
        return;
    name.resize(std::max(name.size(), name_width), ' ');
    out << name << printable(text) << '\n';
}

/// One line of a stranger's text, indented like the first where it has more.
std::string indented(std::string_view text, std::size_t depth) {
    std::string made;
    for (const char c : printable(text)) {
        made += c;
        if (c == '\n')
            made.append(depth, ' ');
    }
    return made;
}

void print_happening(std::ostream& out, const json::value& one) {
    std::string what(text_of(one, "what"));
    what.resize(std::max(what.size(), what_width), ' ');
    out << "    " << to_seconds(text_of(one, "at")) << "  " << what;
    if (one.find("took_ms") != nullptr)
        out << "  " << text_of(one, "took_ms") << " ms";
    if (const auto error = text_of(one, "error"); !error.empty())
        out << "  " << indented(error, 6);
    out << '\n';
    if (const auto response = text_of(one, "response"); !response.empty())
        out << "      " << indented(response, 6) << '\n';
}

}  // namespace

void print_envelope(std::ostream& out, const json::value& answer) {
    const auto* const event = answer.find("event");
    if (event == nullptr)
        return;
    print_member(out, "id", text_of(answer, "id"));
    print_member(out, "type", text_of(*event, "type"));
    print_member(out, "time", to_seconds(text_of(*event, "time")));
    const auto source = text_of(*event, "source");  // "/" and the endpoint's name
    print_member(out, "endpoint", source.substr(source.find('/') + 1));
    print_member(out, "provider", text_of(*event, "provider"));
    print_member(out, "store", text_of(*event, "store"));
    print_member(out, "subject", text_of(*event, "subject"));
    print_member(out, "state", text_of(answer, "state"));
    print_member(out, "size", counted(number_of(answer, "bytes"), "byte"));
}

void print_headers(std::ostream& out, const json::value& answer) {
    const auto* const all = answer.find("headers");
    if (all == nullptr || all->elements().empty())
        return;
    out << "\nHeaders\n";
    for (const auto& one : all->elements())
        out << "  " << printable(text_of(one, "name")) << ": " << printable(text_of(one, "value")) << '\n';
}

void print_delivery(std::ostream& out, const json::value& delivery) {
    out << "  " << printable(text_of(delivery, "sink"));
    if (delivery.find("configured") != nullptr)
        out << " (no longer configured)";
    out << ": " << text_of(delivery, "state");
    if (const auto attempts = number_of(delivery, "attempts"); attempts > 0)
        out << ", " << counted(attempts, "attempt");
    if (const auto next = text_of(delivery, "next_attempt"); !next.empty())
        out << ", next at " << to_seconds(next);
    out << '\n';
    const auto* const history = delivery.find("history");
    const bool told = history != nullptr && !history->elements().empty();
    if (const auto error = text_of(delivery, "last_error"); !told && !error.empty())
        out << "    " << indented(error, 4) << '\n';
    if (!told)
        return;
    for (const auto& one : history->elements())
        print_happening(out, one);
}

void print_data(std::ostream& out, const json::value& answer) {
    const auto* const data = answer.at("/event/data");
    if (data != nullptr)
        out << "\nData\n" << printable(pretty_json(*data)) << '\n';
}

}  // namespace shopbell
