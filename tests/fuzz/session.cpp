#include "session.hpp"

#include "http_fuzz.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

using namespace shopbell;
using fuzz::blank_line;
using fuzz::line_end;
using fuzz::number;
using fuzz::take_until;

namespace {

using local_socket = boost::asio::local::stream_protocol::socket;

constexpr std::string_view seen_head = "Seen-Head";

struct handled {
    std::string method, path, body;
    friend bool operator==(const handled&, const handled&) = default;
};

/// Takes every path but those under /refused, and remembers what it got.
class recorder final : public http::handler {
public:
    [[nodiscard]] http::beginning begin(http::request_head head) const override {
        if (head.path.starts_with("/refused"))
            return http::response::refusal(403);  // a 404 keeps its connection
        return http::make_exchange(std::move(head),
                                   [this](http::request one) { return handle(std::move(one)); });
    }

    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const {
        const bool head = one.head.method == "HEAD";
        requests.push_back({std::move(one.head.method), std::move(one.head.path), std::move(one.body)});
        http::response answer(200, "{}");
        if (head)
            answer.fields.push_back({std::string(seen_head), "1"});
        co_return answer;
    }

    mutable std::vector<handled> requests;
};

struct outcome {
    std::vector<handled> requests;
    std::string answers;
};

/// The other end of the session's connection, in the same thread.
class client {
public:
    explicit client(boost::asio::io_context& loop) : loop_(loop), socket_(loop) {}

    [[nodiscard]] local_socket connect() {
        local_socket theirs(loop_);
        boost::asio::local::connect_pair(socket_, theirs);
        socket_.non_blocking(true);
        return theirs;
    }

    /// Sends it all and has the session read it, unless that has ended.
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            boost::system::error_code error;
            const auto sent = socket_.write_some(boost::asio::buffer(bytes), error);
            if (error && error != boost::asio::error::would_block)
                return;
            bytes.remove_prefix(sent);
            let_serve();
        }
    }

    void finish() {
        boost::system::error_code ignored;
        socket_.shutdown(local_socket::shutdown_send, ignored);
        let_serve();
    }

    [[nodiscard]] std::string take_answers() { return std::move(answers_); }

private:
    void let_serve() {
        do {
            while (loop_.poll() > 0) {
            }
        } while (receive());
    }

    bool receive() {
        std::array<char, 65536> bytes{};
        boost::system::error_code error;
        const auto size = socket_.read_some(boost::asio::buffer(bytes), error);
        answers_.append(bytes.data(), size);
        return size > 0;
    }

    boost::asio::io_context& loop_;
    local_socket socket_;
    std::string answers_;
};

/// Without deadlines: a fuzzer may be stopped for minutes in the middle of an input.
http::server_settings small_limits() {
    http::server_settings settings;
    settings.max_header = 1024;
    settings.max_body = 1000;
    settings.header_timeout = settings.body_timeout = settings.idle_timeout = std::chrono::hours(24);
    return settings;
}

/// A whole connection: the bytes in pieces of that size, then the end.
outcome serve(std::string_view bytes, std::size_t piece) {
    static const auto settings = small_limits();
    static const auto lines = log::null();
    static rate_limited_log refusals(*lines, {});

    boost::asio::io_context loop(1);
    const recorder records;
    http::body_budget bodies(settings.body_budget);
    http::session_host host{.settings = settings,
                            .answer = records,
                            .lines = *lines,
                            .refusals = refusals,
                            .bodies = bodies,
                            .slot_for = {}};
    client peer(loop);
    std::optional<http::session> session;
    session.emplace(peer.connect(), std::nullopt, nullptr, host);
    auto end = [&session](const std::exception_ptr& error) {
        fuzz::require(error == nullptr, "nothing is thrown out of a session");
        session.reset();  // what closes the connection, as in worker::leave
    };
    boost::asio::co_spawn(loop, session->run(), std::move(end));

    for (std::size_t i = 0; i < bytes.size(); i += piece)
        peer.send(bytes.substr(i, piece));
    peer.finish();
    fuzz::require(!session, "a session ends with its client");
    return {std::move(records.requests), peer.take_answers()};
}

/// The value of a field in "\r\nname: value\r\n...", found in the simplest way.
std::optional<std::string> value_in(std::string_view section, std::string_view name) {
    const auto lower = to_lower(section);
    const auto found = lower.find("\r\n" + to_lower(name) + ':');
    if (found == lower.npos)
        return std::nullopt;
    const auto from = found + line_end.size() + name.size() + 1;
    return std::string(trim(section.substr(from, section.find(line_end, from) - from)));
}

/// The statuses of the final answers. Each is well-formed, and none follows one that closes.
std::vector<unsigned> read_answers(std::string_view text) {
    std::vector<unsigned> statuses;
    bool closed = false;
    while (!text.empty()) {
        const auto head = take_until(text, blank_line, "an answer has a blank line");
        fuzz::require(!closed, "nothing is answered behind the answer that closes");
        fuzz::require(head.starts_with("HTTP/1.1 ") && head.size() > 12, "an answer has a status line");
        const auto status = static_cast<unsigned>(number(head.substr(9, 3)));
        if (status == 100)
            continue;
        closed = value_in(head, "Connection") == "close";
        const auto length = value_in(head, "Content-Length");
        fuzz::require(value_in(head, "Date") && length, "an answer has a date and a length");
        fuzz::require(status == 200 || closed, "a refusal closes");
        statuses.push_back(status);
        const bool without_body = value_in(head, seen_head) || (closed && text.empty());
        if (without_body)
            continue;
        fuzz::require(number(*length) <= text.size(), "an answer is whole");
        const auto body = text.substr(0, number(*length));
        fuzz::require(status == 200 ? body == "{}" : body.starts_with("{\"error\":\""), "a body is JSON");
        text.remove_prefix(body.size());
    }
    return statuses;
}

/// The body of the request at the front, which is known to be well-formed, read in the simplest way.
std::string read_request(std::string_view& bytes) {
    while (bytes.starts_with(line_end))
        bytes.remove_prefix(line_end.size());
    const auto section = std::string(take_until(bytes, blank_line, "a request has a blank line")) + "\r\n";
    if (value_in(section, "Transfer-Encoding"))
        return fuzz::read_chunks(bytes);
    std::string body(bytes.substr(0, number(value_in(section, "Content-Length").value_or("0"))));
    bytes.remove_prefix(body.size());
    return body;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::as_text(data, size);
    const auto whole = serve(bytes, std::max<std::size_t>(size, 1));
    const auto statuses = read_answers(whole.answers);
    const auto accepted = static_cast<std::size_t>(std::count(statuses.begin(), statuses.end(), 200U));
    fuzz::require(accepted == whole.requests.size(), "every request that was handled is answered, once");

    auto rest = bytes;
    for (const auto& one : whole.requests)
        fuzz::require(one.body == read_request(rest), "a body is what its framing says");

    const auto pieces = serve(bytes, 1 + size % 64);
    fuzz::require(pieces.requests == whole.requests, "what is handled does not depend on the pieces");
    fuzz::require(read_answers(pieces.answers) == statuses, "nor does what is answered");
    return 0;
}
