#pragma once

#include "body_budget.hpp"
#include "connection_limiter.hpp"
#include "forwarding.hpp"
#include "proxy_protocol.hpp"
#include "request_parser.hpp"
#include "request_rules.hpp"
#include "response_head.hpp"
#include "timed_socket.hpp"

#include <shopbell/core/rate_limited_log.hpp>
#include <shopbell/core/uuid.hpp>
#include <shopbell/http/server.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <functional>

namespace shopbell::http {

/// The status of no answer: the client has gone.
constexpr unsigned nobody = 0;

/// Whether a request alone brings that answer about, so that anyone can have it written down again and again.
/// 503 is our trouble; 501 and 505 are for codings and versions of HTTP that nobody honest uses.
[[nodiscard]] bool is_client_fault(unsigned status) noexcept;

/// What the sessions of one I/O thread share.
struct session_host {
    const server_settings& settings;
    const handler& answer;
    log& lines;
    rate_limited_log& refusals;  ///< the lines of refused requests, by status
    body_budget& bodies;
    /// Nothing where that client has all connections it may have.
    std::function<std::optional<connection_slot>(const asio::ip::address&)> slot_for;
    date_cache dates{};
    random_bytes random{};
    bool draining = false;
};

/// One connection of the server: reads requests one after the other, checks them, has them answered. Lives on
/// its I/O thread only. Its coroutine ends before it does.
class session {
public:
    /// `peer` is nothing for a unix socket; `tls` is null for a plain connection.
    session(timed_socket::socket connection, const optional_address& peer, const tls_identity* tls,
            session_host& host);

    /// Serves until the connection ends.
    [[nodiscard]] asio::awaitable<void> run();

    /// Answers 503 without reading: there are too many connections.
    [[nodiscard]] asio::awaitable<void> reject_overload();

    /// The server stops: ends the connection if no request has begun on it, and an answer that comes in
    /// pieces. A connection that never carried a request gets a moment, its first may be on the way.
    void drain();

    /// Ends it now, whatever it does.
    void cut();

    /// Whether its last answer is out and only the closing is left.
    [[nodiscard]] bool answered() const noexcept { return answered_; }

    [[nodiscard]] bool is_cut() const noexcept { return cut_; }

    [[nodiscard]] asio::cancellation_slot slot() noexcept { return signal_.slot(); }

private:
    using clock = std::chrono::steady_clock;

    /// What becomes of the connection after an answer.
    enum class next : unsigned char { keep, close, drop };

    /// What is known of the request being served, for its answer and its log line.
    struct served_request {
        std::string id;
        std::string method;
        std::string path;  ///< as sent
        optional_address client;
        clock::time_point started;
        std::string_view reason;         ///< of our own refusal
        std::unique_ptr<exchange> with;  ///< the handler, once it has begun
        request_observer* observer = nullptr;
        bool by_server = false;  ///< the handler did not make the answer
        bool whole = false;      ///< read to its end
        bool keep_alive = false;
        bool http11 = true;
        bool without_body = false;  ///< HEAD
    };

    asio::awaitable<void> say_full();
    asio::awaitable<bool> arrived();
    asio::awaitable<bool> read_proxy_header();
    asio::awaitable<std::optional<refusal>> take_proxy_header(proxy_header& header);
    asio::awaitable<void> refuse_connection(refusal why);
    void begin_request();
    asio::awaitable<bool> request_begun();
    void await_next();
    bool may_stay();
    asio::awaitable<next> serve();
    asio::awaitable<checked<std::size_t>> read_section(request_parser& parser);
    asio::awaitable<std::optional<refusal>> read_body(request_parser& parser,
                                                      body_budget::reservation& reserved, std::size_t portion,
                                                      bool asked);
    asio::awaitable<response> finish(std::string body);
    asio::awaitable<next> answer_early(response reply, const head_facts& facts, request_parser& parser);
    asio::awaitable<next> skip_body(request_parser& parser);
    asio::awaitable<void> lingering_close();
    asio::awaitable<next> refuse(refusal why);
    asio::awaitable<next> answer(response reply, bool keep);
    asio::awaitable<next> answer_in_pieces(response reply, std::string head);
    asio::awaitable<bool> write_pieces(body_source& source, std::size_t& bytes);
    asio::awaitable<std::string> next_piece(body_source& source);
    asio::awaitable<std::string> ask(body_source& source);

    checked<head_facts> read_head(request_parser& parser, request_head& head);
    std::optional<refusal> feed(request_parser& parser, body_budget::reservation& reserved);
    std::optional<response> begin(request_head head);
    [[nodiscard]] refusal broken_off(std::string_view what) noexcept;
    [[nodiscard]] response failed(std::string_view problem);
    void count_for(request_observer* named) noexcept;
    void tell(unsigned status, bool sent);
    [[nodiscard]] response report(unsigned status, std::string_view reason, mismatch what) noexcept;
    void tell_of_no_handshake();
    void write_line(log_level level, std::string_view message, unsigned status, log_fields notes,
                    std::size_t bytes);

    session_host& host_;
    timed_socket socket_;
    asio::cancellation_signal signal_;
    optional_address peer_;            ///< or whom the proxy there speaks for
    connection_slot slot_;             ///< of a client that came through a proxy
    const bool expects_proxy_header_;  ///< in front of all else
    bool believes_forwarding_ = true;  ///< where the peer is trusted
    clock::time_point connected_ = clock::now();
    clock::time_point idle_until_;
    served_request current_;
    std::uint64_t told_ = 0;  ///< bytes of the requests that were told of
    bool fresh_ = true;       ///< no request was served yet
    bool waiting_ = false;    ///< for the first byte of a request
    bool skipping_ = false;   ///< takes the body of a request that is answered already
    bool streaming_ = false;  ///< waits for the next piece of an answer
    bool answered_ = false;
    bool cut_ = false;
};

}  // namespace shopbell::http
