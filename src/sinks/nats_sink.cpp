#include "nats_sink.hpp"

#include "excerpt.hpp"
#include "nats_ack.hpp"
#include "worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

namespace shopbell {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

template <auto Destroy>
struct nats_destroyed_by {
    template <class T>
    void operator()(T* handle) const noexcept {
        Destroy(handle);
    }
};
using options_ptr = std::unique_ptr<natsOptions, nats_destroyed_by<natsOptions_Destroy>>;
using connection_ptr = std::unique_ptr<natsConnection, nats_destroyed_by<natsConnection_Destroy>>;
using context_ptr = std::unique_ptr<jsCtx, nats_destroyed_by<jsCtx_Destroy>>;
using message_ptr = std::unique_ptr<natsMsg, nats_destroyed_by<natsMsg_Destroy>>;
using ack_ptr = std::unique_ptr<jsPubAck, nats_destroyed_by<jsPubAck_Destroy>>;
using account_ptr = std::unique_ptr<jsAccountInfo, nats_destroyed_by<jsAccountInfo_Destroy>>;
using stream_ptr = std::unique_ptr<jsStreamInfo, nats_destroyed_by<jsStreamInfo_Destroy>>;

/// Of one attempt to connect to one server.
constexpr milliseconds connect_patience{2'000};

std::int64_t milliseconds_left(clock::time_point until) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - clock::now()).count();
    return std::max<std::int64_t>(left, 1);
}

/// The library keeps the latest error's text for each thread, behind "(conn.c:2088): ", a place in itself.
std::string text_of(natsStatus status) {
    const char* const text = nats_GetLastError(nullptr);
    auto said = text == nullptr ? std::string() : excerpt(text);
    if (const auto end = said.find("): "); said.starts_with('(') && end != std::string::npos)
        said.erase(0, end + 3);
    return said.empty() ? natsStatus_GetText(status) : said;
}

std::string join_servers(const std::vector<std::string>& servers) {
    std::string list;
    for (const auto& server : servers)
        (list += list.empty() ? "" : ",") += server;
    return list;
}

natsStatus set_servers(natsOptions* options, const std::vector<std::string>& servers) {
    std::vector<const char*> urls;
    for (const auto& server : servers)
        urls.push_back(server.c_str());
    return natsOptions_SetServers(options, urls.data(), static_cast<int>(urls.size()));
}

