// floor PORT THREADS [beast|durable|log FILE]: what an HTTP server costs that does next to nothing.
//
// Without a FILE it reads each request whole and answers 200 with bytes prepared beforehand. With one it does
// the least that Shopbell's answer promises: it checks Jumpseller's signature and commits the body, with all
// others that wait, before it answers.
//   beast    requests and answers as in Beast's examples; SQLite: WAL, synchronous=FULL, pages of 16 KiB, a
//   unique
//            key in which neighbours in time are neighbours
//   durable  one receive and one prepared answer for each request; the same SQLite
//   log      the same, and instead of SQLite one write and one fdatasync to the end of a file
// Built like the daemon's own listener: every thread has its io_context and its acceptor on the same port
// (SO_REUSEPORT), and the read buffer starts with 8 KiB, so that a store's request comes with one system
// call.

#include <shopbell/core/async.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/crypto/hmac_keys.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/endian/conversion.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace shopbell::bench {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using request = http::request<http::string_body>;

constexpr std::size_t read_buffer = 8192;
constexpr std::string_view accepted =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    "21\r\n\r\n{\"status\":\"accepted\"}";
constexpr std::string_view refused =
    "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: "
    "24\r\n\r\n{\"error\":\"unauthorized\"}";

/// A body on its way to stable storage, and who waits for it.
struct waiting {
    asio::io_context* home;
    std::string_view body;
    asio::any_completion_handler<void()> done;
};

class storage {
public:
    virtual ~storage() = default;
    /// Throws where they are not on stable storage.
    virtual void commit(const std::vector<waiting>& group) = 0;
};

class log_storage final : public storage {
public:
    explicit log_storage(const std::string& path)
        : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
    ~log_storage() override { ::close(file_); }
    log_storage(const log_storage&) = delete;
    log_storage& operator=(const log_storage&) = delete;

    void commit(const std::vector<waiting>& group) override {
        lines_.clear();
        for (const auto& one : group)
            lines_.append(one.body).append(1, '\n');
        if (::write(file_, lines_.data(), lines_.size()) != static_cast<::ssize_t>(lines_.size()) ||
            ::fdatasync(file_) != 0)
            throw std::runtime_error("the file cannot be written");
    }

private:
    int file_;
    std::string lines_;
};

class sqlite_storage final : public storage {
public:
    explicit sqlite_storage(const std::string& path) {
        sqlite3* opened = nullptr;
        check(sqlite3_open(path.c_str(), &opened));
        database_.reset(opened);
        check(
            sqlite3_exec(opened,
                         "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                         "PRAGMA wal_autocheckpoint=256;"
                         "CREATE TABLE events (number INTEGER PRIMARY KEY, identity BLOB UNIQUE, body BLOB)",
                         nullptr, nullptr, nullptr));
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
        insert_ = prepare("INSERT INTO events (identity, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
    }

    void commit(const std::vector<waiting>& group) override {
        run(*begin_);
        for (const auto& one : group) {
            const auto key = key_of(one.body);
            sqlite3_bind_blob64(insert_.get(), 1, key.data(), key.size(), SQLITE_STATIC);
            sqlite3_bind_blob64(insert_.get(), 2, one.body.data(), one.body.size(), SQLITE_STATIC);
            run(*insert_);
        }
        run(*commit_);
    }

private:
    struct deleter {
        void operator()(sqlite3* one) const noexcept { sqlite3_close_v2(one); }
        void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
    };
    using statement = std::unique_ptr<sqlite3_stmt, deleter>;

    void check(int code) const {
        if (code != SQLITE_OK)
            throw std::runtime_error(sqlite3_errstr(code));
    }

    statement prepare(std::string_view sql) {
        sqlite3_stmt* prepared = nullptr;
        check(sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                 SQLITE_PREPARE_PERSISTENT, &prepared, nullptr));
        return statement(prepared);
    }

    void run(sqlite3_stmt& one) const {
        (void)sqlite3_step(&one);
        check(sqlite3_reset(&one));
    }

