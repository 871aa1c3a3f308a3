#include "support/daemon.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <set>

namespace shopbell::test {
namespace {

std::vector<std::string> send_three(const daemon& running, const std::string& prefix) {
    std::vector<std::string> ids;
    for (const auto* const number : {"1", "2", "3"}) {
        const auto answer = running.send(usaepay_request(prefix + number));
        EXPECT_EQ(answer.status, 200U);
        ids.push_back(answer.id);
    }
    return ids;
}

std::vector<std::string> ids_in(const std::string& path) {
    std::vector<std::string> ids;
    for (const auto& one : read_events(path))
        ids.push_back(one["id"].get<std::string>());
    return ids;
}

TEST(an_events_file, that_cannot_grow_loses_no_line_and_tears_none) {
    const shop place;
    std::string earlier;
    while (earlier.size() < 8'000'000)
        earlier += "{\"earlier\":true}\n";
    write_file(place.events(), earlier);
    const daemon running(place.config());
    running.limit_file_size(earlier.size() + 100);  // room for the inbox, and for a part of a line
    const auto ids = send_three(running, "e");
    (void)running.wait_for_log({R"("delivery failed")", R"("events-file")", ids[0]});
    running.limit_file_size(RLIM_INFINITY);
    for (const auto& id : ids)
        wait_for_text(place.events(), id);
    write_file(place.events(), read_file(place.events()).substr(earlier.size()));
    // Of several subjects the one whose retry falls due first comes first.
    const auto lines = ids_in(place.events());
    EXPECT_EQ(lines.size(), ids.size());
    EXPECT_EQ(std::set(lines.begin(), lines.end()), std::set(ids.begin(), ids.end()));
}

TEST(an_events_file, that_is_moved_or_removed_is_begun_anew) {
    const shop place;
    const daemon running(place.config());
    const auto moved = place.events() + ".1";
    const auto first = send_three(running, "a");
    (void)wait_for_events(place.events(), 3);
    std::filesystem::rename(place.events(), moved);
    const auto second = send_three(running, "b");
    (void)wait_for_events(place.events(), 3);
    EXPECT_EQ(ids_in(moved), first);
    EXPECT_EQ(ids_in(place.events()), second);
    std::filesystem::remove(place.events());
    const auto third = send_three(running, "c");
    (void)wait_for_events(place.events(), 3);
    EXPECT_EQ(ids_in(place.events()), third);
}

TEST(an_events_file, that_is_a_pipe_without_a_reader_waits_for_one) {
    const shop place;
    ASSERT_EQ(::mkfifo(place.events().c_str(), 0600), 0);
    const daemon running(place.config());
    const auto id = running.send(usaepay_request("e1")).id;
    (void)running.wait_for_log({R"("delivery failed")", R"("events-file")", id});

    const file_descriptor reader(::open(place.events().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::string line;
    while (!line.ends_with('\n')) {
        ::pollfd more{reader.get(), POLLIN, 0};
        ASSERT_GT(::poll(&more, 1, 60'000), 0) << line;
        std::array<char, 4096> bytes{};
        const auto size = ::read(reader.get(), bytes.data(), bytes.size());
        ASSERT_GE(size, 0);
        line.append(bytes.data(), static_cast<std::size_t>(size));
    }
    EXPECT_EQ(nlohmann::json::parse(line)["id"], id);
}

}  // namespace
}  // namespace shopbell::test
