#include "lease_plan.hpp"

#include <algorithm>

namespace shopbell::postgres {

lease_decision share_out(const std::vector<wanted_sink>& sinks, std::size_t live_daemons) {
    using holder = wanted_sink::holder;
    const auto daemons = std::max<std::size_t>(live_daemons, 1);
    const auto share = (sinks.size() + daemons - 1) / daemons;
    const auto is_own = [](const wanted_sink& each) { return each.held_by == holder::self; };
    auto held = static_cast<std::size_t>(std::ranges::count_if(sinks, is_own));

    lease_decision decided;
    for (auto sink = sinks.rbegin(); sink != sinks.rend() && held > share; ++sink) {
        if (!is_own(*sink))
            continue;
        decided.give_back.push_back(sink->name);
        --held;
    }
    for (const auto& sink : sinks) {
        if (sink.held_by != holder::nobody)
            continue;
        if (held < share) {
            decided.claim.push_back(sink.name);
            ++held;
        } else if (sink.free_for >= lease_term) {
            decided.claim_for_want_of_others.push_back(sink.name);
        }
    }
    return decided;
}

}  // namespace shopbell::postgres
