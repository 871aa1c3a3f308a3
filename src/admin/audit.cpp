#include "audit.hpp"

#include <shopbell/core/json.hpp>

#include <array>
#include <charconv>

namespace shopbell {

namespace {

constexpr std::chrono::seconds one_look{10};

void add_caller(log_fields& fields, const api_caller& who) {
    if (!who.client.empty())
        fields.push_back({"client", who.client});
    if (!who.user.empty())
        fields.push_back({"user", who.user});
}

/// How many deliveries, events or sinks the answer speaks of.
std::optional<long long> count_in(std::string_view answer) {
    constexpr std::array<std::string_view, 3> members = {"count", "deliveries", "erased"};
    const auto document = json::document::parse(answer);
    if (!document)
        return std::nullopt;
    for (const auto member : members) {
        const auto* const found = document->root().find(member);
        if (found == nullptr)
            continue;
        long long count = 0;
        const auto text = found->text();
        if (std::from_chars(text.data(), text.data() + text.size(), count).ec == std::errc())
            return count;
    }
    return std::nullopt;
}

}  // namespace

void personal_data_log::note(const operator_services& around, const std::string& event_id,
                             const api_caller& who) {
    if (around.store == nullptr || around.lines == nullptr)
        return;  // on the inbox of a stopped daemon there is nobody to tell
    const auto present = std::chrono::steady_clock::now();
    {
        const std::lock_guard guard(mutex_);
        std::erase_if(told_, [&](const auto& entry) { return present - entry.second >= one_look; });
        if (!told_.emplace(std::pair(event_id, who.client + '\n' + who.user), present).second)
            return;
    }
    log_fields fields = {{"event_id", event_id}};
    add_caller(fields, who);
    around.lines->info("personal data shown", fields);
}

void log_change(const operator_services& around, const http::request_head& head, std::string_view answer,
                const api_caller& who) {
    if (around.lines == nullptr)
        return;
    log_fields fields = {{"change", head.path}};
    if (!head.query.empty())
        fields.push_back({"filter", head.query});
    if (const auto count = count_in(answer))
        fields.push_back({"count", *count});
    add_caller(fields, who);
    around.lines->info("changed by an operator", fields);
}

}  // namespace shopbell
