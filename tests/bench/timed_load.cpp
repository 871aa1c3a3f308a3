// timed_load REQUESTS SIZE PORT CONNECTIONS SECONDS: a load whose every slow answer can be traced.
//
// Sends the requests of a file that make_requests made (each SIZE bytes) to 127.0.0.1:PORT, each connection
// its next as soon as it has the answer to the one before. When all were sent, the next pass sends them in
// the name of another store, and so as other deliveries: the code in Jumpseller-Store-Code is not signed.
// Prints JSON: what wrk says and, with times of the steady clock (CLOCK_MONOTONIC), each second's rate and
// latency and every answer that took longer than 50 ms.

#include <shopbell/core/async.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::bench {
namespace {

using steady = std::chrono::steady_clock;
using tcp = asio::ip::tcp;

constexpr double slow_ms = 50;

double seconds(steady::time_point at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
}

/// The requests, one after the other and again from the first.
class request_source {
public:
    request_source(const char* path, std::size_t size) : size_(size) {
        const int file = ::open(path, O_RDONLY | O_CLOEXEC);
        struct ::stat about {};
        if (file < 0 || ::fstat(file, &about) != 0)
            throw std::runtime_error(std::string("cannot read ") + path);
        bytes_ = static_cast<std::size_t>(about.st_size);
        void* const mapped = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, file, 0);
        ::close(file);
        if (mapped == MAP_FAILED || bytes_ < size_)
            throw std::runtime_error(std::string("cannot map ") + path);
        base_ = static_cast<const char*>(mapped);
        store_at_ = std::string_view(base_, size_).find(store_);
        if (store_at_ == std::string_view::npos)
            throw std::runtime_error("the requests name no store");
    }
    ~request_source() { ::munmap(const_cast<char*>(base_), bytes_); }
    request_source(const request_source&) = delete;
    request_source& operator=(const request_source&) = delete;

    void next(std::string& into) {
        into.assign(base_ + at_, size_);
        into.replace(store_at_, store_.size(), store_);
        at_ += size_;
        if (at_ + size_ > bytes_)
            begin_again();
    }

private:
    void begin_again() {
        at_ = 0;
        ++pass_;
        auto number = std::to_string(pass_);
        number.insert(0, store_.size() - number.size(), '0');
        store_ = number;
    }

    const std::size_t size_;
    std::size_t bytes_ = 0;
    const char* base_ = nullptr;
    std::string store_ = "mystore";
    std::size_t store_at_ = 0;
    std::size_t at_ = 0;
    unsigned pass_ = 0;
};

class latencies {
public:
    explicit latencies(steady::time_point start) : start_(start) {}

    void add(steady::time_point sent, steady::time_point answered) {
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(answered - sent).count();
        const auto second = static_cast<std::size_t>((answered - start_) / std::chrono::seconds(1));
        if (second >= by_second_.size())
            begin_second(second);
        const auto us = static_cast<std::uint32_t>(std::min<std::int64_t>(took, most_us));
        all_.at(us) += 1;
        current_.push_back(us);
        if (us > slow_ms * 1000)
            slow_.push_back({seconds(sent), us / 1e3});
    }

    void print(std::uint64_t not_2xx, std::uint64_t duplicates, std::uint64_t errors) {
        end_second();
        const double lasted = seconds(steady::now()) - seconds(start_);
        std::printf("{\"start\": %.6f, \"requests\": %llu, \"seconds\": %.6f, \"not_2xx\": %llu, ",
                    seconds(start_), count(), lasted, static_cast<unsigned long long>(not_2xx));
        std::printf("\"duplicates\": %llu, \"socket_errors\": %llu, ",
                    static_cast<unsigned long long>(duplicates), static_cast<unsigned long long>(errors));
        for (const auto& [name, share] : shares)
            std::printf("\"%s\": %.3f, ", name, quantile(share));
        std::printf("\"by_second\": [");
        for (std::size_t i = 0; i < by_second_.size(); ++i)
            std::printf("%s[%zu, %.3f, %.3f]", i == 0 ? "" : ", ", by_second_[i].requests,
                        by_second_[i].p99_ms, by_second_[i].max_ms);
        std::printf("], \"slow\": [");
        for (std::size_t i = 0; i < slow_.size(); ++i)
            std::printf("%s[%.6f, %.3f]", i == 0 ? "" : ", ", slow_[i].sent, slow_[i].took_ms);
        std::printf("]}\n");
    }

private:
    static constexpr std::int64_t most_us = 9'999'999;
    struct named_share {
        const char* name;
        double share;
    };
    static constexpr std::array<named_share, 5> shares = {
        {{"p50_ms", 0.5}, {"p99_ms", 0.99}, {"p999_ms", 0.999}, {"p9999_ms", 0.9999}, {"max_ms", 1}}};

