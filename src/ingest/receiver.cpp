#include <shopbell/ingest/receiver.hpp>

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/ingest/endpoint_watch.hpp>

#include <algorithm>

namespace shopbell {

namespace asio = boost::asio;

namespace {

/// Seconds after which a store may try again: one commit usually takes milliseconds, so trouble that outlasts
/// this is the operator's.
constexpr std::string_view retry_after = "5";

void note_endpoint(http::response& answer, const endpoint& at) {
    answer.notes.push_back({"endpoint", at.name});
    answer.notes.push_back({"provider", std::string(at.kind->name)});
}

refused_request make_refused(const snapshot<endpoints>::pointer& all, http::request from) {
    refused_request one;
    one.among = all;
    one.at = now();
    one.client = from.head.client;
    one.method = std::move(from.head.method);
    one.path = std::move(from.head.path);
    one.fields = std::move(from.head.fields);
    one.body = std::move(from.body);
    return one;
}

/// A provider refuses what is not genuine (401), not for this endpoint (403), or cannot be read (400).
rejection rejection_of(const refusal& one) noexcept {
    if (one.status == 401)
        return rejection::unauthorized;
    return one.status == 403 ? rejection::store : rejection::malformed;
}

http::response acknowledge(const endpoint& at, const accepted& what, const receipt& stored) {
    if (stored.duplicate)
        at.watch->duplicate();
    else
        at.watch->accepted(what.type);
    const std::string_view outcome = stored.duplicate ? "duplicate" : "accepted";
    constexpr std::size_t usual_size = 96;
    json_writer body(usual_size);
    body.begin_object().field("status", outcome).field("id", stored.id).end_object();
    http::response answer(200, body.take());
    answer.notes.reserve(5);
    note_endpoint(answer, at);
    answer.notes.push_back({"type", what.type});
    answer.notes.push_back({"event_id", stored.id});
    answer.notes.push_back({"outcome", std::string(outcome)});
    return answer;
}

arrival make_arrival(const endpoint& at, accepted& what, http::request& from) {
    arrival one;
    one.endpoint = at.name;
    one.provider = at.kind->name;
    one.type = what.type;
    one.subject = what.subject;
    one.store = what.store;
    one.identity = std::move(what.identity);
    one.former_identity = std::move(what.former_identity);
    one.recurs = what.recurs;
    one.moment = std::move(what.moment);
    one.locality = what.locality;
    one.repeats_latest_only = what.repeats_latest_only;
    const auto& keeps = at.kind->keeps;
    one.fields.reserve(keeps.size());
    for (auto& field : from.head.fields) {
        if (std::any_of(keeps.begin(), keeps.end(), [&](auto name) { return iequals(field.name, name); }))
            one.fields.push_back(std::move(field));
    }
    one.body = std::move(from.body);
    return one;
}

const endpoint* find_by_path(const endpoints& all, std::string_view path) noexcept {
    const auto found = std::ranges::find(all, path, &endpoint::path);
    return found == all.end() ? nullptr : &*found;
}

/// IANA's HTTP content codings but for "identity", and their old names.
constexpr std::string_view compressions[] = {
    "gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "pack200-gzip", "exi", "dcb", "dcz"};

/// Whether a Content-Encoding names a compression. Programs also write the charset into it, or nothing.
bool names_compression(std::string_view codings) {
    while (!codings.empty()) {
        const auto coding = codings.substr(0, codings.find(','));
        const auto is_it = [word = trim(coding)](auto known) { return iequals(word, known); };
        if (std::ranges::any_of(compressions, is_it))
            return true;
        codings.remove_prefix(std::min(coding.size() + 1, codings.size()));
    }
    return false;
}

bool is_compressed(const headers& fields) {
    return std::ranges::any_of(fields, [](const header& one) {
        return iequals(one.name, "Content-Encoding") && names_compression(one.value);
    });
}

}  // namespace

receiver::receiver(std::shared_ptr<const endpoints> all, inbox& store, refusal_examiner& refused)
    : endpoints_(std::move(all)), inbox_(store), refused_(refused) {}

std::optional<http::response> receiver::screen(const http::request_head& head) const {
    const auto all = endpoints_.get();
    const auto refused = [&](const endpoint& at, rejection why, unsigned status, std::string reason) {
        return refuse(all, at, why, status, std::move(reason), http::request(head, {}));
    };
    const auto* at = find_by_path(*all, head.path);
    if (at == nullptr)
        return refuse_path(all, http::request(head, {}));
    if (!at->allow.empty() && !(head.client && http::contains(at->allow, *head.client)))
        return refused(*at, rejection::address, 403,
                       "the client's address is not in the endpoint's allow list");
    if (head.method != "POST") {
        auto answer = refused(*at, rejection::method, 405, "a store delivers with POST");
        answer.fields.push_back({"Allow", "POST"});
        return answer;
    }
    if (is_compressed(head.fields))
        return refused(*at, rejection::encoding, 415,
                       "the body is compressed (Content-Encoding); a signature covers the plain bytes");
    if (auto by_provider = at->source->screen(head.fields))
        return refused(*at, rejection_of(*by_provider), by_provider->status, std::move(by_provider->reason));
    return std::nullopt;
}

/// Works the same whatever is wrong, and leaves finding that out to others: a stranger may measure the time.
http::response receiver::refuse(const all_endpoints& all, const endpoint& at, rejection why, unsigned status,
                                std::string reason, http::request from) const {
    at.watch->rejected(why);
    auto told = make_refused(all, std::move(from));
    told.endpoint = at.name;
    told.provider = at.kind->name;
    told.status = status;
    told.why = why;
    told.reason = reason;
    told.keep_body = at.keep_rejected;
    refused_.add(std::move(told));

    auto answer = http::response::error(status, http::error_text(status));
    if (const auto realm = at.source->basic_realm(); status == 401 && !realm.empty())
        answer.fields.push_back({"WWW-Authenticate", "Basic realm=\"" + realm + "\""});
    note_endpoint(answer, at);
    answer.notes.push_back({"reason", std::move(reason)});
    return answer;
}

http::response receiver::refuse_path(const all_endpoints& all, http::request from) const {
    auto told = make_refused(all, std::move(from));
    told.status = 404;
    told.why = rejection::not_found;
    told.reason = "no endpoint has that path";
    refused_.add(std::move(told));
    return http::response::error(404, http::error_text(404));
}

request_observer* receiver::observer(std::string_view path) const {
    const auto all = endpoints_.get();
    const auto* at = find_by_path(*all, path);
    return at == nullptr ? nullptr : at->watch;
}

void receiver::refused(const http::server_refusal& one) const {
    refused_request told;
    told.status = one.status;
    told.reason = one.reason;
    told.what = one.what;
    told.at = now();
    told.client = one.client;
    told.method = one.method;
    told.path = one.path;
    const auto all = endpoints_.get();
    if (const auto* at = find_by_path(*all, one.path); at != nullptr) {
        told.endpoint = at->name;
        told.provider = at->kind->name;
    }
    refused_.add(std::move(told));
}

asio::awaitable<http::response> receiver::handle(http::request one) const {
    const auto all = endpoints_.get();
    const auto* const found = find_by_path(*all, one.head.path);
    if (found == nullptr)  // since screen() let it through, a reload has taken the endpoint away
        co_return http::response::error(404, http::error_text(404));
    const auto& at = *found;
    auto verdict = at.source->accept(webhook{one.head.fields, one.body});
    if (const auto* refused = std::get_if<refusal>(&verdict))
        co_return refuse(all, at, rejection_of(*refused), refused->status, refused->reason, std::move(one));

    auto& what = std::get<accepted>(verdict);
    auto arrived = make_arrival(at, what, one);
    const auto stored = co_await inbox_.put(std::move(arrived));
    if (stored)
        co_return acknowledge(at, what, *stored);
    const auto why = stored.error().code == errc::busy ? rejection::busy : rejection::unavailable;
    one.head.fields.clear();  // what the inbox was to keep has moved on
    auto answer = refuse(all, at, why, 503, stored.error().reason, std::move(one));
    answer.fields.push_back({"Retry-After", std::string(retry_after)});
    answer.notes.push_back({"type", what.type});
    co_return answer;
}

}  // namespace shopbell
