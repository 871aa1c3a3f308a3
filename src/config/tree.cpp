#include "tree.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

// Compiled in, here and nowhere else; it then returns its error instead of throwing.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace shopbell::config {

namespace {

position begin_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

node convert(const toml::node& from);

void convert_members(const toml::table& from, node& to) {
    for (const auto& [key, value] : from)
        to.members.push_back({std::string(key.str()), begin_of(key.source()), convert(value)});
    // toml++ sorts by name; problems and header lists follow the file.
    std::ranges::sort(to.members, {},
                      [](const member& one) { return std::tuple(one.where.line, one.where.column); });
}

node convert(const toml::node& from) {
    node to;
    to.where = begin_of(from.source());
    switch (from.type()) {
        case toml::node_type::table:
            convert_members(*from.as_table(), to);
            return to;
        case toml::node_type::array:
            to.kind = node_kind::array;
            for (const auto& element : *from.as_array())
                to.elements.push_back(convert(element));
            return to;
        case toml::node_type::string:
            to.kind = node_kind::string;
            to.text = from.as_string()->get();
            return to;
        case toml::node_type::integer:
            to.kind = node_kind::integer;
            to.number = from.as_integer()->get();
            return to;
        case toml::node_type::boolean:
            to.kind = node_kind::boolean;
            to.number = from.as_boolean()->get() ? 1 : 0;
            return to;
        case toml::node_type::floating_point:
            to.kind = node_kind::floating;
            return to;
        default:
            to.kind = node_kind::time;
            return to;
    }
}

/// Quotations longer than an escape sequence, left out: where a value could not be read it may be a secret
/// without its quotes.
std::string without_quotations(std::string_view text) {
    std::string kept;
    while (true) {
        const auto open = text.find('\'');
        const auto close = open == std::string_view::npos ? open : text.find('\'', open + 1);
        if (close == std::string_view::npos)
            return kept.append(text);
        const auto quotation = text.substr(open + 1, close - open - 1);
        kept.append(text.substr(0, open + 1)).append(quotation.size() > 2 ? "..." : quotation).append("'");
        text.remove_prefix(close + 1);
    }
}

std::string syntax_message(std::string_view description) {
    constexpr std::string_view context = "Error while parsing ";
    if (!description.starts_with(context))
        return "TOML syntax error: " + std::string(description);
    description.remove_prefix(context.size());
    const auto subject = description.substr(0, description.find(':'));
    if (subject.ends_with("table") || subject.ends_with("header") || subject.ends_with("pair"))
        return "TOML syntax error in " + std::string(description);
    auto message = "TOML syntax error in " + without_quotations(description);
    if (!subject.ends_with("string"))
        message += " (text, durations and sizes need quotes)";
    return message;
}

}  // namespace

const node* node::find(std::string_view key) const noexcept {
    const auto found = std::ranges::find(members, key, &member::key);
    return found == members.end() ? nullptr : &found->value;
}

std::string_view describe(node_kind kind) noexcept {
    switch (kind) {
        case node_kind::string:
            return "a string";
        case node_kind::integer:
            return "an integer";
        case node_kind::floating:
            return "a float";
        case node_kind::boolean:
            return "a boolean";
        case node_kind::time:
            return "a date or time";
        case node_kind::array:
            return "an array";
        case node_kind::table:
            break;
    }
    return "a table";
}

std::optional<node> parse_toml(std::string_view text, problems& found) {
    const auto parsed = toml::parse(text);
    if (!parsed) {
        const auto& error = parsed.error();
        found.add(severity::error, begin_of(error.source()), syntax_message(error.description()));
        return std::nullopt;
    }
    return convert(parsed.table());
}

}  // namespace shopbell::config
