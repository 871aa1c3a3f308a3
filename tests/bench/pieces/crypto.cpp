#include "pieces.hpp"

#include "../orders.hpp"

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/hmac_keys.hpp>

#include <benchmark/benchmark.h>

namespace shopbell::bench {
namespace {

std::string signed_body() {
    return order_maker().body(order_maker::least);
}

void verify(benchmark::State& state) {
    const hmac_keys keys({secret(std::string(hooks_token))});
    const auto body = signed_body();
    const auto mac = hmac_sha256(hooks_token, body);
    for (auto _ : state)
        benchmark::DoNotOptimize(keys.verify(body, mac));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void one_shot(benchmark::State& state) {
    const auto body = signed_body();
    for (auto _ : state)
        benchmark::DoNotOptimize(hmac_sha256(hooks_token, body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

}  // namespace

void add_crypto_pieces() {
    benchmark::RegisterBenchmark("hmac/as the daemon verifies", verify);
    benchmark::RegisterBenchmark("hmac/one shot", one_shot);
}

}  // namespace shopbell::bench
