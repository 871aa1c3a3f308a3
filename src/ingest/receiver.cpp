#include <shopbell/ingest/receiver.hpp>

#include "code_desk.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/ingest/endpoint_watch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace shopbell {

namespace asio = boost::asio;

namespace {

using all_endpoints = snapshot<endpoints>::pointer;

/// Seconds after which a store may try again: one commit usually takes milliseconds, so trouble that outlasts
/// this is the operator's.
constexpr std::string_view retry_after = "5";

void note_endpoint(http::response& answer, const endpoint& at) {
    answer.notes.push_back({"endpoint", at.name});
    answer.notes.push_back({"provider", std::string(at.kind->name)});
}

refused_request make_refused(const all_endpoints& all, http::request_head head, std::string body) {
    refused_request one;
    one.among = all;
    one.at = now();
    one.client = head.client;
    one.method = std::move(head.method);
    one.path = std::move(head.path);
    one.query = std::move(head.query);
    one.fields = std::move(head.fields);
    one.body = std::move(body);
    return one;
}

/// Of a request that the HTTP server refused by itself.
refused_request make_refused(const http::server_refusal& why, const endpoint* at) {
    refused_request one;
    one.status = why.status;
    one.reason = why.reason;
    one.what = why.what;
    one.at = now();
    one.client = why.client;
    one.method = why.method;
    one.path = why.path;
    if (at != nullptr) {
        one.endpoint = at->name;
        one.provider = at->kind->name;
    }
    return one;
}

/// A provider refuses what is not genuine (401), not for this endpoint (403), or cannot be read (400).
rejection rejection_of(const refusal& one) noexcept {
    if (one.status == 401)
        return rejection::unauthorized;
    return one.status == 403 ? rejection::store : rejection::malformed;
}

/// {"status":"accepted","id":"..."}, and "ids" where there are several.
http::response receipt_answer(std::string_view outcome, std::span<const receipt> stored) {
    constexpr std::size_t usual_size = 96;
    json_writer body(usual_size);
    body.begin_object().field("status", outcome).field("id", stored.front().id);
    if (stored.size() > 1) {
        body.key("ids").begin_array();
        for (const auto& one : stored)
            body.string(one.id);
        body.end_array();
    }
    body.end_object();
    return http::response(200, body.take());
}

http::response own_answer(const reply& own) {
    http::response answer(own.status, own.body);
    answer.content_type = own.content_type;
    answer.fields = own.fields;
    return answer;
}

/// To a delivery of several events.
http::response acknowledge(const endpoint& at, const std::vector<std::string>& types,
                           const std::shared_ptr<const reply>& own, const std::vector<receipt>& stored) {
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (stored[i].duplicate)
            at.watch->duplicate();
        else
            at.watch->accepted(types[i]);
    }
    const bool is_repeat = std::ranges::all_of(stored, &receipt::duplicate);
    const std::string_view outcome = is_repeat ? "duplicate" : "accepted";
    auto answer = own == nullptr ? receipt_answer(outcome, stored) : own_answer(*own);
    note_endpoint(answer, at);
    answer.notes.push_back({"type", types.front()});
    answer.notes.push_back({"event_id", stored.front().id});
    answer.notes.push_back({"events", static_cast<long long>(stored.size())});
    answer.notes.push_back({"outcome", std::string(outcome)});
    return answer;
}

/// Counts the delivery, and says what became of it.
std::string_view count_stored(const endpoint& at, std::string_view type, const receipt& stored) {
    if (stored.duplicate)
        at.watch->duplicate();
    else
        at.watch->accepted(type);
    return stored.duplicate ? "duplicate" : "accepted";
}

void note_stored(http::response& answer, const endpoint& at, const std::string& type, const receipt& stored,
                 std::string_view outcome) {
    answer.notes.reserve(5);
    note_endpoint(answer, at);
    answer.notes.push_back({"type", type});
    answer.notes.push_back({"event_id", stored.id});
    answer.notes.push_back({"outcome", std::string(outcome)});
}

http::response acknowledge(const endpoint& at, const accepted& what, const receipt& stored) {
    const auto outcome = count_stored(at, what.type, stored);
    auto answer =
        what.answer == nullptr ? receipt_answer(outcome, std::span(&stored, 1)) : own_answer(*what.answer);
    note_stored(answer, at, what.type, stored, outcome);
    if (what.signed_content != 0 && !stored.duplicate) {
        if (auto earlier = at.watch->recognise(what.signed_content, stored.id))
            answer.notes.push_back({"same_content_as", *std::move(earlier)});
    }
    return answer;
}

