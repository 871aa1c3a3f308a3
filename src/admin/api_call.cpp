#include "api_call.hpp"

#include <shopbell/admin/moment.hpp>

#include <boost/url/encoding_opts.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell {

namespace {

constexpr std::size_t usual_limit = 50;
constexpr std::size_t largest_limit = 1000;

std::optional<event_state> state_of(std::string_view text) {
    if (text == "delivered")
        return event_state::delivered;
    if (text == "pending")
        return event_state::pending;
    if (text == "dead")
        return event_state::dead;
    return std::nullopt;
}

std::optional<std::vector<event_state>> read_states(std::string_view text) {
    std::vector<event_state> states;
    for (;;) {
        const auto comma = text.find(',');
        const auto state = state_of(text.substr(0, comma));
        if (!state)
            return std::nullopt;
        states.push_back(*state);
        if (comma == std::string_view::npos)
            return states;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace

failure malformed(std::string reason) {
    return {errc::malformed, std::move(reason)};
}

result<parameters> parameters::parse(std::string_view query) {
    const std::string target = "/?" + std::string(query);
    const auto parsed = boost::urls::parse_origin_form(target);
    if (!parsed)
        return malformed("the query is malformed: escape what is no letter or digit as %XX");
    boost::urls::encoding_opts form;
    form.space_as_plus = true;
    parameters made;
    for (const auto one : parsed->params(form)) {
        std::string name(one.key);
        if (name.empty() && one.value.empty())
            continue;
        const auto same = [&name](const auto& other) { return other.first == name; };
        if (std::any_of(made.all_.begin(), made.all_.end(), same))
            return malformed("the parameter " + name + " is given twice");
        made.all_.emplace_back(std::move(name), std::string(one.value));
    }
    return made;
}

std::string_view parameters::value(std::string_view name) const noexcept {
    for (const auto& [key, text] : all_) {
        if (key == name)
            return text;
    }
    return {};
}

std::vector<std::string_view> parameters::names() const {
    std::vector<std::string_view> all;
    for (const auto& one : all_)
        all.push_back(one.first);
    return all;
}

std::optional<std::vector<std::string>> split_path(std::string_view path) {
    const auto parsed = boost::urls::parse_origin_form(path);
    if (!parsed)
        return std::nullopt;
    std::vector<std::string> all;
    for (const auto segment : parsed->segments())
        all.emplace_back(segment);
    return all;
}

result<event_filter> read_filter(const parameters& query, time_point present) {
    event_filter filter;
    filter.type = query.value("type");
    filter.endpoint = query.value("endpoint");
    filter.subject = query.value("subject");
    for (const auto* const name : {"since", "until"}) {
        if (!query.has(name))
            continue;
        const auto at = parse_moment(query.value(name), present);
        if (!at)
            return malformed(std::string(name) + ": " + std::string(moment_forms));
        (std::string_view(name) == "since" ? filter.since : filter.until) = at;
    }
    if (query.has("state")) {
        auto states = read_states(query.value("state"));
        if (!states)
            return malformed("state: it is one of delivered, pending, dead");
        filter.states = *std::move(states);
    }
    return filter;
}

result<bool> read_switch(const parameters& query, std::string_view name) {
    if (!query.has(name))
        return false;
    if (query.value(name) != "1" && query.value(name) != "0")
        return malformed(std::string(name) + ": give 1, or leave it out");
    return query.value(name) == "1";
}

result<bool> wants_mask(const api_call& call) {
    const auto mask = read_switch(call.query, "mask");
    if (!mask)
        return mask.error();
    return *mask || !call.caller.may_change;
}

result<std::size_t> read_limit(const parameters& query) {
    if (!query.has("limit"))
        return usual_limit;
    const auto limit = read_number(query.value("limit"));
    if (!limit || *limit < 1 || *limit > static_cast<sequence>(largest_limit))
        return malformed("limit: give a number from 1 to " + std::to_string(largest_limit));
    return static_cast<std::size_t>(*limit);
}

std::optional<sequence> read_number(std::string_view text) {
    sequence number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0)
        return std::nullopt;
    return number;
}

std::optional<range_cursor> range_cursor::parse(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const auto after = read_number(text.substr(0, dash));
    const auto up_to = read_number(text.substr(dash + 1));
    if (!after || !up_to)
        return std::nullopt;
    range_cursor made;
    made.after = *after;
    made.up_to = *up_to;
    return made;
}

std::string range_cursor::to_string() const {
    return std::to_string(after) + "-" + std::to_string(up_to);
}

}  // namespace shopbell
