#include "deliveries.hpp"
#include "pieces.hpp"

#include <shopbell/stores/form.hpp>

#include <benchmark/benchmark.h>

namespace shopbell::bench {
namespace {

using shared_delivery = std::shared_ptr<const delivery>;

void accept(benchmark::State& state, const provider& endpoint, const webhook& one) {
    for (auto _ : state) {
        const auto verdict = endpoint.accept(one);
        if (!std::holds_alternative<accepted>(verdict)) {
            state.SkipWithError("refused");
            break;
        }
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(one.body.size()));
}

void parse_form(benchmark::State& state, const std::string& body) {
    for (auto _ : state)
        benchmark::DoNotOptimize(form::parse(body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void scan_form(benchmark::State& state, const std::string& body) {
    for (auto _ : state)
        benchmark::DoNotOptimize(form_scan(body).first("handshake"));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void add_form_pieces(const shared_delivery& from) {
    benchmark::RegisterBenchmark("form/find one field",
                                 [from](benchmark::State& state) { scan_form(state, from->sent.body); });
    benchmark::RegisterBenchmark("form/take apart",
                                 [from](benchmark::State& state) { parse_form(state, from->sent.body); });
}

}  // namespace

void add_acceptance_pieces() {
    const auto all = deliveries();
    for (const auto& one : all) {
        if (one->store == "ejunkie")
            add_form_pieces(one);
    }
    for (const auto& one : all) {
        const std::string store(one->store);
        benchmark::RegisterBenchmark(("identify/" + store).c_str(), [one](benchmark::State& state) {
            accept(state, *one->trusting, one->as_webhook());
        });
    }
    for (const auto& one : all) {
        const std::string store(one->store);
        benchmark::RegisterBenchmark(
            ("verify and identify/" + store).c_str(),
            [one](benchmark::State& state) { accept(state, *one->endpoint, one->as_webhook()); });
    }
}

}  // namespace shopbell::bench