/// The store mails the body to the buyer as it is: the codes and nothing else, or nothing.
http::response answer_sale(const endpoint& at, const code_outcome& outcome) {
    const auto stored = count_stored(at, outcome.type, outcome.stored);
    auto answer = http::response::refusal(503, http::refusal_body::none);
    if (outcome.what == code_outcome::kind::given) {
        answer = http::response(200, fmt::format("{}", fmt::join(outcome.codes, "\n")));
        answer.content_type = "text/plain; charset=utf-8";
    } else if (outcome.what == code_outcome::kind::missing) {
        answer.fields.push_back({"Retry-After", std::string(retry_after)});
    } else {
        constexpr unsigned conflict = 409;
        answer = http::response::refusal(conflict, http::refusal_body::none);
        at.watch->codes().refused(conflict, outcome.reason);
    }
    note_stored(answer, at, outcome.type, outcome.stored, stored);
    if (!outcome.reason.empty())
        answer.notes.push_back({"reason", outcome.reason});
    return answer;
}

/// A delivery that `shopbell doctor` made: nobody is mailed what it is answered.
bool is_probe(const accepted& what) {
    return what.type.ends_with(".shopbell_probe");
}

/// `fields` are the request's, or those of them that matter.
arrival make_arrival(const endpoint& at, accepted& what, reception received, headers fields,
                     std::string body) {
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
    const auto& keeps = at.keeps;
    one.fields.reserve(keeps.size());
    for (auto& field : fields) {
        if (std::any_of(keeps.begin(), keeps.end(), [&](auto name) { return iequals(field.name, name); }))
            one.fields.push_back(std::move(field));
    }
    for (auto& field : what.kept)
        one.fields.push_back(std::move(field));
    one.body = std::move(body);
    one.received = std::move(received);
    return one;
}

const endpoint* find_by_path(const endpoints& all, std::string_view path) noexcept {
    const auto found = std::ranges::find(all, path, &endpoint::path);
    return found == all.end() ? nullptr : &*found;
}