/// It reconnects for ever, notices a dead peer within some ten seconds, and neither keeps messages while it
/// is away from its server nor waits for an answer then: what failed is delivery's to try again.
natsStatus set_liveness(natsOptions* options) {
    natsStatus done = natsOptions_SetMaxReconnect(options, -1);
    const auto then = [&done](natsStatus next) { done = done == NATS_OK ? next : done; };
    then(natsOptions_SetReconnectWait(options, 500));
    then(natsOptions_SetPingInterval(options, 5'000));
    then(natsOptions_SetMaxPingsOut(options, 2));
    then(natsOptions_SetTimeout(options, connect_patience.count()));
    then(natsOptions_SetWriteDeadline(options, 5'000));
    then(natsOptions_SetFailRequestsOnDisconnect(options, true));
    then(natsOptions_SetReconnectBufSize(options, 1));
    then(natsOptions_SetIgnoreDiscoveredServers(options, true));
    return done;
}

natsStatus set_proof(natsOptions* options, const nats_settings& settings) {
    if (!settings.credentials_file.empty())
        return natsOptions_SetUserCredentialsFromFiles(options, settings.credentials_file.c_str(), nullptr);
    if (settings.user.empty())
        return NATS_OK;
    const std::string password(settings.password.reveal());
    return natsOptions_SetUserInfo(options, settings.user.c_str(), password.c_str());
}

natsStatus set_tls(natsOptions* options, const nats_settings& settings) {
    if (!settings.tls)
        return NATS_OK;
    natsStatus done = natsOptions_SetSecure(options, true);
    if (done == NATS_OK)
        done = natsOptions_LoadCATrustedCertificates(options, settings.ca_file.c_str());
    if (done == NATS_OK && !settings.client_certificate.empty())
        done = natsOptions_LoadCertificatesChain(options, settings.client_certificate.c_str(),
                                                 settings.client_key.c_str());
    return done;
}

/// A connection, and JetStream over it. Thread-safe. Its end may block.
struct nats_session {
    connection_ptr connection;
    context_ptr stream;
};

/// The one connection of a sink, made when it is first needed, and made anew where the library has closed it
/// for good (a server that refuses the credentials twice). All of it on the workers' threads.
class nats_link {
public:
    explicit nats_link(nats_settings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] outcome publish(const event& content, clock::time_point until) {
        const auto session = open(until);
        if (!session)
            return retry{describe(session.error().reason)};
        auto result = classify(send(**session, content, until));
        if (auto* const again = std::get_if<retry>(&result))
            again->why = describe(again->why);
        return result;
    }

    [[nodiscard]] sink_finding inspect(clock::time_point until) {
        const auto session = open(until);
        if (!session)
            return {sink_finding::grade::bad, describe(session.error().reason)};
        return inspect(**session, until);
    }

private:
    using session_ptr = std::shared_ptr<const nats_session>;

    [[nodiscard]] std::string describe(std::string_view reason) const {
        std::string text = join_servers(settings_.servers);
        (text += ": ") += reason;
        return settings_.known_secrets.redact(std::move(text), false);
    }

    /// The session as it is now, connected.
    [[nodiscard]] result<session_ptr> open(clock::time_point until) {
        const std::lock_guard lock(mutex_);
        if (clock::now() >= until)
            return failure{errc::unavailable, "not connected in time"};
        if (session_ && natsConnection_IsClosed(session_->connection.get()))
            session_.reset();
        if (!session_) {
            auto fresh = connect();
            if (!fresh)
                return fresh.error();
            session_ = *std::move(fresh);
        }
        if (natsConnection_Status(session_->connection.get()) != NATS_CONN_STATUS_CONNECTED)
            return failure{errc::unavailable, "the connection is lost: connecting again"};
        return session_;
    }

    [[nodiscard]] result<session_ptr> connect() const {
        const auto failed = [](natsStatus status) {
            return failure{errc::unavailable, "cannot connect: " + text_of(status)};
        };
        natsOptions* made = nullptr;
        natsStatus done = natsOptions_Create(&made);
        const options_ptr options(made);
        const auto then = [&](natsStatus (*set)(natsOptions*, const nats_settings&)) {
            done = done == NATS_OK ? set(options.get(), settings_) : done;
        };
        then([](natsOptions* to, const nats_settings& from) { return set_servers(to, from.servers); });
        then([](natsOptions* to, const nats_settings&) { return natsOptions_SetName(to, "shopbell"); });
        then([](natsOptions* to, const nats_settings&) { return set_liveness(to); });
        then(set_proof);
        then(set_tls);
        if (done != NATS_OK)
            return failed(done);
        auto session = std::make_shared<nats_session>();
        natsConnection* connection = nullptr;
        done = natsConnection_Connect(&connection, options.get());
        session->connection.reset(connection);
        if (done != NATS_OK)
            return failed(done);
        jsCtx* stream = nullptr;
        done = natsConnection_JetStream(&stream, connection, nullptr);
        session->stream.reset(stream);
        if (done != NATS_OK)
            return failed(done);
        return session_ptr(std::move(session));
    }

    [[nodiscard]] nats_ack send(const nats_session& over, const event& content, clock::time_point until) {
        nats_ack ack;
        const auto subject = settings_.subject.expand(content);
        natsMsg* made = nullptr;
        ack.status = natsMsg_Create(&made, subject.c_str(), nullptr, content.document.data(),
                                    static_cast<int>(content.document.size()));
        const message_ptr message(made);
        if (ack.status == NATS_OK)
            ack.status = natsMsgHeader_Set(made, "Content-Type", "application/cloudevents+json");
        jsPubOptions options;
        if (ack.status == NATS_OK)
            ack.status = jsPubOptions_Init(&options);
        if (ack.status != NATS_OK) {
            ack.text = text_of(ack.status);
            return ack;
        }
        options.MaxWait = milliseconds_left(until);
        options.MsgId = content.id.c_str();
        options.ExpectStream = settings_.stream.empty() ? nullptr : settings_.stream.c_str();
        jsPubAck* answered = nullptr;
        jsErrCode code{};
        ack.status = js_PublishMsg(&answered, over.stream.get(), made, &options, &code);
        const ack_ptr answer(answered);
        ack.code = static_cast<int>(code);
        if (ack.status != NATS_OK) {
            ack.text = ack.status == NATS_NO_RESPONDERS ? "no stream takes the subject " + subject
                                                        : text_of(ack.status);
            return ack;
        }
        ack.stream = answer->Stream == nullptr ? std::string() : answer->Stream;
        ack.sequence = answer->Sequence;
        ack.duplicate = answer->Duplicate;
        return ack;
    }

    [[nodiscard]] sink_finding inspect(const nats_session& over, clock::time_point until) const {
        using grade = sink_finding::grade;
        jsOptions options;
        jsErrCode code{};
        natsStatus done = jsOptions_Init(&options);
        options.Wait = milliseconds_left(until);
        jsAccountInfo* account = nullptr;
        if (done == NATS_OK)
            done = js_GetAccountInfo(&account, over.stream.get(), &options, &code);
        const account_ptr owned(account);
        if (done != NATS_OK)
            return {grade::bad, describe("JetStream does not answer: " + text_of(done))};
        const auto connected = "connected to " + join_servers(settings_.servers) + ", JetStream answers";
        if (settings_.stream.empty())
            return {grade::good, connected};
        jsStreamInfo* info = nullptr;
        done = js_GetStreamInfo(&info, over.stream.get(), settings_.stream.c_str(), &options, &code);
        const stream_ptr stream(info);
        if (done != NATS_OK)
            return {grade::bad, describe("stream " + settings_.stream + ": " + text_of(done))};
        const auto is_full = [](std::int64_t most, std::uint64_t held) {
            return most > 0 && held >= static_cast<std::uint64_t>(most);
        };
        const auto& limits = *stream->Config;
        if (limits.Discard == js_DiscardNew &&
            (is_full(limits.MaxMsgs, stream->State.Msgs) || is_full(limits.MaxBytes, stream->State.Bytes)))
            return {grade::bad, describe("stream " + settings_.stream + " is full")};
        return {grade::good, connected + " and has stream " + settings_.stream};
    }

    const nats_settings settings_;
    std::mutex mutex_;
    session_ptr session_;  // guarded by mutex_
};

class nats_sink final : public sink {
public:
    nats_sink(nats_settings settings, const sink_context& context)
        : address_(join_servers(settings.servers)),
          subject_(settings.subject),
          timeout_(context.timeout),
          workers_(context.name, context.concurrency,
                   [link = std::make_shared<nats_link>(std::move(settings))] { return link; }) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }

    [[nodiscard]] std::string address() const override { return address_; }

    [[nodiscard]] result<sink_message> preview(const event& content) const override {
        sink_message message;
        message.url = address_;
        message.fields = {{"Subject", subject_.expand(content)},
                          {"Nats-Msg-Id", content.id},
                          {"Content-Type", "application/cloudevents+json"}};
        message.body = content.document;
        return message;
    }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        std::vector<outcome> outcomes;
        for (const auto& content : events) {
            const auto until = clock::now() + timeout_;
            auto job = [content, until](nats_link& link) { return link.publish(*content, until); };
            auto published = co_await workers_.run(std::move(job), until + last_words);
            if (published)
                outcomes.push_back(*std::move(published));
            else
                outcomes.emplace_back(retry{no_answer()});
        }
        co_return outcomes;
    }

    [[nodiscard]] asio::awaitable<sink_finding> probe() override {
        const auto until = clock::now() + timeout_;
        auto job = [until](nats_link& link) { return link.inspect(until); };
        auto seen = co_await workers_.run(std::move(job), until + last_words);
        if (seen)
            co_return *std::move(seen);
        sink_finding silent;
        silent.how = sink_finding::grade::bad;
        silent.text = no_answer();
        co_return silent;
    }

private:
    /// What waits by itself until the deadline knows better why.
    static constexpr milliseconds last_words{500};

    [[nodiscard]] std::string no_answer() const {
        return address_ + " did not answer within " + config::to_text(timeout_);
    }

    const std::string address_;
    const nats_subject subject_;
    const milliseconds timeout_;
    worker_pool<nats_link> workers_;
};

}  // namespace

outcome classify(const nats_ack& ack) {
    if (ack.status == NATS_OK && ack.duplicate && ack.sequence == 0)
        return retry{"the stream calls it a duplicate, but does not have it"};
    if (ack.status == NATS_OK)
        return delivered{"stream " + ack.stream + ", sequence " + std::to_string(ack.sequence) +
                         (ack.duplicate ? ", a duplicate" : "")};
    if (ack.status == NATS_MAX_PAYLOAD)
        return reject{"larger than the server takes (max_payload)"};
    if (ack.code == JSStreamMessageExceedsMaximumErr)
        return reject{"larger than the stream takes: " + ack.text};
    if (ack.status == NATS_TIMEOUT)
        return retry{"no acknowledgement in time; the stream may have it"};
    return retry{ack.text};
}

std::unique_ptr<sink> make_nats(nats_settings settings, const sink_context& context) {
    return std::make_unique<nats_sink>(std::move(settings), context);
}

}  // namespace shopbell