    struct figures {
        std::size_t requests = 0;
        double p99_ms = 0, max_ms = 0;
    };
    struct slow_answer {
        double sent, took_ms;
    };

    void begin_second(std::size_t number) {
        end_second();
        by_second_.resize(number + 1);
    }

    void end_second() {
        if (current_.empty())
            return;
        std::ranges::sort(current_);
        by_second_.back() = {current_.size(), current_[current_.size() * 99 / 100] / 1e3,
                             current_.back() / 1e3};
        current_.clear();
    }

    [[nodiscard]] unsigned long long count() const {
        unsigned long long sum = 0;
        for (const auto one : all_)
            sum += one;
        return sum;
    }

    [[nodiscard]] double quantile(double share) const {
        const auto wanted = static_cast<double>(count()) * share;
        double seen = 0;
        for (std::size_t us = 0; us < all_.size(); ++us) {
            seen += all_[us];
            if (all_[us] > 0 && seen >= wanted)
                return static_cast<double>(us) / 1e3;
        }
        return 0;
    }

    const steady::time_point start_;
    std::vector<std::uint32_t> all_ = std::vector<std::uint32_t>(most_us + 1);  ///< answers by microseconds
    std::vector<std::uint32_t> current_;                                        ///< this second's
    std::vector<figures> by_second_;
    std::vector<slow_answer> slow_;
};

class load {
public:
    load(request_source& from, steady::duration lasts)
        : from_(from), start_(steady::now()), end_(start_ + lasts), times_(start_) {}

    void run(unsigned short port, int connections) {
        for (int i = 0; i < connections; ++i)
            asio::co_spawn(context_, send_all(port), asio::detached);
        context_.run();
        times_.print(not_2xx_, duplicates_, errors_);
    }

private:
    asio::awaitable<void> send_all(unsigned short port) {
        tcp::socket socket(context_);
        const tcp::endpoint server(asio::ip::address_v4::loopback(), port);
        const auto [refused] = co_await socket.async_connect(server, as_result);
        if (refused) {
            ++errors_;
            co_return;
        }
        socket.set_option(tcp::no_delay(true));
        std::string request;
        std::array<char, 4096> answer{};
        while (steady::now() < end_) {
            from_.next(request);
            const auto sent = steady::now();
            const auto [unwritable, written] =
                co_await asio::async_write(socket, asio::buffer(request), as_result);
            std::size_t size = 0;
            if (!unwritable)
                size = co_await receive(socket, answer);
            if (size == 0) {
                ++errors_;
                co_return;
            }
            note({answer.data(), size});
            times_.add(sent, steady::now());
        }
    }

    /// The size of a whole answer, or 0.
    static asio::awaitable<std::size_t> receive(tcp::socket& from, std::array<char, 4096>& into) {
        std::size_t size = 0;
        while (!is_whole({into.data(), size})) {
            const auto room = asio::buffer(into) + size;
            const auto [unreadable, read] = co_await from.async_read_some(room, as_result);
            if (unreadable)
                co_return 0;
            size += read;
        }
        co_return size;
    }

    void note(std::string_view answer) {
        constexpr std::string_view ok = "HTTP/1.1 2";
        if (!answer.starts_with(ok))
            ++not_2xx_;
        else if (answer.find("\"duplicate\"") != std::string_view::npos)
            ++duplicates_;
    }

    static bool is_whole(std::string_view answer) {
        constexpr std::string_view field = "Content-Length: ";
        const auto head = answer.find("\r\n\r\n");
        const auto length = answer.find(field);
        if (head == std::string_view::npos || length > head)
            return false;
        std::size_t body = 0;
        std::from_chars(answer.data() + length + field.size(), answer.data() + head, body);
        return answer.size() >= head + 4 + body;
    }

    request_source& from_;
    const steady::time_point start_, end_;
    latencies times_;
    std::uint64_t not_2xx_ = 0, duplicates_ = 0, errors_ = 0;
    asio::io_context context_{1};
};

}  // namespace
}  // namespace shopbell::bench

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fputs("usage: timed_load REQUESTS SIZE PORT CONNECTIONS SECONDS\n", stderr);
        return 2;
    }
    try {
        using namespace shopbell::bench;
        request_source from(argv[1], std::strtoull(argv[2], nullptr, 10));
        load(from, std::chrono::seconds(std::atoi(argv[5])))
            .run(static_cast<unsigned short>(std::atoi(argv[3])), std::atoi(argv[4]));
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "timed_load: %s\n", failure.what());
        return 1;
    }
}
