#include "makers.hpp"
#include "postgres_sink.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/sinks/postgres_keys.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

/// PostgreSQL cuts a longer one (NAMEDATALEN), and would then mean another table.
constexpr std::size_t longest_identifier = 63;

std::string quote_identifier(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"')
            quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

bool is_identifier(std::string_view name) noexcept {
    return !name.empty() && name.size() <= longest_identifier && name.find('\0') == std::string_view::npos;
}

postgres_target read_target(config::reader& keys) {
    postgres_target target;
    target.hosts = read_postgres_hosts(keys);
    target.port = static_cast<std::uint16_t>(keys.integer("port", 5432, 1, 65'535));
    target.database = keys.required_string("database");
    target.user = keys.required_string("user");
    for (const secret& known : keys.secret("password")) {
        target.known_secrets.add(known.reveal());
        if (target.password.empty())
            target.password = known;
    }
    target.ca_file = read_postgres_authorities(keys);
    return target;
}

}  // namespace

std::vector<std::string> read_postgres_hosts(config::reader& keys) {
    auto hosts = keys.texts("hosts");
    if (!keys.has("hosts"))
        keys.error(
            R"(missing key "hosts": where is PostgreSQL? A name, an address, or the folder of its unix socket)");
    else if (hosts.empty())
        keys.error("hosts", R"("hosts" names no host)");
    const auto is_bad = [](std::string_view host) {
        return host.empty() || host.find_first_of("= ,?@'\"\t\r\n") != std::string_view::npos ||
               host.find("://") != std::string_view::npos;
    };
    if (std::ranges::any_of(hosts, is_bad)) {
        keys.error("hosts",
                   R"("hosts" expects names or addresses alone, such as "db1.example.com"; there are keys )"
                   "for port, database, user and password");
        hosts.clear();
    }
    return hosts;
}

std::string read_postgres_authorities(config::reader& keys) {
    if (!keys.has("ca_file"))
        return {};
    const auto text = keys.required_file("ca_file");
    boost::system::error_code refused;
    boost::asio::ssl::context trial(boost::asio::ssl::context::tls_client);
    if (!text.empty())
        trial.add_certificate_authority(boost::asio::buffer(text), refused);
    if (refused)
        keys.error("ca_file", R"("ca_file" holds none in PEM: )" + refused.message());
    return keys.string("ca_file", "");
}

result<std::string> quote_table(std::string_view name) {
    const auto dot = name.find('.');
    const auto schema = name.substr(0, dot == std::string_view::npos ? 0 : dot);
    const auto table = dot == std::string_view::npos ? name : name.substr(dot + 1);
    if (!is_identifier(table) || table.find('.') != std::string_view::npos)
        return failure{errc::malformed,
                       R"(expects a name such as "events" or "shop.events", each part up to 63 bytes)"};
    if (dot == std::string_view::npos)
        return quote_identifier(table);
    if (!is_identifier(schema))
        return failure{errc::malformed, "has nothing, or more than 63 bytes, in front of the dot"};
    return quote_identifier(schema) + '.' + quote_identifier(table);
}

postgres_blame blame_for(std::string_view sqlstate) noexcept {
    // Data exception, a constraint broken, too complex.
    constexpr std::array<std::string_view, 3> of_the_event{"22", "23", "54"};
    constexpr std::array<std::string_view, 12> of_the_server{"08", "25", "28", "3D", "3F", "40",
                                                             "42", "53", "55", "57", "58", "XX"};
    const auto is_kind = [sqlstate](std::string_view kind) { return sqlstate.starts_with(kind); };
    if (std::ranges::any_of(of_the_event, is_kind))
        return postgres_blame::event;
    if (sqlstate.empty() || std::ranges::any_of(of_the_server, is_kind))
        return postgres_blame::server;
    return postgres_blame::unclear;
}

std::unique_ptr<sink> make_postgres_sink(config::reader& keys, [[maybe_unused]] const sink_context& context) {
    postgres_sink_settings settings;
    settings.target = read_target(keys);
    settings.create = keys.boolean("create", false);
    const auto name = keys.required_string("table");
    const auto table = quote_table(name);
    if (!table && !name.empty())
        keys.error("table", R"("table" )" + table.error().reason);
    const auto& target = settings.target;
    if (!table || target.hosts.empty() || target.database.empty() || target.user.empty())
        return nullptr;
    settings.table = *table;
#ifdef SHOPBELL_HAS_POSTGRES
    return make_postgres(std::move(settings), context);
#else
    keys.error("type",
               "this build has no postgres sink: libpq (libpq-dev) was not there when it was compiled");
    return nullptr;
#endif
}

}  // namespace shopbell