/// How a refusal looks where no endpoint has the path: as at the endpoint that it lies behind. Where the path
/// could not be read, no endpoint that must not answer with a text may have been meant.
http::refusal_body refusals_beside(const endpoints& all, std::string_view path) noexcept {
    const auto is_silent = [path](const endpoint& one) {
        if (one.refusals != http::refusal_body::none)
            return false;
        const bool lies_behind = path.starts_with(one.path) &&
                                 (one.path.ends_with('/') || path.substr(one.path.size()).starts_with('/'));
        return path.empty() || lies_behind;
    };
    return std::ranges::any_of(all, is_silent) ? http::refusal_body::none : http::refusal_body::json;
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

/// A request to an endpoint, which stays as it is in `all` until the answer is out.
class delivery_exchange final : public http::exchange {
public:
    delivery_exchange(all_endpoints all, const endpoint& at, http::request_head head, inbox& store,
                      refusal_observer& refusals)
        : all_(std::move(all)), at_(at), head_(std::move(head)), inbox_(store), refusals_(refusals) {}

    /// What the head alone already refuses; nothing: read the body.
    [[nodiscard]] std::optional<http::response> screen();

    [[nodiscard]] asio::awaitable<http::response> finish(std::string body) override;

    [[nodiscard]] http::response refuse(const http::server_refusal& why) override {
        refusals_.refused(make_refused(why, &at_));
        at_.watch->codes().refused(why.status, why.reason);
        return http::response::refusal(why.status, at_.refusals);
    }

    [[nodiscard]] request_observer* observer() const noexcept override { return at_.watch; }

private:
    [[nodiscard]] asio::awaitable<http::response> store_all(batch all);
    [[nodiscard]] asio::awaitable<http::response> store_sale(arrival sale);
    [[nodiscard]] http::response answer_probe(const reply& own) const;
    [[nodiscard]] http::response reject_for_now(const failure& why, const std::string& type);
    [[nodiscard]] reception received() const {
        return {head_.client ? head_.client->to_string() : std::string(), head_.id, at_.verified_by};
    }
    [[nodiscard]] http::response reject(rejection why, unsigned status, std::string reason,
                                        std::string body = {});

    const all_endpoints all_;
    const endpoint& at_;
    http::request_head head_;
    inbox& inbox_;
    refusal_observer& refusals_;
};

std::optional<http::response> delivery_exchange::screen() {
    if (!at_.allow.empty() && !(head_.client && http::contains(at_.allow, *head_.client)))
        return reject(rejection::address, 403, "the client's address is not in the endpoint's allow list");
    const auto others = at_.source->challenge_methods();
    if (head_.method != "POST" && std::ranges::find(others, head_.method) == others.end()) {
        auto answer = reject(rejection::method, 405, "a store delivers with POST");
        std::string allowed = "POST";
        for (const auto other : others)
            allowed.append(", ").append(other);
        answer.fields.push_back({"Allow", std::move(allowed)});
        return answer;
    }
    if (is_compressed(head_.fields))
        return reject(rejection::encoding, 415,
                      "the body is compressed (Content-Encoding); a signature covers the plain bytes");
    if (auto by_provider = at_.source->screen(head_.fields))
        return reject(rejection_of(*by_provider), by_provider->status, std::move(by_provider->reason));
    return std::nullopt;
}

/// Works the same whatever is wrong, and leaves finding that out to others: a stranger may measure the time.
http::response delivery_exchange::reject(rejection why, unsigned status, std::string reason,
                                         std::string body) {
    at_.watch->rejected(why);
    at_.watch->codes().refused(status, reason);
    auto told = make_refused(all_, std::move(head_), std::move(body));
    told.endpoint = at_.name;
    told.provider = at_.kind->name;
    told.status = status;
    told.why = why;
    told.reason = reason;
    told.keep_body = at_.keep_rejected;
    refusals_.refused(std::move(told));

    auto answer = http::response::refusal(status, at_.refusals);
    if (const auto realm = at_.source->basic_realm(); status == 401 && !realm.empty())
        answer.fields.push_back({"WWW-Authenticate", "Basic realm=\"" + realm + "\""});
    note_endpoint(answer, at_);
    answer.notes.push_back({"reason", std::move(reason)});
    return answer;
}

asio::awaitable<http::response> delivery_exchange::finish(std::string body) {
    auto found = at_.source->accept(webhook{head_.fields, body, head_.method, head_.query});
    if (auto* const refused = std::get_if<refusal>(&found))
        co_return reject(rejection_of(*refused), refused->status, std::move(refused->reason),
                         std::move(body));
    if (const auto* const own = std::get_if<reply>(&found))
        co_return answer_probe(*own);
    if (auto* const several = std::get_if<batch>(&found))
        co_return co_await store_all(std::move(*several));
    auto& what = std::get<accepted>(found);
    auto arrived = make_arrival(at_, what, received(), std::move(head_.fields), std::move(body));
    if (at_.codes && !is_probe(what))
        co_return co_await store_sale(std::move(arrived));
    const auto stored = co_await inbox_.put(std::move(arrived));
    if (stored)
        co_return acknowledge(at_, what, *stored);
    co_return reject_for_now(stored.error(), what.type);
}

asio::awaitable<http::response> delivery_exchange::store_sale(arrival sale) {
    const auto type = sale.type;
    const auto outcome = co_await serve_sale(at_, inbox_, std::move(sale));
    if (!outcome)
        co_return reject_for_now(outcome.error(), type);
    co_return answer_sale(at_, *outcome);
}

asio::awaitable<http::response> delivery_exchange::store_all(batch all) {
    std::vector<arrival> arrived;
    std::vector<std::string> types;
    const auto own = all.parts.front().what.answer;
    for (auto& [what, body] : all.parts) {
        types.push_back(what.type);
        arrived.push_back(make_arrival(at_, what, received(), head_.fields, std::move(body)));
    }
    const auto stored = co_await inbox_.put_all(std::move(arrived));
    if (stored)
        co_return acknowledge(at_, types, own, *stored);
    co_return reject_for_now(stored.error(), types.front());
}

http::response delivery_exchange::answer_probe(const reply& own) const {
    auto answer = own_answer(own);
    note_endpoint(answer, at_);
    answer.notes.push_back({"outcome", std::string("answered")});
    return answer;
}

http::response delivery_exchange::reject_for_now(const failure& why, const std::string& type) {
    head_.fields.clear();  // what the inbox was to keep has moved on
    auto answer = reject(why.code == errc::busy ? rejection::busy : rejection::unavailable, 503, why.reason);
    answer.fields.push_back({"Retry-After", std::string(retry_after)});
    answer.notes.push_back({"type", type});
    return answer;
}

}  // namespace

receiver::receiver(std::shared_ptr<const endpoints> all, inbox& store, refusal_observer& refusals)
    : endpoints_(std::move(all)), inbox_(store), refusals_(refusals) {}

http::beginning receiver::begin(http::request_head head) const {
    auto all = endpoints_.get();
    const auto* const at = find_by_path(*all, head.path);
    if (at == nullptr) {
        auto answer = http::response::refusal(404, refusals_beside(*all, head.path));
        auto told = make_refused(all, std::move(head), {});
        told.status = 404;
        told.why = rejection::not_found;
        told.reason = "no endpoint has that path";
        refusals_.refused(std::move(told));
        return answer;
    }
    auto begun = std::make_unique<delivery_exchange>(std::move(all), *at, std::move(head), inbox_, refusals_);
    if (auto early = begun->screen()) {
        early->observer = at->watch;
        return *std::move(early);
    }
    return begun;
}

http::response receiver::refuse(const http::server_refusal& why) const {
    const auto all = endpoints_.get();
    const auto* const at = find_by_path(*all, why.path);
    refusals_.refused(make_refused(why, at));
    auto answer =
        http::response::refusal(why.status, at == nullptr ? refusals_beside(*all, why.path) : at->refusals);
    if (at != nullptr) {
        answer.observer = at->watch;
        at->watch->codes().refused(why.status, why.reason);
    }
    return answer;
}

http::response receiver::reject_overload() const {
    return http::response::refusal(503, refusals_beside(*endpoints_.get(), {}));
}

}  // namespace shopbell
