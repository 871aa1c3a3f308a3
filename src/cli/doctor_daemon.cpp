#include "doctor_daemon.hpp"

#include "daemon_client.hpp"
#include "doctor_advice.hpp"

#include <shopbell/cli/target.hpp>
#include <shopbell/cli/text_table.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace shopbell {

namespace {

namespace asio = boost::asio;

constexpr auto start_it =
    "start it (systemctl start shopbell); its log says why it ended (journalctl -u shopbell -n 50)";

/// The texts of an array's elements.
std::string joined(const json::value* array) {
    std::string text;
    if (array == nullptr)
        return text;
    for (const auto& one : array->elements())
        text += (text.empty() ? "" : ", ") + std::string(one.text());
    return text;
}

std::string mend_sink(const configured_sink& one, errc why) {
    if (one.type == "forward")
        return advice_for_sink(why);
    if (one.type == "file")
        return "make room, and let the daemon's user write there";
    if (one.type == "exec")
        return "correct `command`, or make it executable for the daemon's user (chmod +x)";
    if (one.type == "nats")
        return "look at the server, its stream and the credentials; what waits is published once they are "
               "well";
    if (one.type == "postgres")
        return "look at the server, its pg_hba.conf, the user's rights and the table; what waits is inserted "
               "then";
    return "see `shopbell sinks`";
}

finding judge_sink(const configured_sink& one, sink_finding seen) {
    using how = sink_finding::grade;
    finding found{grade::ok, "sink", one.name, std::move(seen.text), ""};
    if (seen.how == how::good)
        return found;
    found.how = seen.how == how::doubtful ? grade::warn : grade::fail;
    found.advice = mend_sink(one, seen.code);
    return found;
}

/// What to do about each kind of what needs somebody (docs/api.md). NAME stands for the sink or endpoint.
struct remedy {
    std::string_view kind;
    std::string_view check;
    std::string_view advice;
};

constexpr std::string_view at_the_store =
    "see that endpoint's webhook in the store's panel, and with --url the way from there to here";
constexpr std::string_view why_refused = "shopbell rejections says why, and what to change";

constexpr std::array remedies = {
    remedy{"about_to_pause", "stores", why_refused},
    remedy{"failing", "stores", why_refused},
    remedy{"silent", "stores", at_the_store},
    remedy{"codes_missing", "codes", "shopbell codes list NAME"},
    remedy{"codes_low", "codes", "shopbell codes add NAME PRODUCT < FILE"},
    remedy{"dead", "backlog",
           "look at them (shopbell dead list --sink NAME), mend the cause, then: shopbell dead retry --sink "
           "NAME"},
    remedy{"stopped", "backlog", "its log says why: journalctl -u shopbell -n 50"},
    remedy{"behind", "backlog",
           "mend what its last error says (shopbell sinks), or raise its `concurrency`; what waits is tried "
           "again by itself"},
    remedy{"not_configured", "backlog", "configure it again, or let go of them: shopbell sinks forget NAME"},
    remedy{"paused", "backlog", "shopbell sinks resume NAME"},
    remedy{"unreadable", "backlog", "run this as the daemon's user"},
};

/// Of these there are checks of their own, which say more.
constexpr std::array<std::string_view, 2> looked_at_elsewhere = {"not_ready", "certificate"};

std::string with_name(std::string_view advice, std::string_view name) {
    constexpr std::string_view place = "NAME";
    std::string text(advice);
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + name.size()))
        text.replace(at, place.size(), name);
    return text;
}

}  // namespace

result<http::incoming_response> exchange(http::client& with, http::outgoing_request one) {
    asio::io_context context(1);
    result<http::incoming_response> received = failure{errc::unavailable, "no answer"};
    auto finished = [&received](const std::exception_ptr& thrown, result<http::incoming_response> given) {
        if (thrown)
            std::rethrow_exception(thrown);
        received = std::move(given);
    };
    asio::co_spawn(context, with.send(std::move(one)), std::move(finished));
    context.run();
    return received;
}

result<std::unique_ptr<http::client>> client_for(const http::server_settings& server,
                                                 const http::listen_address& at, const std::string& target) {
    const bool is_unix = !at.unix_path.empty();
    const bool tls = server.tls != nullptr && !is_unix;
    auto url = http::url::parse((tls ? "https://" : "http://") +
                                (is_unix ? std::string("localhost") : at.to_string()) + target);
    if (!url)
        return url.error();
    http::client_settings settings;
    if (tls)
        settings.fingerprint = server.tls->fingerprint();
    settings.url = *std::move(url);
    settings.unix_path = at.unix_path;
    settings.proxy_protocol = demands_proxy_header(server, at);
    settings.max_idle = 0;  // each exchange has a loop of its own
    settings.timeout = std::chrono::seconds(10);
    return http::client::create(std::move(settings));
}

finding judge_readiness(const http::incoming_response& answer) {
    const std::string check = "daemon";
    const auto document = json::document::parse(answer.body);
    const auto reasons = document ? joined(document->root().find("reasons")) : std::string();
    if (answer.status == 401)
        return {grade::fail, check, "", "it runs, but does not know the token of this configuration",
                "reload it, so that it reads the present one: systemctl reload shopbell"};
    if (!document || text_of(document->root(), "status").empty())
        return {grade::fail, check, "",
                "what answers on the admin address is not Shopbell (" + std::to_string(answer.status) + ")",
                "give [admin] listen an address of its own, and restart the daemon"};
    if (answer.status == 200)
        return {grade::ok, check, "", "it runs and stores events", ""};
    return {grade::fail, check, "",
            "it runs but cannot store events: " + (reasons.empty() ? "no reason" : reasons),
            "mend that; it goes on by itself then"};
}

