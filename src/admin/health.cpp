#include <shopbell/admin/health.hpp>

#include "answers.hpp"
#include "attention.hpp"

namespace shopbell {

namespace {

/// Left out where there are none.
void write_sentences(json_writer& out, std::string_view name, const std::vector<std::string>& all) {
    if (all.empty())
        return;
    out.key(name).begin_array();
    for (const auto& sentence : all)
        out.string(sentence);
    out.end_array();
}

}  // namespace

std::vector<std::string> health::hindrances() const {
    std::vector<std::string> reasons;
    if (draining_)
        reasons.emplace_back("draining");
    if (auto trouble = inbox_.trouble())
        reasons.push_back(*std::move(trouble));
    return reasons;
}

asio::awaitable<http::response> show_liveness(api_state&, api_call) {
    co_return http::response(200, R"({"status":"ok"})");
}

/// Only what keeps events from being committed makes the daemon unready; of all else that needs somebody it
/// warns.
asio::awaitable<http::response> show_readiness(api_state& in, api_call) {
    if (in.around.checks == nullptr)
        co_return not_running();
    const auto needs = co_await read_attention(in);
    std::vector<std::string> reasons, warnings;
    for (const auto& item : needs)
        (item.kind == attention_kind::not_ready ? reasons : warnings).push_back(item.sentence());
    json_writer body;
    body.begin_object().field("status", reasons.empty() ? "ready" : "not ready");
    write_sentences(body, "reasons", reasons);
    write_sentences(body, "warnings", warnings);
    body.end_object();
    co_return http::response(reasons.empty() ? 200U : 503U, body.take());
}

}  // namespace shopbell
