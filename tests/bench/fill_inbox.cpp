// fill_inbox FILE COUNT [FIRST]: an inbox with so many orders in it, faster than they could be sent.
//
// Adds the orders FIRST, FIRST + 1, ... (tests/bench/orders.hpp) to the inbox FILE as the daemon does when it
// accepts them, in groups of 256. FIRST defaults to an order that make_requests does not make.

#include "group_writer.hpp"
#include "orders.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>
#include <shopbell/stores/registry.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <utility>

namespace shopbell::bench {
namespace {

constexpr std::size_t group_size = 256;

class order_arrivals {
public:
    [[nodiscard]] arrival make(std::uint64_t number) const {
        auto sent = endpoint_->sign(order_event, orders_.body(number), signing::genuine);
        const auto verdict = endpoint_->accept({sent.fields, sent.body});
        const auto& what = std::get<accepted>(verdict);
        arrival one;
        one.endpoint = one.provider = kind_.name;
        one.type = what.type;
        one.subject = what.subject;
        one.store = what.store;
        one.identity = what.identity;
        one.locality = what.locality;
        std::ranges::copy_if(sent.fields, std::back_inserter(one.fields), [this](const header& field) {
            return std::ranges::any_of(kind_.keeps, [&](auto name) { return iequals(field.name, name); });
        });
        one.body = std::move(sent.body);
        return one;
    }

private:
    const provider_entry& kind_ = *find_provider("jumpseller");
    const std::unique_ptr<const provider> endpoint_ = jumpseller_endpoint();
    const order_maker orders_;
};

void fill(const std::string& path, std::uint64_t count, std::uint64_t first) {
    sqlite_settings settings;
    settings.path = path;
    const auto store = open_sqlite_inbox(std::move(settings), log::null());
    if (!store)
        throw std::runtime_error(store.error().reason);
    const order_arrivals arrivals;
    group_writer writer(**store);
    for (std::uint64_t made = 0; made < count;) {
        std::vector<arrival> group;
        for (; made < count && group.size() < group_size; ++made)
            group.push_back(arrivals.make(first + made));
        writer.start(std::move(group));
    }
    writer.finish();
    if (writer.not_stored() > 0)
        throw std::runtime_error(std::to_string(writer.not_stored()) + " events were not stored anew");
}

}  // namespace
}  // namespace shopbell::bench

int main(int argc, char** argv) {
    using namespace shopbell::bench;
    if (argc < 3 || argc > 4) {
        std::fputs("usage: fill_inbox FILE COUNT [FIRST]\n", stderr);
        return 2;
    }
    try {
        fill(argv[1], std::strtoull(argv[2], nullptr, 10),
             argc > 3 ? std::strtoull(argv[3], nullptr, 10) : order_maker::least);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "fill_inbox: %s\n", failure.what());
        return 1;
    }
}
