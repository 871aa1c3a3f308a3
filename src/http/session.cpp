#include "session.hpp"

#include "mismatch.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace shopbell::http {

namespace {

constexpr std::size_t first_read = 4 * 1024;
constexpr std::size_t largest_read = 64 * 1024;
constexpr std::size_t beyond_header = 64 * 1024;
constexpr std::size_t longest_logged = 256;
constexpr std::size_t usual_log_fields = 16;
/// How long a connection that has said nothing may still begin while the server stops.
constexpr std::chrono::milliseconds last_call{250};
/// Of a request for what is not there so much is taken that the next one can come over the same connection.
constexpr std::uint64_t most_skipped = 64 * 1024;
/// For a peer that has its answer and still sends: as nginx's lingering_close has it.
constexpr lingering usual_patience{std::chrono::seconds(5), std::chrono::seconds(30)};
/// The same where others wait: for a slot, or for the end of the server.
constexpr lingering little_patience{std::chrono::seconds(2), std::chrono::seconds(2)};

std::string loggable(std::string_view text) {
    return to_utf8_lossy(text.substr(0, longest_logged));
}

/// Of a target that is none, what may be logged: never a URL's user and password.
std::string_view path_in(std::string_view target) {
    return target.starts_with('/') ? target.substr(0, target.find('?')) : std::string_view();
}

void skip_empty_lines(timed_socket& socket) {
    while (socket.received().starts_with("\r\n"))
        socket.buffer().consume(2);
}

/// The refusal of a head that does not parse, with the name of what came instead where that is plain.
refusal named(refusal why, std::string_view bytes) {
    const auto what = why.status == 400 ? what_came_instead(bytes) : mismatch::none;
    return what == mismatch::none ? why : refusal(why.status, describe(what), what);
}

std::size_t next_read(const std::optional<std::uint64_t>& length) {
    return static_cast<std::size_t>(
        std::clamp<std::uint64_t>(length.value_or(largest_read), first_read, largest_read));
}

}  // namespace

bool is_client_fault(unsigned status) noexcept {
    return status == nobody || (status >= 400 && status < 500) || status == 501 || status == 505;
}

session::session(timed_socket::socket connection, const optional_address& peer, const tls_identity* tls,
                 session_host& host)
    : host_(host),
      socket_(std::move(connection), tls, host.settings.max_header + beyond_header),
      peer_(peer),
      expects_proxy_header_(host.settings.proxy_protocol && is_trusted(peer, host.settings.trusted_proxies)) {
}

asio::awaitable<void> session::run() {
    if (host_.draining)
        socket_.bound().expires_after(last_call);
    else
        socket_.bound().expires_after(host_.settings.header_timeout);
    bool known = true;
    if (expects_proxy_header_)
        known = co_await arrived();
    if (!known)
        co_return;
    while (co_await request_begun()) {
        const next step = co_await serve();
        if (step == next::drop)
            break;
        fresh_ = false;
        if (step == next::close) {
            answered_ = true;
            // With nothing unread a plain close loses nothing.
            if (!current_.whole || !socket_.received().empty() || socket_.readable())
                co_await lingering_close();
            co_return;
        }
        if (socket_.received().empty())
            socket_.shrink();
        await_next();
    }
    if (!socket_.handshake_problem().empty())
        tell_of_no_handshake();
    if (socket_.bound().expired())
        socket_.reset();
}

asio::awaitable<void> session::reject_overload() {
    answered_ = true;
    socket_.bound().expires_after(socket_.is_tls() ? little_patience.total : last_call);
    // g++ 12: `if (a && !co_await f())` gives the coroutine a frame that it cannot resume.
    bool known = true;
    if (expects_proxy_header_ && socket_.is_tls())  // TLS begins behind it
        known = co_await read_proxy_header();
    if (!known)
        co_return;
    co_await say_full();
}

