#include "deliveries.hpp"
#include "pieces.hpp"

#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/route.hpp>

#include <benchmark/benchmark.h>

#include <stdexcept>

namespace shopbell::bench {
namespace {

constexpr std::string_view sink = "crm";
constexpr std::string_view by_type_not_this = R"(events = ["*.order.shipped", "*.product.**"])";
constexpr std::string_view by_type_this = R"(events = ["*.order.paid"])";
constexpr std::string_view by_amount_not_this = R"(events = ["*.order.paid"]
where = ["/data/order/total/amount >= 1000000"])";
constexpr std::string_view by_amount_this = R"(events = ["*.order.paid"]
where = ["/data/order/total/amount >= 100", '/data/order/shipping_address/country_code == "CL"'])";

std::string route_table(std::string_view keys) {
    return "[[route]]\nsinks = [\"crm\"]\n" + std::string(keys) + "\n";
}

/// So many routes to one sink, of which the last takes the event.
routes last_of(std::int64_t count, std::string_view others, std::string_view last) {
    std::string toml;
    for (std::int64_t i = 1; i < count; ++i)
        toml += route_table(others);
    toml += route_table(last);
    constexpr std::string_view endpoints[] = {"jumpseller"};
    constexpr std::string_view sinks[] = {sink};
    config::problems found("pieces");
    const auto file = config::file::from_text(toml, found);
    auto root = file.root();
    auto all = read_routes(root, endpoints, sinks);
    if (found.has_errors())
        throw std::logic_error("the routes cannot be read");
    return all;
}

/// Both questions that are asked for each event and sink.
void match(benchmark::State& state, std::string_view others, std::string_view last) {
    const auto all = last_of(state.range(0), others, last);
    const auto one = make_event(jumpseller_delivery()->as_stored(), delivery_reading());
    for (auto _ : state) {
        if (may_take(all, sink, one->type, one->endpoint) && takes(all, sink, *one))
            continue;
        state.SkipWithError("no route takes the event");
        break;
    }
}

}  // namespace

void add_routing_pieces() {
    constexpr std::int64_t counts[] = {1, 10, 100};
    for (const auto count : counts)
        benchmark::RegisterBenchmark("routes by type", [](benchmark::State& state) {
            match(state, by_type_not_this, by_type_this);
        })->Arg(count);
    for (const auto count : counts)
        benchmark::RegisterBenchmark("routes with where", [](benchmark::State& state) {
            match(state, by_amount_not_this, by_amount_this);
        })->Arg(count);
}

}  // namespace shopbell::bench
