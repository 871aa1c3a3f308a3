#include <shopbell/config/reader.hpp>

#include "reader_state.hpp"
#include "units.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::config {

namespace {

constexpr std::size_t longest_quotation = 60;

std::string but_got(std::string_view accepted, std::string_view got) {
    return " expects " + std::string(accepted) + ", got " + std::string(got);
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> choices) {
    const auto close = closest(word, choices);
    return close ? " (did you mean " + quoted(*close) + "?)" : std::string();
}

std::string between(std::string_view key, const std::string& min, const std::string& max,
                    const std::string& got) {
    if (min == max)
        return quoted(key) + " must be " + min + ", got " + got;
    return quoted(key) + " must be between " + min + " and " + max + ", got " + got;
}

std::string list(std::span<const std::string_view> choices) {
    std::string text;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i > 0)
            text += i + 1 == choices.size() ? " or " : ", ";
        text += quoted(choices[i]);
    }
    return text;
}

/// What stands before the name of a table inside another: "server." for [server].
std::string title_before(std::string_view title) {
    const bool is_table = title.starts_with('[') && !title.starts_with("[[");
    return is_table ? std::string(title.substr(1, title.size() - 2)) + '.' : std::string();
}

/// Reports elements that are not of that kind; false where there was one.
bool all_are(node_kind kind, std::string_view key, const node& array, reader::state& self) {
    bool good = true;
    for (const auto& element : array.elements) {
        if (element.kind == kind)
            continue;
        good = false;
        self.fail(key, element.where,
                  "every element of " + quoted(key) + " must be " + std::string(describe(kind)) + ", got " +
                      std::string(describe(element.kind)));
    }
    return good;
}

}  // namespace

std::string quoted(std::string_view text) {
    auto shown = to_utf8_lossy(text.substr(0, longest_quotation));
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return '"' + shown + (text.size() > longest_quotation ? "...\"" : "\"");
}

const node* reader::state::peek(std::string_view key) const noexcept {
    return table == nullptr ? nullptr : table->find(key);
}

const node* reader::state::find(std::string_view key) {
    known.emplace(key);
    return peek(key);
}

const node* reader::state::find(std::string_view key, node_kind kind, std::string_view accepted) {
    const auto* value = find(key);
    if (value == nullptr || value->kind == kind)
        return value;
    fail(key, value->where, quoted(key) + but_got(accepted, describe(value->kind)));
    return nullptr;
}

position reader::state::place_of(std::string_view key) const noexcept {
    if (const auto* value = peek(key))
        return value->where;
    for (const auto form : secret_forms) {
        const auto spelled = std::string(key) + std::string(form);
        if (const auto* value = peek(spelled); value != nullptr && known.contains(spelled))
            return value->where;
    }
    return where;
}

void reader::state::report(severity level, position at, std::string message, problem_kind kind) {
    if (!silent)
        found->add(level, at, std::move(message), kind);
}

void reader::state::fail(std::string_view key, position at, std::string message, problem_kind kind) {
    failed.emplace(key);
    report(severity::error, at, std::move(message), kind);
}

void reader::state::report_unknown_keys() {
    if (table == nullptr || takes_any_key)
        return;
    const std::vector<std::string_view> choices(known.begin(), known.end());
    for (const auto& [key, at, value] : table->members)
        if (!known.contains(key))
            report(severity::error, at, "unknown key " + quoted(key) + did_you_mean(key, choices));
}

reader::reader(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

reader::reader(reader&&) noexcept = default;

reader::~reader() {
    if (state_)
        state_->report_unknown_keys();
}

bool reader::has(std::string_view key) const {
    return state_->peek(key) != nullptr;
}

bool reader::has_table(std::string_view key) const {
    const auto* value = state_->peek(key);
    return value != nullptr && value->kind == node_kind::table;
}

void reader::know(std::string_view key) {
    (void)state_->find(key);
}

std::string reader::string(std::string_view key, std::string_view fallback) {
    const auto* value = state_->find(key, node_kind::string, "a string");
    return value == nullptr ? std::string(fallback) : value->text;
}

std::string reader::required_string(std::string_view key) {
    if (state_->find(key) == nullptr) {
        const auto place = state_->title.empty() ? "" : " in " + state_->title;
        state_->fail(key, state_->where, quoted(key) + " is missing" + place + "; it takes a string");
        return {};
    }
    const auto* value = state_->find(key, node_kind::string, "a string");
    if (value == nullptr)
        return {};
    if (value->text.empty())
        state_->fail(key, value->where, quoted(key) + " expects a string that is not empty");
    return value->text;
}

bool reader::boolean(std::string_view key, bool fallback) {
    const auto* value = state_->find(key, node_kind::boolean, "true or false");
    return value == nullptr ? fallback : value->number != 0;
}

std::int64_t reader::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                             std::int64_t max) {
    const auto* value = state_->find(key, node_kind::integer, "an integer");
    if (value == nullptr)
        return fallback;
    if (value->number >= min && value->number <= max)
        return value->number;
    state_->fail(key, value->where,
                 between(key, std::to_string(min), std::to_string(max), std::to_string(value->number)));
    return fallback;
}

