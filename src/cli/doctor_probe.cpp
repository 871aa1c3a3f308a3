#include "doctor_probe.hpp"

#include "daemon_client.hpp"
#include "doctor_advice.hpp"
#include "doctor_client_address.hpp"
#include "doctor_daemon.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/core/uuid.hpp>
#include <shopbell/http/proxy.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace shopbell {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds patience{30};
/// A certificate that is renewed by itself never comes that near to its end.
constexpr std::chrono::days soon{14};

finding way(grade how, const sent_probe& sent, std::string text, std::string advice) {
    return {how, "url", sent.url, std::move(text), std::move(advice)};
}

finding failed(const sent_probe& sent, diagnosis why) {
    return way(grade::fail, sent, std::move(why.what), std::move(why.advice));
}

/// A probe with that many bytes in its body, or the smallest there is. Distinct from every other.
sent_probe make_probe(const probe_target& target, signing how, std::size_t bytes) {
    const auto& at = *target.at;
    random_bytes random;
    const auto mark = make_request_id(random);
    const auto make = [&](std::size_t padding) {
        auto one = at.kind->probe(mark, padding);
        return at.source->sign(one.event, std::move(one.body), how);
    };
    auto made = make(0);
    if (made.body.size() < bytes)
        made = make(bytes - made.body.size());
    return {&at, std::move(made), target.text};
}

/// What the endpoint will say to it.
verdict foresee(const sent_probe& one) {
    return one.at->source->accept(webhook{one.webhook.fields, one.webhook.body, "POST", one.webhook.query});
}

/// Why it must not be sent: it would be stored as what a store sends, or refused although it is signed. Empty
/// where nothing speaks against it.
std::string objection_to(const sent_probe& one) {
    const auto foreseen = foresee(one);
    const auto* const refused = std::get_if<refusal>(&foreseen);
    if (refused != nullptr && !one.at->source->can_sign())
        return {};
    if (refused != nullptr)
        return "the endpoint " + one.at->name + " refuses its own probe: " + refused->reason;
    const auto* const event = std::get_if<accepted>(&foreseen);
    if (event == nullptr)
        return "the endpoint " + one.at->name + " takes its probe for something else than one event";
    const auto& type = event->type;
    return type.ends_with(".shopbell_probe")
               ? ""
               : "the endpoint " + one.at->name + " takes its probe for " + type;
}

result<std::unique_ptr<http::client>> connect(const probe_target& target) {
    http::client_settings settings;
    settings.url = target.url;
    settings.timeout = patience;
    settings.max_idle = 0;  // each exchange has a loop of its own
    auto proxy = http::proxy_from_environment(settings.url);
    if (!proxy)
        return proxy.error();
    if (*proxy) {
        settings.proxy = (*proxy)->address;
        settings.proxy_authorization = (*proxy)->authorization;
    }
    return http::client::create(std::move(settings));
}

result<http::connection_facts> try_connection(http::client& with) {
    asio::io_context context(1);
    result<http::connection_facts> seen = failure{errc::unavailable, "no connection"};
    auto finished = [&seen](const std::exception_ptr& thrown, result<http::connection_facts> given) {
        if (thrown)
            std::rethrow_exception(thrown);
        seen = std::move(given);
    };
    asio::co_spawn(context, with.try_connection(), std::move(finished));
    context.run();
    return seen;
}

result<http::incoming_response> post(http::client& with, const signed_webhook& what) {
    http::outgoing_request request("POST", what.fields, what.body);
    request.query = what.query;
    return exchange(with, std::move(request));
}

/// What the daemon says to the very same request without anything in between.
result<http::incoming_response> post_directly(const configuration& all, const sent_probe& sent) {
    result<http::incoming_response> answer = failure{errc::unavailable, "it listens nowhere"};
    for (const auto& one : all.server.listen) {
        const auto client = client_for(all.server, reachable(one), sent.at->path);
        if (client)
            answer = post(**client, sent.webhook);
        if (answer)
            return answer;
    }
    return answer;
}

