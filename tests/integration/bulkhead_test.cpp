#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <chrono>
#include <set>

// Sinks that hang, each in its own way, beside sinks that work.

namespace shopbell::test {
namespace {

std::string file_sink(const std::string& name, const std::string& path, const std::string& more = "") {
    return "[[sink]]\nname = \"" + name + "\"\ntype = \"file\"\npath = \"" + path +
           "\"\nretry = { initial = \"20ms\", max = \"200ms\" }\n" + more +
           "\n[[route]]\nevents = [\"**\"]\nsinks = [\"" + name + "\"]\n";
}

std::string exec_sink(const std::string& name, const std::string& script) {
    return "[[sink]]\nname = \"" + name + "\"\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", '" + script +
           "']\n[[route]]\nevents = [\"**\"]\nsinks = [\"" + name + "\"]\n";
}

/// A FIFO with a reader that never reads.
class stuck_fifo {
public:
    explicit stuck_fifo(const std::string& path) {
        EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
        reader_ = file_descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        EXPECT_EQ(::fcntl(reader_.get(), F_SETPIPE_SZ, 4096), 4096);
    }

private:
    file_descriptor reader_;
};

class hanging_sinks : public ::testing::Test {
protected:
    hanging_sinks() {
        write_file(locked_path_, "");
        lock_ = file_descriptor(::open(locked_path_.c_str(), O_RDONLY | O_CLOEXEC));
        EXPECT_EQ(::flock(lock_.get(), LOCK_EX), 0);
    }

    /// Four that hang and two that work.
    [[nodiscard]] std::string sinks(const std::string& more = "") const {
        return file_sink("fifo-a", place_.file("a"), more) + file_sink("fifo-b", place_.file("b"), more) +
               file_sink("locked", locked_path_, more) +
               exec_sink("asleep", "while [ -e " + place_.config() + " ]; do sleep 0.1; done") +
               file_sink("works", works_) + exec_sink("runs", "cat >> " + ran_);
    }

    void send(const daemon& running, const std::string& prefix, int count) {
        for (int i = 0; i < count; ++i) {
            const auto answer = running.send(usaepay_request(prefix + std::to_string(i)));
            EXPECT_EQ(answer.status, 200U);
            sent_.insert(answer.id);
        }
    }

    static std::set<std::string> ids_in(const std::string& path, std::size_t count) {
        std::set<std::string> ids;
        for (const auto& one : wait_for_events(path, count))
            ids.insert(one["id"].get<std::string>());
        return ids;
    }

    shop place_;
    const std::string works_ = place_.file("works.jsonl"), ran_ = place_.file("ran.jsonl");
    const std::string locked_path_ = place_.file("locked.jsonl");
    file_descriptor lock_;
    const stuck_fifo a_{place_.file("a")};
    const stuck_fifo b_{place_.file("b")};
    std::set<std::string> sent_;
};

TEST_F(hanging_sinks, delay_no_other_sink_and_no_stop) {
    place_.write_config({.server = "drain_timeout = \"1s\"", .sinks = sinks("timeout = \"10m\"")});
    daemon running(place_.config());
    constexpr int count = 30;
    send(running, "e", count);
    EXPECT_EQ(ids_in(works_, count), sent_);
    EXPECT_EQ(ids_in(ran_, count), sent_);
    running.signal(SIGTERM);
    EXPECT_TRUE(running.ends_within(std::chrono::seconds(10))) << running.written();
    EXPECT_EQ(running.wait().code, 0);
    EXPECT_EQ(running.wait_for_log({"stopped delivering"})["attempts_ended"], false);
}

TEST_F(hanging_sinks, that_a_reload_removes_delay_no_stop) {
    place_.write_config({.server = "drain_timeout = \"1s\"", .sinks = sinks("timeout = \"10m\"")});
    daemon running(place_.config());
    send(running, "e", 3);
    EXPECT_EQ(ids_in(works_, 3), sent_);
    place_.write_config({.server = "drain_timeout = \"1s\"", .sinks = file_sink("works", works_)});
    running.signal(SIGHUP);
    (void)running.wait_for_log({R"("message":"reloaded")"});
    send(running, "f", 3);
    EXPECT_EQ(ids_in(works_, 6), sent_);
    running.signal(SIGTERM);
    EXPECT_TRUE(running.ends_within(std::chrono::seconds(10))) << running.written();
    EXPECT_EQ(running.wait().code, 0);
}

TEST_F(hanging_sinks, end_each_attempt_in_its_time_and_get_everything_once_they_work) {
    place_.write_config({.server = "drain_timeout = \"1s\"", .sinks = sinks("timeout = \"200ms\"")});
    const daemon running(place_.config());
    send(running, "e", 3);
    (void)running.wait_for_log({"\"delivery failed\"", "\"locked\"", "another program holds the lock"});
    lock_ = file_descriptor();
    EXPECT_EQ(ids_in(locked_path_, 3), sent_);
}

}  // namespace
}  // namespace shopbell::test