std::chrono::milliseconds reader::duration(std::string_view key, std::chrono::milliseconds fallback,
                                           std::chrono::milliseconds min, std::chrono::milliseconds max) {
    constexpr std::string_view accepted = R"(a duration such as "250ms", "10s", "5m", "12h" or "30d")";
    const auto* value = state_->find(key, node_kind::string, accepted);
    if (value == nullptr)
        return fallback;
    const auto read = read_duration(value->text);
    if (!read) {
        state_->fail(key, value->where, quoted(key) + but_got(accepted, quoted(value->text)));
        return fallback;
    }
    const auto low = static_cast<std::uint64_t>(min.count());
    const auto high = static_cast<std::uint64_t>(max.count());
    if (*read >= low && *read <= high)
        return std::chrono::milliseconds(*read);
    state_->fail(key, value->where,
                 between(key, quoted(to_text(min)), quoted(to_text(max)), quoted(value->text)));
    return fallback;
}

std::uint64_t reader::size(std::string_view key, std::uint64_t fallback, std::uint64_t min,
                           std::uint64_t max) {
    constexpr std::string_view accepted = R"(a size such as "512", "64KiB", "1MiB" or "2GiB")";
    const auto* value = state_->find(key, node_kind::string, accepted);
    if (value == nullptr)
        return fallback;
    const auto read = read_size(value->text);
    if (!read) {
        state_->fail(key, value->where, quoted(key) + but_got(accepted, quoted(value->text)));
        return fallback;
    }
    if (*read >= min && *read <= max)
        return *read;
    state_->fail(key, value->where,
                 between(key, quoted(to_text(min)), quoted(to_text(max)), quoted(value->text)));
    return fallback;
}

std::vector<std::string> reader::strings(std::string_view key, std::vector<std::string> fallback) {
    const auto* value = state_->find(key, node_kind::array, "an array of strings");
    if (value == nullptr || !all_are(node_kind::string, key, *value, *state_))
        return fallback;
    std::vector<std::string> all;
    for (const auto& element : value->elements)
        all.push_back(element.text);
    return all;
}

std::vector<std::string> reader::texts(std::string_view key) {
    const auto* value = state_->find(key);
    if (value == nullptr)
        return {};
    if (value->kind == node_kind::string)
        return {value->text};
    if (value->kind == node_kind::array)
        return strings(key, {});
    state_->fail(key, value->where,
                 quoted(key) + but_got("a string or an array of strings", describe(value->kind)));
    return {};
}

headers reader::string_table(std::string_view key) {
    headers all;
    const auto* value = state_->find(key, node_kind::table, "a table of strings");
    if (value == nullptr)
        return all;
    for (const auto& [name, at, content] : value->members) {
        if (content.kind == node_kind::string)
            all.push_back({name, content.text});
        else
            state_->fail(key, content.where,
                         quoted(name) + " in " + quoted(key) + but_got("a string", describe(content.kind)));
    }
    return all;
}

std::size_t reader::one_of(std::string_view key, std::span<const std::string_view> choices,
                           std::size_t fallback) {
    const auto accepted = (choices.size() == 1 ? "" : "one of ") + list(choices);
    const auto* value = state_->find(key, node_kind::string, accepted);
    if (value == nullptr)
        return fallback;
    const auto chosen = std::ranges::find(choices, value->text);
    if (chosen != choices.end())
        return static_cast<std::size_t>(chosen - choices.begin());
    state_->fail(key, value->where,
                 quoted(key) + but_got(accepted, quoted(value->text)) + did_you_mean(value->text, choices));
    return fallback;
}

reader reader::table(std::string_view key) {
    const auto* value = state_->find(key, node_kind::table, "a table");
    auto below = std::make_unique<state>();
    below->table = value;
    below->where = value == nullptr ? state_->where : value->where;
    below->title = "[" + title_before(state_->title) + std::string(key) + "]";
    below->found = state_->found;
    below->secret_files = state_->secret_files;
    if (!state_->title.empty())
        below->sources = state_->sources;
    below->silent = state_->silent || state_->failed.contains(key);
    return reader(std::move(below));
}

std::vector<reader> reader::tables(std::string_view key) {
    std::vector<reader> all;
    const auto title = "[[" + std::string(key) + "]]";
    const auto* value = state_->find(key, node_kind::array, "an array of tables, written " + title);
    if (value == nullptr || !all_are(node_kind::table, key, *value, *state_))
        return all;
    all.reserve(value->elements.size());
    for (const auto& element : value->elements) {
        auto below = std::make_unique<state>();
        below->table = &element;
        below->where = element.where;
        below->title = title;
        below->found = state_->found;
        below->secret_files = state_->secret_files;
        below->silent = state_->silent;
        all.push_back(reader(std::move(below)));
    }
    return all;
}

void reader::error(std::string_view key, std::string message) {
    state_->find(key);
    if (!state_->failed.contains(key))
        state_->report(severity::error, state_->place_of(key), std::move(message));
}

void reader::warn(std::string_view key, std::string message) {
    state_->find(key);
    if (!state_->failed.contains(key))
        state_->report(severity::warning, state_->place_of(key), std::move(message));
}

void reader::error(std::string_view key, std::size_t element, std::string message) {
    const auto* value = state_->find(key);
    if (state_->failed.contains(key))
        return;
    const bool is_there = value != nullptr && element < value->elements.size();
    state_->report(severity::error, is_there ? value->elements[element].where : state_->place_of(key),
                   std::move(message));
}

void reader::error(std::string message) {
    state_->report(severity::error, state_->where, std::move(message));
}

void reader::warn(std::string message) {
    state_->report(severity::warning, state_->where, std::move(message));
}

void reader::ignore_unknown() noexcept {
    state_->takes_any_key = true;
}

}  // namespace shopbell::config