asio::awaitable<void> session::say_full() {
    answered_ = true;
    current_.started = connected_;
    current_.observer = host_.settings.observer;
    current_.by_server = true;
    auto full = host_.answer.reject_overload();
    full.fields.push_back(header{"Retry-After", "1"});
    sending how;
    how.date = host_.dates.text(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    auto head = response_head(full, how);
    const bool sent = co_await socket_.write(std::move(head), std::move(full.body));
    tell(full.status, sent);
    const auto bounds = little_patience;  // g++ 12: not a constant in the next line
    if (sent)
        co_await socket_.lingering_close(bounds);
}

/// Whoever is refused early still sends a body, and sees the answer only if that is taken.
asio::awaitable<void> session::lingering_close() {
    auto bounds = host_.draining ? little_patience : usual_patience;
    bounds.total = std::min(bounds.total, host_.settings.body_timeout);
    co_await socket_.lingering_close(bounds);
}

void session::drain() {
    if (answered_)
        return socket_.linger_at_most(little_patience.total);
    if (skipping_)
        return socket_.bound().expires_after(last_call);
    if (streaming_)
        return socket_.bound().expires_after(std::chrono::milliseconds(0));
    if (!waiting_)
        return;
    if (fresh_)
        socket_.bound().expires_after(last_call);
    else
        socket_.cancel();
}

void session::cut() {
    cut_ = true;
    signal_.emit(asio::cancellation_type::terminal);
    socket_.close();
}

/// Takes what a proxy says in front; false where the connection ended instead.
asio::awaitable<bool> session::arrived() {
    const bool known = co_await read_proxy_header();
    if (!known)
        co_return false;
    if (is_trusted(peer_, host_.settings.trusted_proxies))
        co_return true;
    auto slot = host_.slot_for(*peer_);
    if (!slot) {
        co_await say_full();
        co_return false;
    }
    slot_ = *std::move(slot);
    co_return true;
}

asio::awaitable<bool> session::read_proxy_header() {
    proxy_header header;
    const auto refused = co_await take_proxy_header(header);
    if (refused) {
        co_await refuse_connection(*refused);
        co_return false;
    }
    if (!header.done()) {  // nothing came: somebody looked whether we listen
        socket_.reset();
        co_return false;
    }
    believes_forwarding_ = header.source().has_value();
    if (header.source())
        peer_ = header.source();
    co_return true;
}

asio::awaitable<std::optional<refusal>> session::take_proxy_header(proxy_header& header) {
    while (!header.done()) {
        waiting_ = !header.begun();
        const auto seen = co_await socket_.peek();
        waiting_ = false;
        if (seen.empty() && !header.begun())
            co_return std::nullopt;
        if (seen.empty() && socket_.bound().expired())
            co_return refusal(408, "a PROXY protocol header too slow", mismatch::malformed_proxy_header);
        if (seen.empty())
            co_return refusal(400, "a PROXY protocol header that breaks off",
                              mismatch::malformed_proxy_header);
        const auto taken = header.take(seen);
        if (!taken)
            co_return taken.error();
        socket_.skip(*taken);
    }
    co_return std::nullopt;
}

/// Before TLS there is nobody who would understand an answer.
asio::awaitable<void> session::refuse_connection(refusal why) {
    begin_request();
    if (!socket_.is_tls()) {
        const auto step = co_await refuse(why);
        answered_ = true;
        if (step == next::close)
            co_await lingering_close();
        co_return;
    }
    current_.reason = why.reason;
    write_line(host_.settings.request_level, "connection refused", nobody, {}, 0);
    (void)report(why.status, why.reason, why.what);
    socket_.reset();
}

void session::begin_request() {
    current_ = served_request();
    current_.id = make_request_id(host_.random);
    current_.client = peer_;
    current_.started = clock::now();
    current_.observer = host_.settings.observer;
}

/// Waits for the first byte of a request; false where the connection ends instead.
asio::awaitable<bool> session::request_begun() {
    for (;;) {
        // Some clients end a body with an empty line of their own (RFC 9112, section 2.2).
        skip_empty_lines(socket_);
        if (!socket_.received().empty() && socket_.received() != "\r")
            break;
        if (host_.draining && !fresh_ && !socket_.readable())
            co_return false;
        waiting_ = true;
        const std::size_t size = co_await socket_.read_some(first_read);
        waiting_ = false;
        if (size == 0 && may_stay())
            continue;
        const bool cancelled_by_drain = host_.draining && !socket_.bound().expired() && socket_.readable();
        if (size == 0 && !cancelled_by_drain)
            co_return false;
        if (size == 0)  // with TLS it may be less than a record
            socket_.bound().expires_after(last_call);
    }
    begin_request();
    socket_.bound().expires_at((fresh_ ? connected_ : current_.started) + host_.settings.header_timeout);
    co_return true;
}

/// The kernel has taken the answer, but not yet the client: within the time of an answer he must.
void session::await_next() {
    const auto now = clock::now();
    idle_until_ = now + host_.settings.idle_timeout;
    socket_.bound().expires_at(std::min(now + host_.settings.body_timeout, idle_until_));
}

/// Whether the bound that passed was only for taking the last answer, and that is done.
bool session::may_stay() {
    if (fresh_ || !socket_.bound().expired() || clock::now() >= idle_until_ || socket_.has_unsent())
        return false;
    socket_.bound().expires_at(idle_until_);
    return true;
}

asio::awaitable<session::next> session::serve() {
    request_parser parser(host_.settings.max_header);
    auto length = parser.take_head(socket_.received());
    if (length && *length == 0)
        length = co_await read_section(parser);
    // Whatever is wrong with it: an answer to HEAD has no body (RFC 9110, section 9.3.2).
    current_.without_body = socket_.received().starts_with("HEAD ");
    if (!length)
        co_return co_await refuse(named(length.error(), socket_.received()));

    request_head head;
    auto facts = read_head(parser, head);
    socket_.buffer().consume(*length);
    if (!facts)
        co_return co_await refuse(facts.error());
    if (auto early = begin(std::move(head)))
        co_return co_await answer_early(std::move(*early), *facts, parser);

    parser.limit_body({host_.settings.max_body, host_.settings.max_header});
    body_budget::reservation reserved(host_.bodies);
    // Only who has sent nothing of it waits for our word (RFC 9110, section 10.1.1).
    const bool asked = facts->expects_continue && socket_.received().empty();
    auto refused = feed(parser, reserved);
    if (!refused && !parser.done())
        refused = co_await read_body(parser, reserved, next_read(facts->content_length), asked);
    if (refused)
        co_return co_await refuse(*refused);

    current_.whole = true;
    socket_.bound().clear();
    auto reply = co_await finish(std::move(parser.body()));
    const bool keep = current_.keep_alive && !reply.close && !host_.draining;
    co_return co_await answer(std::move(reply), keep);
}

/// The rest of it: nearly always it comes whole.
asio::awaitable<checked<std::size_t>> session::read_section(request_parser& parser) {
    for (;;) {
        const std::size_t size = co_await socket_.read_some(first_read);
        if (size == 0)
            co_return broken_off("header section too slow");
        const auto length = parser.take_head(socket_.received());
        if (!length || *length > 0)
            co_return length;
    }
}

/// The head that the parser has taken, whose bytes are still there.
checked<head_facts> session::read_head(request_parser& parser, request_head& head) {
    auto& raw = parser.head();
    current_.method = loggable(raw.method);
    current_.http11 = raw.http11;
    if (believes_forwarding_) {
        current_.client = client_address(peer_, raw.fields, host_.settings.trusted_proxies);
        if (auto id = forwarded_request_id(peer_, raw.fields, host_.settings.trusted_proxies); !id.empty())
            current_.id = std::move(id);
    }

    auto facts = check_head(raw, host_.settings.max_body, host_.settings.demand_length);
    current_.path = facts ? std::string_view(facts->path) : path_in(raw.target);
    if (!facts)
        return facts;
    current_.keep_alive = facts->keep_alive;
    current_.whole = facts->content_length == 0;
    head.id = current_.id;
    head.method = raw.method;
    head.fields = std::move(raw.fields);
    head.path = std::move(facts->path);
    head.query = std::move(facts->query);
    head.client = current_.client;
    head.content_length = facts->content_length;
    head.started = current_.started;
    return facts;
}

/// Answers what needs no body. What is not there costs no connection (a proxy's kept one carries the requests
/// of others as well) where its body is short; any other refusal does.
asio::awaitable<session::next> session::answer_early(response reply, const head_facts& facts,
                                                     request_parser& parser) {
    constexpr unsigned not_found = 404;
    const bool is_refusal = reply.status >= 400 && reply.status != not_found;
    const bool keep = !is_refusal && !reply.close && current_.keep_alive && !facts.expects_continue &&
                      facts.content_length.value_or(0) <= most_skipped && !host_.draining;
    parser.limit_body({most_skipped, host_.settings.max_header});
    const auto step = co_await answer(std::move(reply), keep);
    if (step != next::keep)
        co_return step;
    co_return co_await skip_body(parser);
}

asio::awaitable<session::next> session::skip_body(request_parser& parser) {
    socket_.bound().expires_after(host_.settings.body_timeout);
    for (;;) {
        const auto used = parser.take_body(socket_.received());
        if (!used)
            co_return next::close;
        socket_.buffer().consume(*used);
        if (parser.done())
            co_return next::keep;
        skipping_ = true;
        const std::size_t size = co_await socket_.read_some(first_read);
        skipping_ = false;
        if (size == 0)
            co_return next::drop;
    }
}

/// The rest of it; why there is none, or nothing.
asio::awaitable<std::optional<refusal>> session::read_body(request_parser& parser,
                                                           body_budget::reservation& reserved,
                                                           std::size_t portion, bool asked) {
    socket_.bound().expires_after(host_.settings.body_timeout);
    if (asked) {
        std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!co_await socket_.write(std::move(go_on), std::string()))
            co_return broken_off("100 Continue not read");
    }
    for (;;) {
        const std::size_t size = co_await socket_.read_some(portion);
        if (size == 0)
            co_return broken_off("body too slow");
        auto refused = feed(parser, reserved);
        if (refused || parser.done())
            co_return refused;
    }
}

