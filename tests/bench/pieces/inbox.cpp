#include "deliveries.hpp"
#include "pieces.hpp"

#include "../group_writer.hpp"

#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <atomic>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace shopbell::bench {
namespace {

namespace asio = boost::asio;

class commit_sizes final : public commit_observer {
public:
    void committed(std::size_t deliveries, std::chrono::steady_clock::duration) override {
        largest_ = std::max(largest_.load(), deliveries);
        ++commits_;
    }
    void commit_failed() override {}

    [[nodiscard]] std::size_t largest() const { return largest_; }
    [[nodiscard]] std::size_t commits() const { return commits_; }

private:
    std::atomic<std::size_t> largest_{0}, commits_{0};
};

/// A new inbox in a folder of its own, removed at the end.
class scratch_inbox {
public:
    scratch_inbox(const std::string& folder, commit_observer* observer) : path_(folder + "/pieces.XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr)
            throw std::runtime_error("cannot make a folder in " + folder);
        sqlite_settings settings;
        settings.path = path_ + "/inbox.db";
        settings.observer = observer;
        auto opened = open_sqlite_inbox(std::move(settings), log::null());
        if (!opened)
            throw std::runtime_error(opened.error().reason);
        store_ = *std::move(opened);
    }
    ~scratch_inbox() {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_inbox(const scratch_inbox&) = delete;
    scratch_inbox& operator=(const scratch_inbox&) = delete;

    [[nodiscard]] inbox& store() const noexcept { return *store_; }

private:
    std::string path_;
    std::unique_ptr<inbox> store_;
};

/// Distinct arrivals, in the order of their identities as orders of a store are.
class arrival_maker {
public:
    [[nodiscard]] std::vector<arrival> make(std::size_t count) {
        std::vector<arrival> group(count, model_);
        for (auto& one : group) {
            one.identity = std::to_string(++made_);
            one.locality = made_;
        }
        return group;
    }

private:
    static arrival model() {
        auto stored = jumpseller_delivery()->as_stored();
        arrival one;
        one.endpoint = std::move(stored.endpoint);
        one.provider = std::move(stored.provider);
        one.type = std::move(stored.type);
        one.subject = std::move(stored.subject);
        one.store = std::move(stored.store);
        one.fields = std::move(stored.fields);
        one.body = std::move(stored.body);
        return one;
    }

    const arrival model_ = model();
    std::uint64_t made_ = 0;
};

void commit(benchmark::State& state, const std::string& folder) {
    const auto rows = static_cast<std::size_t>(state.range(0));
    commit_sizes sizes;
    const scratch_inbox scratch(folder, &sizes);
    arrival_maker arrivals;
    group_writer writer(scratch.store());
    for (auto _ : state) {
        writer.start(arrivals.make(rows));
        writer.finish();
    }
    if (writer.not_stored() > 0 || sizes.largest() != rows)
        state.SkipWithError("the groups were others");
    state.SetItemsProcessed(static_cast<std::int64_t>(writer.stored()));
}

/// Runs a call of the inbox that reads, and so ends at once.
asio::awaitable<void> read_on(inbox& from, std::size_t count, sequence& position) {
    constexpr std::size_t bytes = 8 * 1024 * 1024;
    const auto read = co_await from.read_after(position, count, bytes);
    position = read && read->size() == count ? read->back().number : 0;
}

void read_back(benchmark::State& state, const std::string& folder) {
    constexpr std::size_t stored = 16'384, group = 256;
    const auto count = static_cast<std::size_t>(state.range(0));
    const scratch_inbox scratch(folder, nullptr);
    {
        arrival_maker arrivals;
        group_writer writer(scratch.store());
        for (std::size_t i = 0; i < stored; i += group)
            writer.start(arrivals.make(group));
    }
    asio::io_context context(1);
    sequence position = 0;
    for (auto _ : state) {
        asio::co_spawn(context, read_on(scratch.store(), count, position), asio::detached);
        context.restart();
        context.run();
        if (position == static_cast<sequence>(stored))
            position = 0;
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

void add_inbox_pieces(const std::string& folder) {
    for (const std::int64_t rows : {1, 8, 64, 256})
        benchmark::RegisterBenchmark("commit rows",
                                     [folder](benchmark::State& state) { commit(state, folder); })
            ->Arg(rows)
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime()
            ->MeasureProcessCPUTime();
    for (const std::int64_t rows : {1, 64, 256})
        benchmark::RegisterBenchmark("read rows for delivery",
                                     [folder](benchmark::State& state) { read_back(state, folder); })
            ->Arg(rows)
            ->Unit(benchmark::kMicrosecond);
}

}  // namespace shopbell::bench
