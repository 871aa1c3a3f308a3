#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/fault_disk.hpp"
#include "support/inbox_file.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

/// Bodies of that size make the log long soon.
std::string long_note() {
    return std::string(100'000, 'x');
}

nlohmann::json readiness(const shop& place) {
    raw_client client(place.file("admin.sock"));
    return nlohmann::json::parse(client.ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").body);
}

/// A shop whose inbox is in a folder of its own.
struct place_with_state {
    explicit place_with_state(shop_settings settings = {}) : place(settings), folder(place.file("state")) {
        fs::create_directory(folder);
        settings.inbox_path = inbox = folder + "/inbox.db";
        place.write_config(settings);
    }
    shop place;
    std::string folder;
    std::string inbox;
};

/// Sends orders and keeps the ids of those that were acknowledged.
class customer {
public:
    void order(const daemon& from, int count, const std::string& note) {
        for (int i = 0; i < count; ++i) {
            const auto answer =
                from.send(jumpseller_request("order_paid", jumpseller_order(++number_, "paid", note)));
            if (answer.status == 200) {
                acknowledged_.insert(answer.id);
            } else {
                EXPECT_EQ(answer.status, 503U) << answer.raw.body;
            }
        }
    }
    [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }

    /// Those that are not in the inbox.
    [[nodiscard]] std::size_t missing(const std::string& inbox) const {
        inbox_file file(inbox);
        return static_cast<std::size_t>(std::ranges::count_if(acknowledged_, [&](const auto& id) {
            return file.text("SELECT 'there' FROM events WHERE id = '" + id + "'") != "there";
        }));
    }

private:
    int number_ = 0;
    std::set<std::string> acknowledged_;
};

/// Which file fails, and whether somebody reads the inbox when the daemon has to recover.
void survive_a_failed_sync(const std::string& file, bool is_read) {
    if (!fault_disk::is_possible())
        GTEST_SKIP() << "sanitizers want to be loaded first";
    const place_with_state here;
    const fault_disk disk(here.folder);
    customer someone;
    {
        daemon running(disk.on_it(serve(here.place.config())));
        someone.order(running, 10, long_note());
        std::optional<inbox_file> reader(std::in_place, here.inbox);
        const auto read = [&] {
            reader->execute("BEGIN");
            EXPECT_NE(reader->text("SELECT count(*) FROM events"), "");
        };
        read();
        someone.order(running, 50, long_note());  // a checkpoint copies what the reader lets it copy
        reader->execute("ROLLBACK");
        disk.fail_sync_of(file);
        for (int i = 0; i < 200 && !disk.has_failed(); ++i)
            someone.order(running, 1, long_note());
        ASSERT_TRUE(disk.has_failed());
        if (is_read)
            read();
        const auto before = someone.acknowledged();
        someone.order(running, 3, {});
        EXPECT_GT(someone.acknowledged(), before) << "it does not recover: " << running.written();
        if (is_read)
            reader->execute("ROLLBACK");
        someone.order(running, 60, long_note());  // the log begins anew
        running.kill();
        reader.reset();
    }
    disk.cut_power();
    EXPECT_EQ(someone.missing(here.inbox), 0U);
    EXPECT_EQ(check_integrity(here.inbox), "ok");
    daemon again(here.place.config());
    EXPECT_EQ(again.send(usaepay_request("after")).status, 200U);
    EXPECT_EQ(again.stop().code, 0);
}

TEST(a_failed_sync, of_the_database_loses_nothing_behind_a_checkpoint_that_a_reader_cut_short) {
    survive_a_failed_sync("inbox.db", false);
}

TEST(a_failed_sync, of_the_database_is_recovered_from_while_somebody_reads) {
    survive_a_failed_sync("inbox.db", true);
}

TEST(a_failed_sync, of_the_log_loses_nothing) {
    survive_a_failed_sync("inbox.db-wal", false);
}

TEST(a_failed_sync, of_the_log_is_recovered_from_while_somebody_reads) {
    survive_a_failed_sync("inbox.db-wal", true);
}

TEST(whoever_reads_the_inbox, does_not_keep_the_daemon_from_starting) {
    const shop place;
    customer someone;
    {
        daemon running(place.config());
        someone.order(running, 20, long_note());
        running.kill();
    }
    inbox_file reader(place.inbox());
    reader.execute("BEGIN");
    ASSERT_EQ(reader.text("SELECT count(*) FROM events"), "20");
    daemon running(place.config());
    someone.order(running, 40, long_note());
    EXPECT_EQ(someone.acknowledged(), 60U);
    EXPECT_GE(wait_for_events(place.events(), 60).size(), 60U);
    EXPECT_EQ(reader.text("SELECT count(*) FROM events"), "20") << "its moment has passed";
    reader.execute("ROLLBACK");
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(check_integrity(place.inbox()), "ok");
}

TEST(start_and_recovery, go_on_beside_backups_and_integrity_checks) {
    const shop place;
    customer someone;
    {  // so that there is something to look at
        daemon first(place.config());
        someone.order(first, 5, long_note());
        first.kill();
    }
    std::atomic<bool> enough = false;
    std::atomic<int> backups = 0;
    std::thread copying([&] {
        while (!enough) {
            const auto file = place.file("backup.db");
            const auto done = run_shopbell(place.config(), {"backup", file});
            EXPECT_EQ(done.status.code, 0) << done.errors;
            EXPECT_EQ(check_integrity(file), "ok");
            ++backups;
            backups.notify_all();
        }
    });
    std::thread checking([&] {
        while (!enough)
            EXPECT_EQ(run_shopbell(place.config(), {"doctor"}).output.find("damaged"), std::string::npos);
    });
    for (int life = 0; life < 5; ++life) {
        const int before = backups;
        daemon running(place.config());
        someone.order(running, 15, long_note());
        backups.wait(before);
        running.kill();
    }
    enough = true;
    copying.join();
    checking.join();
    EXPECT_EQ(someone.acknowledged(), 80U);
    daemon last(place.config());
    const auto end = last.send(usaepay_request("the-last"));
    wait_for_text(place.events(), end.id);
    EXPECT_EQ(last.stop().code, 0);
    EXPECT_EQ(someone.missing(place.inbox()), 0U);
    EXPECT_EQ(check_integrity(place.inbox()), "ok");
}

TEST(a_log_removed_while_running, is_noticed_and_saved) {
    const shop place({.operated = true});
    customer someone;
    {
        daemon running(place.config());
        someone.order(running, 10, {});
        ASSERT_TRUE(fs::remove(place.inbox() + "-wal"));
        EXPECT_EQ(running.send(usaepay_request("e1")).status, 503U);
        const auto ready = readiness(place);
        EXPECT_EQ(ready["status"], "not ready");
        EXPECT_NE(ready.dump().find("inbox.db-wal was removed or replaced while in use"), std::string::npos)
            << ready;
        // What reads the inbox may be in the way for a moment; until then it says not to stop it.
        EXPECT_TRUE(eventually([&] {
            return readiness(place).dump().find("restart shopbell") != std::string::npos;
        })) << readiness(place);
        running.kill();
    }
    EXPECT_EQ(someone.missing(place.inbox()), 0U);
    daemon again(place.config());
    EXPECT_EQ(again.send(usaepay_request("e1")).status, 200U);
    EXPECT_GE(wait_for_events(place.events(), 11).size(), 11U);
}

TEST(a_log_replaced_while_running, is_noticed) {
    const shop place;
    daemon running(place.config());
    customer someone;
    someone.order(running, 3, {});
    const auto log = place.inbox() + "-wal";
    fs::copy_file(log, log + ".copy");
    fs::rename(log + ".copy", log);
    EXPECT_EQ(running.send(usaepay_request("e1")).status, 503U);
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(someone.missing(place.inbox()), 0U);
}

TEST(a_log_removed_while_the_daemon_was_down, is_noticed) {
    const shop place;
    {
        daemon running(place.config());
        customer().order(running, 5, {});
        running.kill();
    }
    fs::remove(place.inbox() + "-wal");
    const auto refused = run_shopbell(place.config(), {"serve"});
    EXPECT_EQ(refused.status.code, 1);
    EXPECT_NE(refused.errors.find("events up to 5 were acknowledged"), std::string::npos) << refused.errors;
    EXPECT_NE(refused.errors.find(place.inbox()), std::string::npos) << refused.errors;
}

/// The inbox of a second daemon, another name of the first one's.
void refuse_another_name(const std::function<void(const std::string&, const std::string&)>& link) {
    const shop place;
    const daemon first(place.config());
    const shop other({.inbox_path = place.file("other.db")});
    link(place.inbox(), place.file("other.db"));
    const auto second = run_shopbell(other.config(), {"serve"});
    EXPECT_EQ(second.status.code, 1);
    EXPECT_NE(second.errors.find("another shopbell"), std::string::npos) << second.errors;
    EXPECT_EQ(first.send(usaepay_request("e1")).status, 200U);
}

TEST(an_inbox_in_use, is_refused_to_a_second_daemon_through_a_symbolic_link) {
    refuse_another_name([](const auto& from, const auto& to) { fs::create_symlink(from, to); });
}

TEST(an_inbox_in_use, is_refused_to_a_second_daemon_through_a_hard_link) {
    refuse_another_name([](const auto& from, const auto& to) { fs::create_hard_link(from, to); });
}

/// [[sink]] "events-file" that appends to that file, retries quickly, and a route of everything to it.
std::string quick_file_sink(const std::string& path) {
    return "[[sink]]\nname = \"events-file\"\ntype = \"file\"\npath = \"" + path +
           "\"\nretry = { initial = \"20ms\", max = \"200ms\" }\n"
           "[[route]]\nevents = [\"**\"]\nsinks = [\"events-file\"]\n";
}

/// Kills a daemon whose sink could not have the events.
std::vector<std::string> leave_undelivered(const shop& place, const std::string& out, std::size_t count) {
    std::vector<std::string> ids;
    daemon running(place.config());
    fs::remove_all(out);
    write_file(out, "in the way of the sink's folder");
    for (std::size_t i = 0; i < count; ++i) {
        const auto note = std::string(i % 5 == 0 ? 30'000 : 300, 'x');
        const auto answer = running.send(
            jumpseller_request("order_paid", jumpseller_order(static_cast<long long>(i) + 1, "paid", note)));
        EXPECT_EQ(answer.status, 200U);
        ids.push_back(answer.id);
    }
    running.kill();
    fs::remove(out);
    fs::create_directory(out);
    return ids;
}

std::string damaged(std::string content, std::size_t from, bool zeros) {
    constexpr std::size_t page = 16 * 1024;
    for (auto i = from; i < std::min(content.size(), from + page); ++i)
        content[i] = zeros ? '\0' : static_cast<char>(~content[i]);
    return content;
}

/// Empty where the daemon does not start and names the file, or says that it is not ready, or delivers all.
std::string start_on_damage(const shop& place, const std::string& events,
                            const std::vector<std::string>& ids) {
    std::optional<daemon> running;
    try {
        running.emplace(place.config());
    } catch (const std::runtime_error& refused) {
        const std::string why = refused.what();
        return why.find(place.inbox()) != why.npos ? "" : "it names no file: " + why;
    }
    const auto is_everything_there = [&] {
        const auto text = fs::exists(events) ? read_file(events) : std::string();
        return std::ranges::all_of(ids, [&](const auto& id) { return text.find(id) != text.npos; });
    };
    std::string verdict = "neither delivered nor refused:\n" + running->written();
    (void)eventually(
        [&] {
            if (readiness(place)["status"] == "not ready")
                verdict = running->send(usaepay_request("the-last")).status == 503 ? "" : "it takes more";
            else if (is_everything_there())
                verdict.clear();
            return verdict.size() < 20;
        },
        std::chrono::seconds(10));
    running->kill();
    return verdict;
}

TEST(a_damaged_inbox, delivers_everything_or_says_why_not) {
    shop place;
    const auto out = place.file("out"), events = out + "/events.jsonl";
    fs::create_directory(out);
    place.write_config({.operated = true, .sinks = quick_file_sink(events)});
    const auto ids = leave_undelivered(place, out, 12);
    std::map<std::string, std::string> files;
    for (const auto* const suffix : {"", "-wal", ".acknowledged"})
        files[suffix] = read_file(place.inbox() + suffix);
    for (const auto* const suffix : {"", "-wal"}) {
        const auto& whole = files[suffix];
        for (std::size_t from = 0; from < whole.size(); from += 32UL * 1024) {
            for (const bool zeros : {true, false}) {
                fs::remove(place.inbox() + "-shm");
                fs::remove(events);
                for (const auto& [name, content] : files)
                    write_file(place.inbox() + name, name == suffix ? damaged(whole, from, zeros) : content);
                EXPECT_EQ(start_on_damage(place, events, ids), "")
                    << "inbox.db" << suffix << " at " << from << (zeros ? ", zeros" : ", flipped");
            }
        }
    }
}

}  // namespace
}  // namespace shopbell::test