diagnosis explain_unauthorized(const configuration& all, const sent_probe& sent) {
    const auto direct = post_directly(all, sent);
    if (direct && direct->status == 200)
        return {
            "the daemon finds the signature wrong (401), but takes the very same request without the proxy: "
            "something on the way changes the body or drops a header",
            "pass both on as they come: no filter, script or firewall that rewrites bodies, and no rule that "
            "drops the store's headers (\"Authorization\" among them)"};
    if (direct && direct->status == 401)
        return {
            "the daemon finds the signature wrong (401), also without the proxy: it has another secret than "
            "the "
            "configuration now",
            "reload it: systemctl reload shopbell"};
    return {"the daemon finds the signature wrong (401)",
            "reload it (systemctl reload shopbell), and let the proxy pass body and headers on as they come"};
}

std::string answered_in(std::chrono::steady_clock::duration took) {
    return "answered in " +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()) + " ms";
}

finding compare(const sent_probe& sent, const std::string& id, std::string took, operator_client* stored) {
    if (stored == nullptr)
        return way(
            grade::warn, sent,
            "a daemon has accepted the probe (" + id + ", " + took + "), but this one cannot be asked for it",
            "turn [admin] on, or run this as the daemon's user");
    const auto event = ask_json(*stored, "GET", api_path({"events", id}));
    const auto original = stored->ask("GET", api_path({"events", id, "original"}));
    if (!event || !original)
        return way(grade::fail, sent,
                   "another daemon has accepted the probe: this one does not know the event " + id,
                   "let DNS and the proxy lead to this one, or look with the configuration of the other "
                   "(--config)");
    const auto changed = differences(sent, event->root(), original->body);
    if (!changed.empty())
        return way(grade::fail, sent, "the probe was accepted, but " + changed,
                   "let nothing on the way rewrite requests: no filter, script or firewall that changes "
                   "bodies, no rule for the store's headers");
    return way(grade::ok, sent,
               "the probe " + id + " came through, headers and body as they were sent, " + took, "");
}

findings judge_taken(const sent_probe& sent, const http::incoming_response& answer, const std::string& took,
                     operator_client* stored) {
    const auto document = json::document::parse(answer.body);
    findings found = {compare(sent, std::string(text_of(document->root(), "id")), took, stored)};
    if (text_of(document->root(), "status") == "duplicate")
        found.push_back(
            way(grade::warn, sent, "it arrived twice: something on the way sends requests again",
                "that loses nothing; where it is not a proxy after a lost connection, look at what else is "
                "there"));
    return found;
}

findings judge_answer(const configuration& all, const sent_probe& sent,
                      const result<http::incoming_response>& answer, const std::string& took,
                      operator_client* stored) {
    if (!answer)
        return {failed(sent, explain_way(answer.error()))};
    const bool came_through = is_ours(*answer);
    if (came_through && answer->status == 200)
        return judge_taken(sent, *answer, took, stored);
    if (came_through && answer->status == 401 && !sent.at->source->can_sign())
        return {
            way(grade::ok, sent,
                "a probe came through and was refused, as it should be: only the store has the private key "
                "of a genuine one, " +
                    took,
                "")};
    if (came_through && answer->status == 401)
        return {failed(sent, explain_unauthorized(all, sent))};
    return {failed(sent, explain_answer(*answer, sent.webhook.body.size()))};
}

/// A body of the largest size must come through to the daemon. A wrong proof keeps it from being stored.
findings send_largest(const configuration& all, const probe_target& target, http::client& with) {
    const auto sent = make_probe(target, signing::broken, all.server.max_body);
    const auto foreseen = foresee(sent);
    const auto* const refused = std::get_if<refusal>(&foreseen);
    if (refused == nullptr || refused->status != 401)
        return {};  // auth = "none": it would be stored
    finding found{grade::fail, "url-size", target.text, "", ""};
    const auto answer = post(with, sent.webhook);
    if (answer && is_ours(*answer) && answer->status == 401) {
        found.how = grade::ok;
        found.text =
            "a body of " + to_human_size(sent.webhook.body.size()) + " comes through (forged, and refused)";
        return {found};
    }
    auto why = answer ? explain_answer(*answer, sent.webhook.body.size()) : explain_way(answer.error());
    found.text = std::move(why.what);
    found.advice = std::move(why.advice);
    return {found};
}

