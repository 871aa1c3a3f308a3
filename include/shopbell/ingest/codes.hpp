#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/config/reader.hpp>
#include <shopbell/core/blocking_thread.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/sinks/program.hpp>

#include <boost/asio/awaitable.hpp>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace shopbell {

/// Makes the codes of sales by running a program for each. Some run at a time, more wait for their turn; none
/// of it happens on the thread that waits for the codes. Thread-safe.
class code_program {
public:
    code_program(program start, std::chrono::milliseconds timeout);

    /// The codes that the program prints, one a line, when it gets that event on its standard input: exactly
    /// `count`. Fails with the reason where it prints anything else, ends with another status than 0 or not
    /// in its time, which includes the wait for its turn.
    [[nodiscard]] boost::asio::awaitable<result<std::vector<std::string>>> make_codes(event sale,
                                                                                      std::size_t count);

private:
    [[nodiscard]] program program_for(const event& sale) const;

    const program start_;
    const std::chrono::milliseconds timeout_;
    const std::shared_ptr<blocking_thread> starter_;
    std::array<blocking_thread, 8> turns_;
    std::atomic<std::size_t> next_turn_ = 0;
};

/// The largest low mark.
constexpr std::int64_t most_low = 1'000'000'000;

/// [endpoint.codes]: the answer to a sale carries the buyer's codes.
struct code_settings {
    bool from_pool = true;                ///< else `maker` makes them
    bool for_each_unit = true;            ///< else one for the line, whatever its quantity
    std::uint64_t low = 20;               ///< codes of a product left, from which on somebody is told
    std::vector<std::string> closed;      ///< products that are sold no more: their pools may be empty
    std::shared_ptr<code_program> maker;  ///< null where the codes come from a pool
};

/// Reads the table. What is wrong with it goes to the reader's problems.
[[nodiscard]] code_settings read_code_settings(config::reader table);

}  // namespace shopbell
