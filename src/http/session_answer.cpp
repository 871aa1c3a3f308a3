#include "session.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

// The half of the session that answers.

namespace shopbell::http {

namespace {

constexpr std::size_t usual_log_fields = 16;

}  // namespace

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

asio::awaitable<session::next> session::answer(response one, bool keep) {
    sending how;
    how.request_id = current_.id;
    how.date = host_.dates.text(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    how.keep_alive = keep && one.stream == nullptr;
    how.http11 = current_.http11;
    auto head = response_head(one, how);
    keep = how.keep_alive;
    if (current_.without_body || !has_body(one.status)) {
        one.body.clear();
        one.stream.reset();
    }

    socket_.bound().expires_after(host_.settings.body_timeout);
    if (one.stream != nullptr)
        co_return co_await answer_in_pieces(std::move(one), std::move(head));
    const std::size_t bytes = one.body.size();
    const bool sent = co_await socket_.write(std::move(head), std::move(one.body));
    // What the store missed is known here all the same: the event may be stored, and the store will send it
    // again.
    if (!sent)
        one.notes.push_back(log_field{"unsent", true});
    write_line(host_.settings.request_level, "request", one.status, std::move(one.notes), bytes);
    tell(one.status, sent);
    if (!sent)
        co_return next::drop;
    if (keep)
        co_return next::keep;
    co_return next::close;
}

asio::awaitable<session::next> session::answer_in_pieces(response one, std::string head) {
    std::size_t bytes = 0;
    bool sent = co_await socket_.write(std::move(head), std::string());
    if (sent)
        sent = co_await write_pieces(*one.stream, bytes);
    one.stream.reset();
    write_line(host_.settings.request_level, "request", one.status, std::move(one.notes), bytes);
    tell(one.status, sent);
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
    answered_request one;
    one.status = status;
    one.sent = sent;
    one.by_server = current_.by_server;
    one.took = clock::now() - current_.started;
    one.received = static_cast<std::size_t>(read - std::exchange(told_, read));
    observer->answered(one);
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
    if (!host_.lines.enabled(level) || !host_.refusals.take(status))
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