/// A stranger writes an address of his own choice into X-Forwarded-For. Whom does the daemon take him for? Of
/// what it refuses, it keeps the client's address.
findings send_as_stranger(const configuration& all, const probe_target& target, http::client& with,
                          operator_client& stored) {
    auto sent = make_probe(target, signing::broken, 0);
    const auto foreseen = foresee(sent);
    const auto* const refused = std::get_if<refusal>(&foreseen);
    if (refused == nullptr || refused->status != 401)
        return {};  // auth = "none": it would be stored
    random_bytes random;
    const auto mark = "shopbell-doctor/" + make_request_id(random);
    sent.webhook.fields.push_back({"User-Agent", mark});
    sent.webhook.fields.push_back({"X-Forwarded-For", std::string(invented_client)});
    const auto answer = post(with, sent.webhook);
    if (!answer || !is_ours(*answer))
        return {};
    const auto listed = ask_json(stored, "GET", api_path({"rejections"}));
    const auto* const records = listed ? listed->root().find("rejections") : nullptr;
    if (records == nullptr)
        return {};
    for (const auto& one : records->elements()) {
        if (value_of(headers_of(one), "User-Agent") == mark)
            return {judge_client_address(target, one, all.server, is_nginx(*answer))};
    }
    return {};
}

findings judge_scheme(const probe_target& target) {
    const auto& host = target.url.host;
    const bool is_local = iequals(host, "localhost") || host == "::1" || host.starts_with("127.");
    if (target.url.tls || is_local)
        return {};
    return {
        {grade::warn, "url", target.text,
         "plain http: customers' data and static secrets can be read on the way, and USAePay does not "
         "deliver "
         "there",
         "give the store an https URL: let a proxy with a certificate stand in front, or give the daemon one "
         "([server.tls])"}};
}

void append(findings& to, findings more) {
    std::ranges::move(more, std::back_inserter(to));
}

}  // namespace

std::string differences(const sent_probe& sent, const json::value& event, const std::string& original) {
    const auto blank = sent.at->kind->blank;
    const auto expected = blank == nullptr ? sent.webhook.body : blank(sent.webhook.body);
    if (original != expected)
        return "its body arrived changed (" + std::to_string(original.size()) + " bytes, " +
               std::to_string(expected.size()) + " were sent)";
    const auto arrived = headers_of(event);
    for (const auto& field : sent.webhook.fields) {
        const auto& keeps = sent.at->kind->keeps;
        const bool is_kept =
            std::ranges::any_of(keeps, [&](std::string_view name) { return iequals(name, field.name); });
        if (is_kept && (count(arrived, field.name) != 1 || value_of(arrived, field.name) != field.value))
            return "its header " + field.name + " arrived changed or not at all";
    }
    return {};
}

findings judge_certificate(const std::string& url, const http::connection_facts& seen, time_point present) {
    if (!seen.certificate_ends || *seen.certificate_ends - present > soon)
        return {};
    return {{grade::warn, "url", url, "its certificate ends on " + to_date(*seen.certificate_ends),
             "renew it (certbot renew), reload the server that shows it, and see why that does not happen by "
             "itself (systemctl "
             "list-timers)"}};
}

finding judge_own_certificate(const http::tls_identity& shown, time_point present) {
    const auto date = to_date(shown.ends());
    if (shown.ends() - present > soon)
        return {grade::ok, "tls", "", "the certificate is valid until " + date, ""};
    return {shown.ends() > present ? grade::warn : grade::fail, "tls", "", "the certificate ends on " + date,
            "renew it, and then: systemctl reload shopbell"};
}

findings examine_way(const configuration& all, const probe_target& target, operator_client* stored) {
    auto found = judge_scheme(target);
    const auto sent = make_probe(target, signing::genuine, 0);
    if (auto objection = objection_to(sent); !objection.empty()) {
        found.push_back(way(grade::fail, sent, std::move(objection), "correct the endpoint's secrets"));
        return found;
    }
    const auto client = connect(target);
    if (!client) {
        found.push_back(way(grade::fail, sent, client.error().reason,
                            "install the package ca-certificates, or correct the proxy in the environment"));
        return found;
    }
    const auto seen = try_connection(**client);
    if (!seen) {
        found.push_back(failed(sent, explain_way(seen.error())));
        return found;
    }
    append(found, judge_certificate(target.text, *seen, now()));
    const auto start = std::chrono::steady_clock::now();
    const auto answer = post(**client, sent.webhook);
    append(found,
           judge_answer(all, sent, answer, answered_in(std::chrono::steady_clock::now() - start), stored));
    if (answer && is_ours(*answer)) {
        append(found, send_largest(all, target, **client));
        if (stored != nullptr && is_direct(all.server, target.url) != direct::yes)
            append(found, send_as_stranger(all, target, **client, *stored));
    }
    return found;
}

}  // namespace shopbell
