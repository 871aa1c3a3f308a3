#include <shopbell/ingest/codes.hpp>

#include <shopbell/commerce/code.hpp>
#include <shopbell/stores/code_sale.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace shopbell {

namespace {

using steady = std::chrono::steady_clock;

/// Bytes of all codes of a sale, with the ends of their lines.
constexpr std::size_t most_printed = std::size_t{1024} * 1024;
static_assert(most_printed >= most_codes * (longest_code + 2));
/// For a program that is killed to be gone.
constexpr std::chrono::seconds killing{1};

/// Blocks until the program has ended.
result<program_end> run_until(program what, steady::time_point until, blocking_thread& starter) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now());
    if (left <= std::chrono::milliseconds(0))
        return failure{errc::timeout, "too many programs run at the same time"};
    std::optional<result<program_end>> end;
    auto finished = [&end](std::exception_ptr thrown, result<program_end> returned) {
        if (thrown)
            std::rethrow_exception(thrown);
        end = std::move(returned);
    };
    asio::io_context context(1);
    asio::co_spawn(context, run_program(std::move(what), left, starter), std::move(finished));
    while (!end && context.run_one() > 0) {
    }
    return end ? *std::move(end) : failure{errc::unavailable, "stopped"};
}

result<std::vector<std::string>> codes_of(const program_end& end, std::chrono::milliseconds timeout,
                                          std::size_t count) {
    if (end.why != program_end::cause::exited || end.number != 0)
        return failure{errc::unavailable, describe(end, timeout)};
    if (end.output.size() > most_printed)
        return failure{errc::malformed, "printed more than " + config::to_text(most_printed)};
    auto codes = read_codes(end.output);
    if (!codes)
        return failure{errc::malformed, "printed what cannot be mailed: " + codes.error().reason};
    if (codes->size() != count)
        return failure{errc::malformed, "printed " + std::to_string(codes->size()) + " codes where " +
                                            std::to_string(count) + " were asked for"};
    return codes;
}

}  // namespace

code_program::code_program(program start, std::chrono::milliseconds timeout)
    : start_(std::move(start)),
      timeout_(timeout),
      starter_(std::make_shared<blocking_thread>("codes start")),
      turns_{blocking_thread("codes 0"), blocking_thread("codes 1"), blocking_thread("codes 2"),
             blocking_thread("codes 3"), blocking_thread("codes 4"), blocking_thread("codes 5"),
             blocking_thread("codes 6"), blocking_thread("codes 7")} {}

asio::awaitable<result<std::vector<std::string>>> code_program::make_codes(event sale, std::size_t count) {
    const auto until = steady::now() + timeout_;
    auto& turn = turns_.at(next_turn_++ % turns_.size());
    auto work = [what = program_for(sale), until, starter = starter_]() mutable {
        return run_until(std::move(what), until, *starter);
    };
    auto end = co_await turn.run(std::move(work), until + killing);
    if (!end)
        co_return failure{errc::timeout, start_.path + " does not end"};
    if (!*end)
        co_return end->error();
    auto codes = codes_of(**end, timeout_, count);
    if (!codes)
        co_return failure{codes.error().code, start_.path + " " + codes.error().reason};
    co_return codes;
}

program code_program::program_for(const event& sale) const {
    program what = start_;
    what.environment.push_back("SHOPBELL_EVENT_ID=" + sale.id);
    what.environment.push_back("SHOPBELL_EVENT_TYPE=" + sale.type);
    what.environment.push_back("SHOPBELL_EVENT_ENDPOINT=" + sale.endpoint);
    what.environment.push_back("SHOPBELL_EVENT_SUBJECT=" + sale.subject);
    what.input = sale.document + '\n';
    what.most_output = most_printed + 1;
    return what;
}

code_settings read_code_settings(config::reader table) {
    constexpr std::array<std::string_view, 2> origins = {"pool", "program"};
    constexpr std::array<std::string_view, 2> measures = {"unit", "item"};
    code_settings settings;
    settings.from_pool = table.one_of("from", origins, 0) == 0;
    settings.for_each_unit = table.one_of("per", measures, 0) == 0;
    if (settings.from_pool) {
        settings.low = static_cast<std::uint64_t>(
            table.integer("low", static_cast<std::int64_t>(settings.low), 0, most_low));
        settings.closed = table.strings("closed", {});
        for (const auto* const key : {"command", "timeout", "env"}) {
            if (table.has(key))
                table.error(key, '"' + std::string(key) + R"(" is a key of from = "program")");
        }
        return settings;
    }
    if (table.has("low"))
        table.error("low", R"("low" is a key of from = "pool": a program has no pool)");
    if (table.has("closed"))
        table.error("closed", R"("closed" is a key of from = "pool": a program has no pool)");
    const auto timeout = table.duration("timeout", std::chrono::seconds(10), std::chrono::milliseconds(1),
                                        std::chrono::hours(1));
    if (auto start = read_program(table))
        settings.maker = std::make_shared<code_program>(*std::move(start), timeout);
    return settings;
}

}  // namespace shopbell
