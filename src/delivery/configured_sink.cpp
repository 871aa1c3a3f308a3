#include <shopbell/delivery/configured_sink.hpp>

#include <algorithm>

namespace shopbell {

namespace {

const sink_entry* read_type(config::reader& table) {
    std::vector<std::string_view> names;
    for (const auto& entry : sink_types())
        names.push_back(entry.type);
    if (!table.has("type")) {
        table.error("missing key \"type\": what kind of sink is it?");
        return nullptr;
    }
    const auto chosen = table.one_of("type", names, names.size());
    return chosen < names.size() ? &sink_types()[chosen] : nullptr;
}

retry_policy read_retry(config::reader& table) {
    auto keys = table.table("retry");
    retry_policy policy;
    policy.initial = keys.duration("initial", policy.initial);
    policy.max = keys.duration("max", policy.max);
    policy.give_up_after = keys.duration("give_up_after", policy.give_up_after);
    if (policy.initial.count() == 0)
        keys.error("initial", "a retry must wait: give at least \"1ms\"");
    if (policy.max < policy.initial)
        keys.error("max", "max is shorter than initial");
    return policy;
}

std::optional<delivery_rate> read_rate(config::reader& table) {
    const std::string text = table.string("rate", "");
    const auto rate = parse_rate(text);
    if (table.has("rate") && !rate)
        table.error(
            "rate",
            "\"rate\" expects how many deliveries a second, minute or hour the target may get, such as "
            "\"10/s\", \"100/m\" or \"1000/h\"");
    return rate;
}

}  // namespace

std::vector<configured_sink> read_sinks(config::reader& root, std::shared_ptr<shared_files> files,
                                        const log_settings& logging, std::shared_ptr<log> lines) {
    std::vector<configured_sink> all;
    for (auto& table : root.tables("sink")) {
        configured_sink configured;
        configured.name = table.required_string("name");
        configured.retry = read_retry(table);
        configured.rate = read_rate(table);
        const auto timeout = table.duration("timeout", std::chrono::seconds(30));
        if (timeout.count() == 0)
            table.error("timeout", "a delivery needs time: give at least \"1ms\"");
        if (const auto* kind = read_type(table); kind != nullptr) {
            configured.type = kind->type;
            configured.concurrency = static_cast<std::size_t>(
                table.integer("concurrency", static_cast<std::int64_t>(kind->default_concurrency), 1,
                              static_cast<std::int64_t>(kind->max_concurrency)));
            configured.ordered = table.boolean("ordered", true);
            configured.path = configured.type == "file" ? table.string("path", "") : "";
            configured.target = kind->make(
                table,
                sink_context{configured.name, timeout, configured.concurrency, lines, files, logging.level});
        } else {
            table.ignore_unknown();
        }
        configured.secrets_from = table.sources_of_secrets();
        const bool repeated = std::any_of(all.begin(), all.end(),
                                          [&](const auto& other) { return other.name == configured.name; });
        if (repeated && !configured.name.empty())
            table.error("name", "another sink is named \"" + configured.name + "\" already");
        all.push_back(std::move(configured));
    }
    return all;
}

}  // namespace shopbell
