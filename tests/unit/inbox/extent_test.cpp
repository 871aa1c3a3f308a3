#include "archive_fixture.hpp"

#include <chrono>
#include <filesystem>

namespace shopbell::test {

namespace {

using namespace std::chrono_literals;

/// Remembers what it was told. The inbox tells before it answers, so nobody else is about when it is asked.
class commit_notebook final : public commit_observer {
public:
    void committed(std::size_t deliveries, std::chrono::steady_clock::duration took) override {
        EXPECT_GT(took.count(), 0);
        groups.push_back(deliveries);
    }
    void commit_failed() override { ++failures; }

    std::vector<std::size_t> groups;
    int failures = 0;
};

class extent_test : public engine_archive_test {
protected:
    inbox_extent extent() { return run(context_, archive_->extent()).value(); }
};

TEST_P(extent_test, of_an_empty_inbox_is_no_events) {
    open();
    open_archive();
    EXPECT_EQ(extent().events, 0U);
    EXPECT_GT(extent().bytes, 0U);
    EXPECT_EQ(extent().free_disk.has_value(), is_in_file());
}

TEST_P(extent_test, grows_with_what_is_stored) {
    open();
    open_archive();
    const auto before = extent();
    for (const auto* identity : {"1", "2", "3"})
        ASSERT_TRUE(put(make(identity, make_random(100'000))));
    EXPECT_EQ(extent().events, 3U);
    EXPECT_GT(extent().bytes, before.bytes + 250'000);
}

TEST_P(extent_test, does_not_take_what_retention_left_behind_for_the_beginning_of_a_run) {
    auto eager = settings();
    eager.retain = 0ms;
    eager.sweep_every = 0ms;
    open(eager);
    deliver_up_to("file", 0);
    put_many(50);
    deliver_up_to("file", 40, {2, 5});
    // A sweep stands between two groups.
    for (int i = 0; i < 1000 && after(0).size() > 12; ++i)
        deliver_up_to("file", 40);
    open_archive();
    EXPECT_EQ(after(0).size(), 12U);
    EXPECT_EQ(extent().events, 12U);
}

TEST_P(extent_test, counts_dead_letters_where_nothing_else_is_left) {
    open();
    put_many(3);
    deliver_up_to("file", 3, {1, 2, 3});
    open_archive();
    EXPECT_EQ(extent().events, 3U);
}

TEST_P(extent_test, tells_how_commits_go) {
    commit_notebook notes;
    auto observed = settings();
    observed.observer = &notes;
    open(observed);
    ASSERT_TRUE(put(make("one")));
    EXPECT_EQ(notes.groups, std::vector<std::size_t>{1});
    deliver_up_to("file", 1);
    EXPECT_EQ(notes.groups, (std::vector<std::size_t>{1, 0}));
    EXPECT_EQ(notes.failures, 0);

    if (!is_in_file())
        return;
    std::filesystem::remove(path());
    EXPECT_FALSE(put(make("two")));
    EXPECT_EQ(notes.failures, 1);
    EXPECT_EQ(notes.groups.size(), 2U);
    close();
}

INSTANTIATE_TEST_SUITE_P(engine, extent_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
