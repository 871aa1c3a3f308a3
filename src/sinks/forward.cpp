#include "forward_sink.hpp"
#include "makers.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/http/proxy.hpp>
#include <shopbell/sinks/standard_webhooks.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace shopbell {
namespace {

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

/// RFC 9110, section 5.5: what would end the line or confuse its reader may not stand in a value.
bool is_field_value(std::string_view text) noexcept {
    return std::ranges::none_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

bool has_user_info(std::string_view url) noexcept {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return false;
    const std::string_view rest = url.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of("/?#")).find('@') != std::string_view::npos;
}

std::optional<http::url> read_url(config::reader& keys) {
    const std::string text = keys.required_string("url");
    if (text.empty())
        return std::nullopt;
    if (has_user_info(text)) {
        keys.error("url", R"("url" cannot hold a user or password; use basic_user and basic_password)");
        return std::nullopt;
    }
    auto parsed = http::url::parse(text);
    if (!parsed) {
        keys.error("url", R"("url": )" + parsed.error().reason);
        return std::nullopt;
    }
    return std::move(*parsed);
}

/// The credentials behind "Bearer " and its kin.
std::string_view without_scheme(std::string_view authorization) noexcept {
    return authorization.substr(authorization.find(' ') + 1);
}

/// Why a header of the operator's cannot be sent, or empty.
std::string wrong_with(const header& field, const forward_settings& settings) {
    if (!is_token(field.name))
        return "is not a header's name";
    if (is_reserved_header(field.name))
        return "is set by the connection itself";
    if (!is_field_value(field.value))
        return "has a control character in its value";
    if (iequals(field.name, "Authorization") && !settings.authorization.empty())
        return "goes out already for bearer_token or basic_user; remove one of the two";
    if (to_lower(field.name).starts_with("webhook-") && !settings.signing_keys.empty())
        return "belongs to sign_secret";
    return {};
}

/// Where people put what is a secret without being called one here.
bool names_a_secret(std::string_view header_name) {
    const std::string name = to_lower(header_name);
    return std::ranges::any_of(std::array<std::string_view, 5>{"auth", "token", "key", "secret", "cookie"},
                               [&name](std::string_view part) { return name.find(part) != name.npos; });
}

void read_headers(config::reader& keys, forward_settings& settings) {
    for (header& field : keys.string_table("headers")) {
        const std::string name = R"("headers": ")" + to_utf8_lossy(field.name) + '"';
        if (const std::string wrong = wrong_with(field, settings); !wrong.empty())
            keys.error("headers", name + ' ' + wrong);
        else if (count(settings.fields, field.name) > 0)
            keys.error("headers", name + " is given twice, in different case");
        if (names_a_secret(field.name)) {
            settings.known_secrets.add(field.value);
            settings.known_secrets.add(without_scheme(field.value));
        }
        settings.fields.push_back(std::move(field));
    }
}

/// "template_file", which is read now: a mistake in it must not wait for the first event.
void read_template(config::reader& keys, forward_settings& settings) {
    const bool wanted = settings.body == forward_body::rendered;
    if (!wanted && keys.has("template_file"))
        keys.error("template_file", R"("template_file" goes with body = "template" only)");
    if (!wanted)
        return;
    const std::string path = keys.required_string("template_file");
    if (path.empty())
        return;
    auto message = message_template::read(path, settings.content_type);
    if (!message) {
        keys.error("template_file", R"("template_file": )" + message.error().reason);
        return;
    }
    using grade = message_template::prospect::grade;
    if (const auto seen = message->try_out(); seen.how == grade::hopeless)
        keys.error("template_file", R"("template_file": )" + path + ": " + seen.reason);
    else if (seen.how == grade::doubtful)
        keys.warn("template_file", R"("template_file": )" + path + ": " + seen.reason);
    settings.message = std::move(*message);
}

void read_body(config::reader& keys, forward_settings& settings) {
    constexpr std::array<std::string_view, 3> bodies{"event", "original", "template"};
    settings.body = static_cast<forward_body>(keys.one_of("body", bodies, 0));
    const bool original = settings.body == forward_body::original;
    const bool rendered = settings.body == forward_body::rendered;
    settings.content_type =
        keys.string("content_type", rendered ? "application/json" : "application/cloudevents+json");
    if (original && keys.has("content_type"))
        keys.error("content_type",
                   R"("content_type" does not go with body = "original", which keeps the store's own)");
    else if (settings.content_type.empty() || !is_field_value(settings.content_type))
        keys.error("content_type", R"("content_type" expects a media type such as "application/json")");
    read_template(keys, settings);
}

void read_signing_keys(config::reader& keys, forward_settings& settings) {
    for (const secret& configured : keys.secret("sign_secret", config::secret_kind::token)) {
        settings.known_secrets.add(configured.reveal());
        auto key = standard_webhooks_key(configured);
        if (key) {
            settings.known_secrets.add(key->reveal());
            settings.known_secrets.add(base64_encode(key->reveal()));
            settings.signing_keys.push_back(std::move(*key));
        } else
            keys.error("sign_secret", R"("sign_secret" expects base64, with or without "whsec_" before it)");
    }
}