finding examine_daemon(const admin_settings& admin) {
    const std::string check = "daemon";
    if (!admin.listen)
        return {grade::warn, check, "",
                "the admin interface is off ([admin] listen = \"\"): it cannot be asked",
                "give it an address such as \"127.0.0.1:9180\" and restart the daemon"};
    const auto at = reachable(*admin.listen);
    const auto there = is_listening(at);
    if (!there)
        return {grade::fail, check, "", there.error().reason, ""};
    if (!*there)
        return {grade::fail, check, "", "it does not run: nobody listens on " + at.to_string(), start_it};
    const auto answer = make_daemon_client(admin)->ask("GET", "/readyz", {});
    if (!answer)
        return {grade::fail, check, "", "it listens but does not answer: " + answer.error().reason,
                "restart it (systemctl restart shopbell), and report it with its log"};
    return judge_readiness(*answer);
}

findings judge_admin(const admin_settings& admin) {
    if (!admin.listen || !admin.listen->unix_path.empty() || !admin.token.empty())
        return {};
    return {{grade::warn, "admin", "",
             "every account of this machine can ask on " + admin.listen->to_string() +
                 ", and what is shown there are customers",
             "where others have accounts, let [admin] listen on \"unix:/run/shopbell/admin.sock\" and "
             "restart the "
             "daemon, or give it a token_file and reload it"}};
}

finding judge_listener(const std::string& address, const result<http::incoming_response>& answer) {
    finding found{grade::fail, "listen", address, "", ""};
    if (!answer && answer.error().code == errc::timeout) {
        found.text = "takes the connection but does not answer";
        found.advice =
            "with shopbell.socket connections wait there while the daemon is stopped: systemctl start "
            "shopbell";
    } else if (!answer && answer.error().code == errc::forbidden) {
        found.how = grade::warn;
        found.text = answer.error().reason;
        found.advice =
            "that is as it should be where only the group of what is in front may; to look behind it run "
            "this as root";
    } else if (!answer &&
               (answer.error().code == errc::no_handshake || answer.error().code == errc::untrusted)) {
        found.text = answer.error().reason;
        found.advice =
            "it runs with another [server.tls] than the configuration says: systemctl reload shopbell";
    } else if (!answer) {
        found.text = answer.error().reason;
        found.advice =
            "start the daemon; where it runs, systemd's shopbell.socket or a change without a restart has it "
            "listen "
            "elsewhere";
    } else if (!is_ours(*answer)) {
        found.text = "another program answers there (" + std::to_string(answer->status) + ")";
        found.advice = "stop it, or give [server] listen another address and restart the daemon";
    } else {
        found.how = grade::ok;
        found.text = "the daemon answers";
    }
    return found;
}

findings examine_listeners(const http::server_settings& server) {
    findings all;
    for (const auto& one : server.listen) {
        const auto at = reachable(one);
        if (at.unix_path.empty() && at.port == 0) {
            all.push_back({grade::warn, "listen", at.to_string(),
                           "any free port: which one it is cannot be known",
                           "give it a fixed port: whatever brings the stores' requests here needs one, too"});
            continue;
        }
        const auto client = client_for(server, at, "/");
        if (!client) {
            all.push_back(judge_listener(at.to_string(), client.error()));
            continue;
        }
        all.push_back(judge_listener(at.to_string(),
                                     exchange(**client, http::outgoing_request("GET", {}, std::string()))));
    }
    return all;
}

findings examine_sinks(const std::vector<configured_sink>& sinks) {
    asio::io_context context(1);
    std::vector<sink_finding> seen(sinks.size());
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        auto finished = [&into = seen[i]](const std::exception_ptr& thrown, sink_finding given) {
            if (thrown)
                std::rethrow_exception(thrown);
            into = std::move(given);
        };
        asio::co_spawn(context, sinks[i].target->probe(), std::move(finished));
    }
    context.run();
    findings all;
    for (std::size_t i = 0; i < sinks.size(); ++i)
        all.push_back(judge_sink(sinks[i], std::move(seen[i])));
    return all;
}

std::optional<finding> judge_attention(const json::value& item) {
    const auto kind = text_of(item, "kind");
    if (std::ranges::find(looked_at_elsewhere, kind) != looked_at_elsewhere.end())
        return std::nullopt;
    const auto sink = std::string(text_of(item, "sink"));
    const auto name = sink.empty() ? text_of(item, "endpoint") : std::string_view(sink);
    finding found{grade::warn, "attention", sink, std::string(text_of(item, "text")), ""};
    const auto known = std::ranges::find(remedies, kind, &remedy::kind);
    if (known == remedies.end())
        return found;  // of a newer daemon
    found.check = known->check;
    found.advice = with_name(known->advice, name);
    return found;
}

findings examine_attention(operator_client* from) {
    if (from == nullptr)
        return {};
    const auto answer = ask_json(*from, "GET", api_path({"attention"}));
    if (!answer)
        return {{grade::fail, "backlog", "", "what needs somebody cannot be read: " + answer.error().reason,
                 "run this as the daemon's user"}};
    findings all;
    if (const auto* const items = answer->root().find("attention"); items != nullptr) {
        for (const auto& item : items->elements()) {
            if (auto found = judge_attention(item))
                all.push_back(*std::move(found));
        }
    }
    if (std::ranges::none_of(all, [](const finding& found) { return found.check == "backlog"; }))
        all.push_back({grade::ok, "backlog", "", "no dead letters, and no sink is far behind", ""});
    return all;
}

}  // namespace shopbell
