#include "makers.hpp"
#include "nats_sink.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <optional>

namespace shopbell {
namespace {

constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";

/// Why that is no server's URL, or empty.
std::string wrong_with_server(const std::string& text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || (parsed->scheme() != "nats" && parsed->scheme() != "tls") || parsed->host().empty())
        return "expects URLs such as \"nats://nats.example.com:4222\" or \"tls://...\"";
    if (parsed->has_userinfo())
        return "cannot hold a user or password; use user and password_file, or credentials_file";
    if (!parsed->encoded_path().empty() || parsed->has_query() || parsed->has_fragment())
        return "ends behind the port";
    return {};
}

bool leaves_the_machine(const std::string& server) {
    const auto parsed = boost::urls::parse_uri(server);
    const auto host = parsed ? parsed->host() : std::string();
    return !iequals(host, "localhost") && host != "[::1]" && !host.starts_with("127.");
}

std::vector<std::string> read_servers(config::reader& keys) {
    auto servers = keys.texts("servers");
    if (!keys.has("servers"))
        keys.error("missing key \"servers\": where is NATS? such as \"nats://127.0.0.1:4222\"");
    else if (servers.empty())
        keys.error("servers", R"("servers" names no server)");
    for (const auto& server : servers) {
        if (const auto wrong = wrong_with_server(server); !wrong.empty()) {
            keys.error("servers", R"("servers" )" + wrong);
            return {};
        }
    }
    return servers;
}

std::optional<nats_subject> read_subject(config::reader& keys) {
    const auto text = keys.required_string("subject");
    if (text.empty())
        return std::nullopt;
    auto subject = nats_subject::parse(text);
    if (subject)
        return *std::move(subject);
    keys.error("subject", R"("subject": )" + subject.error().reason);
    return std::nullopt;
}

std::string read_stream(config::reader& keys) {
    auto stream = keys.string("stream", "");
    const auto is_bad = [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 ||
               std::string_view(".*>/\\").find(c) != std::string_view::npos;
    };
    if (keys.has("stream") && (stream.empty() || std::ranges::any_of(stream, is_bad)))
        keys.error("stream", R"("stream" expects a stream's name, without spaces, dots, * and >)");
    return stream;
}

void read_proof(config::reader& keys, nats_settings& settings) {
    if (keys.has("credentials_file") && keys.required_secret_file("credentials_file"))
        settings.credentials_file = keys.string("credentials_file", "");
    settings.user = keys.string("user", "");
    for (const secret& known : keys.secret("password")) {
        settings.known_secrets.add(known.reveal());
        if (settings.password.empty())
            settings.password = known;
    }
    const bool has_user = keys.has("user");
    if (has_user != keys.has_secret("password"))
        keys.error(has_user ? "user" : "password", R"("user" and "password" go together)");
    else if (has_user && keys.has("credentials_file"))
        keys.error("user", R"("user" and "credentials_file" exclude each other)");
}

/// What OpenSSL says against the files, so that `check` tells it and not the first event.
template <class Load>
void check_pem(config::reader& keys, std::string_view key, Load load) {
    const auto text = keys.required_file(key);
    boost::system::error_code refused;
    if (!text.empty())
        load(boost::asio::buffer(text), refused);
    if (refused)
        keys.error(key, '"' + std::string(key) + "\" holds none in PEM: " + refused.message());
}

void read_tls(config::reader& keys, nats_settings& settings) {
    using boost::asio::ssl::context;
    const auto is_tls = [](const std::string& server) { return server.starts_with("tls:"); };
    const bool has_certificate = keys.has("client_certificate");
    settings.ca_file = keys.string("ca_file", system_authorities);
    settings.client_certificate = keys.string("client_certificate", "");
    settings.client_key = keys.string("client_key", "");
    settings.tls = std::ranges::any_of(settings.servers, is_tls) || keys.has("ca_file") || has_certificate;
    if (has_certificate != keys.has("client_key")) {
        keys.error(has_certificate ? "client_certificate" : "client_key",
                   R"("client_certificate" and "client_key" go together)");
        return;
    }
    context trial(context::tls_client);
    if (keys.has("ca_file"))
        check_pem(keys, "ca_file",
                  [&](auto text, auto& refused) { trial.add_certificate_authority(text, refused); });
    if (!has_certificate)
        return;
    check_pem(keys, "client_certificate",
              [&](auto text, auto& refused) { trial.use_certificate_chain(text, refused); });
    check_pem(keys, "client_key",
              [&](auto text, auto& refused) { trial.use_private_key(text, context::pem, refused); });
}

}  // namespace

std::unique_ptr<sink> make_nats_sink(config::reader& keys, [[maybe_unused]] const sink_context& context) {
    auto servers = read_servers(keys);
    auto subject = read_subject(keys);
    nats_settings settings{std::move(servers), subject.value_or(*nats_subject::parse("none")),
                           read_stream(keys)};
    read_proof(keys, settings);
    read_tls(keys, settings);
    const bool has_proof = !settings.user.empty() || !settings.credentials_file.empty();
    if (has_proof && !settings.tls && std::ranges::any_of(settings.servers, leaves_the_machine))
        keys.warn("servers",
                  R"("servers" without TLS: the credentials go over the network in clear; use tls://)");
    if (settings.servers.empty() || !subject)
        return nullptr;
#ifdef SHOPBELL_HAS_NATS
    return make_nats(std::move(settings), context);
#else
    keys.error("type",
               "this build has no nats sink: libnats (libnats-dev) was not there when it was compiled");
    return nullptr;
#endif
}

}  // namespace shopbell