    /// The order's number, big-endian, and half a digest of the body.
    static std::string key_of(std::string_view body) {
        constexpr std::string_view name = "\"id\":";
        const auto digits = body.substr(std::min(body.find(name), body.size() - name.size()) + name.size());
        std::uint64_t number = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
        std::array<unsigned char, sizeof number> locality{};
        boost::endian::store_big_u64(locality.data(), number);
        const auto digest = sha256(body);
        std::string key(locality.begin(), locality.end());
        return key.append(digest.begin(), digest.begin() + digest.size() / 2);
    }

    std::unique_ptr<sqlite3, deleter> database_;
    statement begin_, commit_, insert_;
};

/// Commits all that waits at once, as the daemon's inbox does: no timer, no tuning.
class committer {
public:
    explicit committer(std::unique_ptr<storage> into)
        : storage_(std::move(into)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

    asio::awaitable<void> commit(asio::io_context& home, std::string_view body) {
        auto start = [&](auto done) { submit({&home, body, std::move(done)}); };
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(std::move(start),
                                                                              asio::use_awaitable);
    }

private:
    void submit(waiting one) {
        {
            const std::lock_guard guard(mutex_);
            queue_.push_back(std::move(one));
        }
        changed_.notify_one();
    }

    void run(const std::stop_token& stop) {
        std::vector<waiting> group;
        for (;;) {
            {
                std::unique_lock lock(mutex_);
                if (!changed_.wait(lock, stop, [this] { return !queue_.empty(); }))
                    return;
                group.swap(queue_);
            }
            storage_->commit(group);
            answer(group);
        }
    }

    /// Wakes each thread once. Boost 1.81: to assign a handler would wrap it, so they are only constructed.
    static void answer(std::vector<waiting>& group) {
        std::map<asio::io_context*, std::vector<waiting>> by_home;
        for (auto& one : group)
            by_home[one.home].push_back(std::move(one));
        group.clear();
        for (auto& [home, answered] : by_home) {
            asio::post(*home, [answered = std::move(answered)]() mutable {
                for (auto& one : answered)
                    std::move(one.done)();
            });
        }
    }

    const std::unique_ptr<storage> storage_;
    std::mutex mutex_;  // guards the queue
    std::condition_variable_any changed_;
    std::vector<waiting> queue_;
    std::jthread thread_;  // last: it uses all of the above
};

enum class style : unsigned char { bare, examples, lean };

/// What the threads share.
struct floor {
    style how = style::bare;
    std::unique_ptr<committer> into = nullptr;
    hmac_keys keys{{secret("bench-hooks-token")}};  // as in orders.hpp
};

bool is_genuine(const floor& of, const request& one) {
    const auto sent = one["Jumpseller-Hmac-Sha256"];
    sha256_digest mac{};
    const std::span<char> bytes(reinterpret_cast<char*>(mac.data()), mac.size());
    return base64_decode({sent.data(), sent.size()}, bytes) == mac.size() && of.keys.verify(one.body(), mac);
}

asio::awaitable<void> serve_bare(tcp::socket socket) {
    beast::flat_buffer buffer;
    buffer.reserve(read_buffer);
    for (;;) {
        request one;
        const auto [unreadable, size] = co_await http::async_read(socket, buffer, one, as_result);
        if (unreadable)
            co_return;
        const auto [unwritable, sent] = co_await asio::async_write(
            socket, asio::const_buffer(accepted.data(), accepted.size()), as_result);
        if (unwritable)
            co_return;
    }
}

asio::awaitable<void> serve_as_in_examples(tcp::socket socket, asio::io_context& home, floor& of) {
    beast::flat_buffer buffer;
    buffer.reserve(read_buffer);
    for (;;) {
        request one;
        const auto [unreadable, size] = co_await http::async_read(socket, buffer, one, as_result);
        if (unreadable)
            co_return;
        const bool genuine = is_genuine(of, one);
        if (genuine)
            co_await of.into->commit(home, one.body());
        http::response<http::string_body> answer(genuine ? http::status::ok : http::status::unauthorized,
                                                 one.version());
        answer.set(http::field::content_type, "application/json");
        answer.keep_alive(one.keep_alive());
        answer.body() = genuine ? "{\"status\":\"accepted\"}" : "{\"error\":\"unauthorized\"}";
        answer.prepare_payload();
        const auto [unwritable, sent] = co_await http::async_write(socket, answer, as_result);
        if (unwritable)
            co_return;
    }
}

/// The next request, out of the buffer and as few receives as it takes; false where there is none.
asio::awaitable<bool> receive(tcp::socket& socket, beast::flat_buffer& buffer,
                              http::request_parser<http::string_body>& parser) {
    parser.eager(true);
    while (!parser.is_done()) {
        const auto [broken, size] = co_await socket.async_read_some(buffer.prepare(read_buffer), as_result);
        if (broken)
            co_return false;
        buffer.commit(size);
        boost::system::error_code error;
        buffer.consume(parser.put(buffer.data(), error));
        if (error && error != http::error::need_more)
            co_return false;
    }
    co_return true;
}

asio::awaitable<void> serve_lean(tcp::socket socket, asio::io_context& home, floor& of) {
    beast::flat_buffer buffer;
    buffer.reserve(read_buffer);
    for (;;) {
        http::request_parser<http::string_body> parser;
        const bool received = co_await receive(socket, buffer, parser);
        if (!received)
            co_return;
        const bool genuine = is_genuine(of, parser.get());
        if (genuine)
            co_await of.into->commit(home, parser.get().body());
        const auto answer = genuine ? accepted : refused;
        const asio::const_buffer bytes(answer.data(), answer.size());
        const auto [unwritable, sent] = co_await socket.async_write_some(bytes, as_result);
        if (unwritable)
            co_return;
    }
}

asio::awaitable<void> serve(tcp::socket socket, asio::io_context& home, floor& of) {
    if (of.how == style::bare)
        return serve_bare(std::move(socket));
    if (of.how == style::examples)
        return serve_as_in_examples(std::move(socket), home, of);
    return serve_lean(std::move(socket), home, of);
}

asio::awaitable<void> accept_all(tcp::acceptor acceptor, asio::io_context& home, floor& of) {
    for (;;) {
        auto [failed, socket] = co_await acceptor.async_accept(as_result);
        if (failed)
            co_return;
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(home, serve(std::move(socket), home, of), asio::detached);
    }
}

tcp::acceptor listen(asio::io_context& context, unsigned short port) {
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    tcp::acceptor acceptor(context, tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.set_option(reuse_port(true));
    acceptor.bind({asio::ip::address_v4::loopback(), port});
    acceptor.listen();
    return acceptor;
}

void work(unsigned short port, floor& of) {
    asio::io_context context(1);
    asio::co_spawn(context, accept_all(listen(context, port), context, of), asio::detached);
    context.run();
}

floor make_floor(std::string_view kind, const std::string& path) {
    floor made;
    if (kind == "log")
        made.into = std::make_unique<committer>(std::make_unique<log_storage>(path));
    else if (kind == "beast" || kind == "durable")
        made.into = std::make_unique<committer>(std::make_unique<sqlite_storage>(path));
    else
        throw std::invalid_argument("there is no floor \"" + std::string(kind) + "\"");
    made.how = kind == "beast" ? style::examples : style::lean;
    return made;
}

}  // namespace
}  // namespace shopbell::bench

int main(int argc, char** argv) {
    if (argc != 3 && argc != 5) {
        std::fputs("usage: floor PORT THREADS [beast|durable|log FILE]\n", stderr);
        return 2;
    }
    const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
    try {
        auto shared = argc == 5 ? shopbell::bench::make_floor(argv[3], argv[4]) : shopbell::bench::floor();
        std::vector<std::jthread> threads;  // until a signal ends the process
        for (int i = 0; i < std::atoi(argv[2]); ++i)
            threads.emplace_back([&] { shopbell::bench::work(port, shared); });
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "floor: %s\n", failure.what());
        return 1;
    }
}
