#include "deliveries.hpp"
#include "pieces.hpp"

#include <shopbell/delivery/event_cache.hpp>

#include <benchmark/benchmark.h>

namespace shopbell::bench {
namespace {

void describe(benchmark::State& state, const delivery& of) {
    const stored_webhook stored = {of.type, of.sent.fields, of.sent.body};
    for (auto _ : state)
        benchmark::DoNotOptimize(of.kind->describe(stored));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stored.body.size()));
}

void write_document(benchmark::State& state, const delivery& of) {
    const auto made = make_event(of.as_stored(), delivery_reading());
    const auto data = of.kind->describe({of.type, of.sent.fields, of.sent.body});
    for (auto _ : state)
        benchmark::DoNotOptimize(make_document(*made, data));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(made->document.size()));
}

void make_whole(benchmark::State& state, const delivery& of) {
    const auto stored = of.as_stored();
    for (auto _ : state)
        benchmark::DoNotOptimize(make_event(stored, delivery_reading()));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stored.body.size()));
}

void add(const std::string& piece, void (*measured)(benchmark::State&, const delivery&)) {
    for (const auto& one : deliveries())
        benchmark::RegisterBenchmark((piece + "/" + std::string(one->store)).c_str(),
                                     [one, measured](benchmark::State& state) { measured(state, *one); });
}

}  // namespace

void add_event_pieces() {
    add("body to typed order", describe);
    add("typed order to event", write_document);
    add("stored body to event", make_whole);
}

}  // namespace shopbell::bench