secret basic(std::string_view user, const secret& password) {
    std::string pair(user);
    (pair += ':') += password.reveal();
    const secret both(std::move(pair));
    return secret("Basic " + base64_encode(both.reveal()));
}

/// Of several secrets the first is sent: whoever rotates one puts the new one first.
void read_authorization(config::reader& keys, forward_settings& settings) {
    const secrets bearer = keys.secret("bearer_token", config::secret_kind::token);
    const std::string user = keys.string("basic_user", "");
    const secrets password = keys.secret("basic_password");
    const bool wants_basic = keys.has("basic_user");
    const bool wants_bearer = keys.has_secret("bearer_token");
    if (wants_basic != keys.has_secret("basic_password")) {
        keys.error(wants_basic ? "basic_user" : "basic_password",
                   R"("basic_user" and "basic_password" go together)");
        return;
    }
    if (wants_bearer && wants_basic) {
        keys.error("bearer_token", R"("bearer_token" and "basic_user" exclude each other)");
        return;
    }
    for (const secrets& all : {bearer, password}) {
        for (const secret& known : all)
            settings.known_secrets.add(known.reveal());
    }
    if (!bearer.empty()) {
        settings.authorization = secret("Bearer " + std::string(bearer.front().reveal()));
        if (!is_field_value(bearer.front().reveal()))
            keys.error("bearer_token", R"("bearer_token" holds a control character)");
    }
    if (wants_basic && (user.empty() || user.find(':') != std::string::npos || !is_field_value(user)))
        keys.error("basic_user", R"("basic_user" expects a name without a colon)");
    else if (!password.empty())
        settings.authorization = basic(user, password.front());
    settings.known_secrets.add(without_scheme(settings.authorization.reveal()));
}

bool is_loopback(std::string_view host) noexcept {
    return iequals(host, "localhost") || host == "::1" || host.starts_with("127.");
}

/// Whom to trust and what to show where the url is https.
void read_tls(config::reader& keys, bool tls, http::client_settings& settings) {
    settings.ca_file = keys.string("ca_file", "");
    settings.client_certificate = keys.string("client_certificate", "");
    settings.client_key = keys.string("client_key", "");
    for (const std::string_view key : {"ca_file", "client_certificate", "client_key"}) {
        if (!tls && keys.has(key))
            keys.error(key, '"' + std::string(key) + R"(" has no use with a plain http url)");
    }
    const bool has_certificate = !settings.client_certificate.empty();
    if (tls && has_certificate != !settings.client_key.empty()) {
        keys.error(has_certificate ? "client_certificate" : "client_key",
                   R"("client_certificate" and "client_key" go together)");
        settings.client_certificate.clear();
    }
}

void read_proxy(config::reader& keys, http::client_settings& settings) {
    auto proxy = http::proxy_from_environment(settings.url);
    if (!proxy) {
        keys.error("url", R"("url": )" + proxy.error().reason);
    } else if (*proxy) {
        settings.proxy = (*proxy)->address;
        settings.proxy_authorization = (*proxy)->authorization;
    }
}

/// The key whose file the reason names.
std::string_view key_of(const std::string& reason, const http::client_settings& settings) {
    const auto names = [&reason](const std::string& path) {
        return !path.empty() && reason.find(path) != std::string::npos;
    };
    if (names(settings.client_key))
        return "client_key";
    return names(settings.client_certificate) ? "client_certificate" : "ca_file";
}

std::unique_ptr<http::client> connect_to(config::reader& keys, const http::client_settings& settings) {
    auto client = http::client::create(settings);
    if (client)
        return std::move(*client);
    const std::string_view key = key_of(client.error().reason, settings);
    keys.error(key, '"' + std::string(key) + "\": " + client.error().reason);
    return nullptr;
}

}  // namespace

std::unique_ptr<sink> make_forward_sink(config::reader& keys, const sink_context& context) {
    constexpr std::array<std::string_view, 3> methods{"POST", "PUT", "PATCH"};
    forward_settings settings;
    auto url = read_url(keys);
    settings.method = methods[keys.one_of("method", methods, 0)];
    read_body(keys, settings);
    read_signing_keys(keys, settings);
    read_authorization(keys, settings);
    read_headers(keys, settings);
    http::client_settings connection;
    read_tls(keys, !url || url->tls, connection);
    if (!url)
        return nullptr;
    if (!url->tls && !settings.authorization.empty() && !is_loopback(url->host))
        keys.warn("url", R"("url" is plain http: the credentials go over the network in clear; use https)");
    settings.address = (url->tls ? "https://" : "http://") + url->host_header() +
                       url->target.substr(0, url->target.find('?'));
    connection.url = std::move(*url);
    connection.timeout = context.timeout;
    connection.body_patience = std::chrono::seconds(1);
    connection.max_idle = context.concurrency;
    connection.max_body = longest_response;
    read_proxy(keys, connection);
    settings.known_secrets.add(without_scheme(connection.proxy_authorization.reveal()));
    auto client = connect_to(keys, connection);
    const bool complete = settings.body != forward_body::rendered || settings.message;
    if (!client || !complete)
        return nullptr;
    return make_forward(std::move(settings), std::move(client));
}

}  // namespace shopbell
