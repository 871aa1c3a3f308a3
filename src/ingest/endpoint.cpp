#include <shopbell/ingest/endpoint.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell {

namespace {

const provider_entry* read_provider(config::reader& table) {
    if (!table.has("provider")) {
        table.error("missing key \"provider\": which store delivers here?");
        return nullptr;
    }
    const auto name = table.required_string("provider");
    const auto* const known = name.empty() ? nullptr : find_store(name);
    if (known == nullptr && !name.empty()) {
        const auto close = closest(name, store_names());
        table.error("provider", R"("provider" expects "jumpseller", "ejunkie", "usaepay", "generic" or what )"
                                R"(`shopbell presets` lists, got ")" +
                                    name + "\"" +
                                    (close ? " (did you mean \"" + std::string(*close) + "\"?)" : ""));
    }
    return known;
}

bool read_auth_none(config::reader& table) {
    constexpr std::string_view none[] = {"none"};
    if (!table.has("auth"))
        return false;
    if (table.one_of("auth", none, 1) != 0)
        return false;
    table.warn("auth", "auth = \"none\": anyone who knows the path can send events to this endpoint");
    return true;
}

http::networks read_allow(config::reader& table) {
    http::networks blocks;
    for (const auto& text : table.strings("allow", {})) {
        if (auto block = http::network::parse(text))
            blocks.push_back(*block);
        else
            table.error("allow", "\"" + text + "\" is no address or network such as \"203.0.113.0/24\"");
    }
    return blocks;
}

std::string read_path(config::reader& table) {
    auto path = table.required_string("path");
    if (!path.empty() && (!path.starts_with('/') || path.find_first_of("?# ") != std::string::npos))
        table.error("path", "a path begins with \"/\" and holds no \"?\", \"#\" or space");
    return path;
}

std::string read_name(config::reader& table) {
    auto name = table.required_string("name");
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
    if (!plain)
        table.error("name", "a name holds letters, digits, \"-\", \"_\" and \".\" only");
    return name;
}

std::optional<code_settings> read_codes_table(config::reader& table, const provider_entry* kind,
                                              bool auth_none) {
    if (!table.has("codes"))
        return std::nullopt;
    auto codes = table.table("codes");
    if (kind != nullptr && kind->read_sale == nullptr) {
        codes.ignore_unknown();
        table.error("codes", "only E-junkie mails the answer to the buyer: provider = \"ejunkie\"");
        return std::nullopt;
    }
    if (auth_none)
        table.warn("codes", "anyone who knows the path can take codes: give handshake_file instead of auth");
    return read_code_settings(std::move(codes));
}

void refuse_repeats(config::reader& table, const std::vector<endpoint>& before, const endpoint& added) {
    for (const auto& other : before) {
        if (!added.name.empty() && other.name == added.name)
            table.error("name", "another endpoint is named \"" + added.name + "\" already");
        if (!added.path.empty() && other.path == added.path)
            table.error("path",
                        "endpoint \"" + other.name + "\" has the path \"" + added.path + "\" already");
    }
}

}  // namespace

delivery_readers readers_of(const endpoints& all) {
    delivery_readers readers;
    for (const auto& one : all) {
        if (auto reader = one.source == nullptr ? nullptr : one.source->reader())
            readers.emplace(std::pair(one.name, std::string(one.kind->name)), std::move(reader));
    }
    return readers;
}

std::vector<endpoint> read_endpoints(config::reader& root) {
    std::vector<endpoint> all;
    for (auto& table : root.tables("endpoint")) {
        endpoint one;
        one.name = read_name(table);
        one.path = read_path(table);
        one.allow = read_allow(table);
        one.expect_every =
            table.duration("expect_every", std::chrono::milliseconds(0), std::chrono::seconds(1));
        one.keep_rejected = table.boolean("keep_rejected", false);
        const bool auth_none = read_auth_none(table);
        one.kind = read_provider(table);
        one.codes = read_codes_table(table, one.kind, auth_none);
        if (one.codes)
            one.refusals = http::refusal_body::none;
        if (one.kind != nullptr)
            one.source = one.kind->make(table, auth_none);
        else
            table.ignore_unknown();
        if (one.kind != nullptr)
            one.keeps = one.kind->keeps;
        if (const auto reader = one.source == nullptr ? nullptr : one.source->reader())
            one.keeps = reader->keeps();
        if (one.source != nullptr)
            one.verified_by = one.source->verified_by();
        if (one.source != nullptr && one.source->refuses_in_silence())
            one.refusals = http::refusal_body::none;
        one.secrets_from = table.sources_of_secrets();
        refuse_repeats(table, all, one);
        all.push_back(std::move(one));
    }
    if (all.empty())
        root.error("there is no [[endpoint]]: nothing would be received");
    return all;
}

}  // namespace shopbell