std::optional<refusal> session::feed(request_parser& parser, body_budget::reservation& reserved) {
    try {
        const auto used = parser.take_body(socket_.received());
        if (!used)
            return used.error();
        socket_.buffer().consume(*used);
        if (!reserved.grow_to(parser.body().size()))
            return refusal{503, "no room for one more long body"};
    } catch (const std::bad_alloc&) {
        return refusal{503, "no memory for the body"};
    }
    return std::nullopt;
}

/// The handler takes the request up, or answers it at once.
std::optional<response> session::begin(request_head head) {
    try {
        auto begun = host_.answer.begin(std::move(head));
        if (auto* const early = std::get_if<response>(&begun)) {
            count_for(early->observer);
            return std::move(*early);
        }
        current_.with = std::get<std::unique_ptr<exchange>>(std::move(begun));
        count_for(current_.with->observer());
        return std::nullopt;
    } catch (const std::exception& problem) {
        return failed(problem.what());
    }
}

asio::awaitable<response> session::finish(std::string body) {
    std::string problem;
    try {
        co_return co_await current_.with->finish(std::move(body));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    co_return failed(problem);
}

response session::failed(std::string_view problem) {
    current_.by_server = true;
    if (!cut_)
        host_.lines.error(
            "request handler failed",
            {{"request_id", current_.id}, {"path", loggable(current_.path)}, {"reason", loggable(problem)}});
    auto reply = report(500, error_text(500), mismatch::none);
    reply.close = true;
    return reply;
}

/// Why no more bytes came: 408 where it was the bound, else the client has gone.
refusal session::broken_off(std::string_view what) noexcept {
    if (socket_.bound().expired())
        return refusal{408, what};
    return refusal{nobody, "connection closed by the client"};
}

asio::awaitable<session::next> session::refuse(refusal why) {
    current_.reason = why.reason;
    current_.by_server = true;
    if (why.status == nobody) {
        write_line(log_level::debug, "client left", nobody, {}, 0);
        tell(nobody, false);
        co_return next::drop;
    }
    auto reply = report(why.status, why.reason, why.what);
    if (why.status == 503)
        reply.fields.push_back(header{"Retry-After", "1"});
    if (why.status == 405)
        reply.fields.push_back(header{"Allow", "POST"});
    co_return co_await answer(std::move(reply), false);
}

asio::awaitable<session::next> session::answer(response reply, bool keep) {
    sending how;
    how.request_id = current_.id;
    how.date = host_.dates.text(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    how.keep_alive = keep && reply.stream == nullptr;
    how.http11 = current_.http11;
    auto head = response_head(reply, how);
    keep = how.keep_alive;
    if (current_.without_body || !has_body(reply.status)) {
        reply.body.clear();
        reply.stream.reset();
    }

    socket_.bound().expires_after(host_.settings.body_timeout);
    if (reply.stream != nullptr)
        co_return co_await answer_in_pieces(std::move(reply), std::move(head));
    const std::size_t bytes = reply.body.size();
    const bool sent = co_await socket_.write(std::move(head), std::move(reply.body));
    // What the store missed is known here all the same: the event may be stored, and the store will send it
    // again.
    if (!sent)
        reply.notes.push_back(log_field{"unsent", true});
    write_line(host_.settings.request_level, "request", reply.status, std::move(reply.notes), bytes);
    tell(reply.status, sent);
    if (!sent)
        co_return next::drop;
    if (keep)
        co_return next::keep;
    co_return next::close;
}

asio::awaitable<session::next> session::answer_in_pieces(response reply, std::string head) {
    std::size_t bytes = 0;
    bool sent = co_await socket_.write(std::move(head), std::string());
    if (sent)
        sent = co_await write_pieces(*reply.stream, bytes);
    reply.stream.reset();
    write_line(host_.settings.request_level, "request", reply.status, std::move(reply.notes), bytes);
    tell(reply.status, sent);
    if (!sent)
        co_return next::drop;
    co_return next::close;
}

/// False where the client did not take all of them.
asio::awaitable<bool> session::write_pieces(body_source& source, std::size_t& bytes) {
    while (!host_.draining) {
        auto piece = co_await next_piece(source);
        if (piece.empty())
            break;
        bytes += piece.size();
        std::string chunk_head;
        if (current_.http11) {
            chunk_head = fmt::format("{:x}\r\n", piece.size());
            piece += "\r\n";
        }
        socket_.bound().expires_after(host_.settings.body_timeout);
        if (!co_await socket_.write(std::move(chunk_head), std::move(piece)))
            co_return false;
    }
    socket_.bound().expires_after(host_.settings.body_timeout);
    std::string last;
    if (current_.http11)
        last = "0\r\n\r\n";
    co_return co_await socket_.write(std::move(last), std::string());
}

/// Empty where there is none any more, the client has gone, or the server stops.
asio::awaitable<std::string> session::next_piece(body_source& source) {
    using namespace asio::experimental::awaitable_operators;
    socket_.bound().clear();
    streaming_ = true;
    auto first = co_await (ask(source) || socket_.read_to_end());
    streaming_ = false;
    auto* const piece = std::get_if<std::string>(&first);
    if (piece == nullptr)
        co_return std::string();
    co_return std::move(*piece);
}

/// A source that fails ends its answer; thrown out of here, the wait for the client would outlast it.
asio::awaitable<std::string> session::ask(body_source& source) {
    std::string problem;
    try {
        co_return co_await source.next();
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted)
            co_return std::string();
        problem = error.what();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    (void)failed(problem);
    co_return std::string();
}

void session::count_for(request_observer* named) noexcept {
    if (named != nullptr)
        current_.observer = named;
}

/// The exchange ends here: an idle connection keeps nothing of it, nor the configuration that it holds.
void session::tell(unsigned status, bool sent) {
    const auto ended = std::move(current_.with);
    auto* const observer = std::exchange(current_.observer, nullptr);
    if (observer == nullptr)
        return;
    const auto read = socket_.total_read() - socket_.received().size();
    answered_request told;
    told.status = status;
    told.sent = sent;
    told.by_server = current_.by_server;
    told.took = clock::now() - current_.started;
    told.received = static_cast<std::size_t>(read - std::exchange(told_, read));
    observer->answered(told);
}

/// Has the handler take note of a refusal and say how it looks. For lack of memory the operator hears nothing
/// of it, and the client is answered all the same.
response session::report(unsigned status, std::string_view reason, mismatch what) noexcept {
    try {
        const server_refusal why{.status = status,
                                 .reason = reason,
                                 .what = what,
                                 .client = current_.client,
                                 .method = current_.method,
                                 .path = current_.path};
        if (current_.with != nullptr)
            return current_.with->refuse(why);
        auto reply = host_.answer.refuse(why);
        count_for(reply.observer);
        return reply;
    } catch (const std::exception&) {
        return response(status, std::string());
    }
}

/// Nobody was there to be answered, and an operator wants to know why a store does not get through.
void session::tell_of_no_handshake() {
    current_.client = peer_;
    if (socket_.handshake_mismatch() != mismatch::none)
        (void)report(400, socket_.handshake_problem(), socket_.handshake_mismatch());
    const auto level = host_.settings.request_level;
    if (!host_.lines.enabled(level) || !host_.refusals.take(nobody))
        return;
    log_fields fields;
    if (peer_)
        fields.push_back(log_field{"client", peer_->to_string()});
    fields.push_back(log_field{"reason", std::string(socket_.handshake_problem())});
    host_.lines.write(level, "no TLS handshake", fields);
}

void session::write_line(log_level level, std::string_view message, unsigned status, log_fields notes,
                         std::size_t bytes) {
    if (!host_.lines.enabled(level) || (is_client_fault(status) && !host_.refusals.take(status)))
        return;
    const auto duration =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - current_.started);
    log_fields fields;
    fields.reserve(usual_log_fields);
    fields.push_back(log_field{"request_id", current_.id});
    if (current_.client)
        fields.push_back(log_field{"client", current_.client->to_string()});
    if (!current_.method.empty()) {
        fields.push_back(log_field{"method", current_.method});
        fields.push_back(log_field{"path", loggable(current_.path)});
    }
    if (status != nobody)
        fields.push_back(log_field{"status", static_cast<long long>(status)});
    fields.push_back(log_field{"duration_us", static_cast<long long>(duration.count())});
    fields.push_back(log_field{"bytes", static_cast<long long>(bytes)});
    if (!current_.reason.empty())
        fields.push_back(log_field{"reason", std::string(current_.reason)});
    std::ranges::move(notes, std::back_inserter(fields));
    host_.lines.write(level, message, fields);
}

}  // namespace shopbell::http
