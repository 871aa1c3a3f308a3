#include "inbox_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <random>

namespace shopbell::test {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t part = 4096;

struct pattern {
    const char* name;
    std::function<void(std::string&, std::size_t)> apply;  // to the bytes from there on, at most `part`
};

void each_byte(std::string& content, std::size_t from, const std::function<char(char, std::size_t)>& change) {
    for (std::size_t i = from; i < std::min(content.size(), from + part); ++i)
        content[i] = change(content[i], i - from);
}

const std::vector<pattern>& patterns() {
    static const std::vector<pattern> all = {
        {"zeros", [](std::string& content,
                     std::size_t from) { each_byte(content, from, [](char, std::size_t) { return '\0'; }); }},
        {"random",
         [](std::string& content, std::size_t from) {
             std::minstd_rand random(static_cast<unsigned>(from + 1));
             each_byte(content, from, [&](char, std::size_t) { return static_cast<char>(random() >> 8); });
         }},
        {"all bits flipped",
         [](std::string& content, std::size_t from) {
             each_byte(content, from, [](char one, std::size_t) { return static_cast<char>(~one); });
         }},
        {"a bit in every 64 bytes flipped",
         [](std::string& content, std::size_t from) {
             each_byte(content, from, [](char one, std::size_t i) {
                 return i % 64 == 17 ? static_cast<char>(one ^ 4) : one;
             });
         }},
    };
    return all;
}

/// An inbox with something of everything in it, and a sink that has not had the second half.
class damage_test : public inbox_test {
protected:
    static constexpr sequence events = 40;
    static constexpr sequence delivered = 20;

    /// `folded`: the log is in the database; else most of it is in the log alone, as after kill -9.
    void fill(bool folded) {
        open();
        deliver_up_to("file", 0);
        for (sequence i = 1; i <= events; ++i) {
            const std::string body(i % 8 == 0 ? 40'000 : 700, static_cast<char>('a' + i % 26));
            const auto text = std::to_string(i) + body;
            auto one = i % 5 == 0 ? make_update("product/" + std::to_string(i), text) : make(text, text);
            const auto stored = put(one).value();
            acknowledged_[i] = {stored.id, text};
            if (i == events / 2 && !folded)
                reopen();
            if (i == events - 2)
                decide();
        }
        if (folded)
            close();
        for (const auto* const suffix : {"", "-wal", ".acknowledged"}) {
            if (fs::exists(path() + suffix))
                files_[suffix] = read_file(path() + suffix);
        }
        close();
    }

    void decide() {
        settlement results;
        results.sink = "file";
        results.position = delivered;
        pending_delivery waiting;
        waiting.number = 3;
        waiting.subject = "order/1";
        results.pending = {waiting};
        results.dead = {{7, 3, time_point{std::chrono::milliseconds{5000}}, "410"}};
        results.history = {attempt(3, history_entry::kind::failed), attempt(7, history_entry::kind::dead)};
        ASSERT_TRUE(settle(results));
        ASSERT_EQ(apply(replay_request{"file", {5}}).value(), 1U);
    }

    /// Lays the files out anew, one of them damaged.
    void lay_out(const std::string& suffix, const std::string& content) {
        close();
        for (const auto* const other : {"", "-wal", "-shm", ".acknowledged"})
            fs::remove(path() + other);
        for (const auto& [name, bytes] : files_)
            write_file(path() + name, name == suffix ? content : bytes);
    }

    /// Empty where nothing that was acknowledged is lost in silence, and nothing is made up.
    std::string complaint() {
        auto opened = open_sqlite_inbox(settings(), log::null());
        if (!opened)
            return opened.error().reason.find(path()) == std::string::npos
                       ? "no file named: " + opened.error().reason
                       : "";
        inbox_ = *std::move(opened);
        auto wrong = compare();
        if (wrong.empty())
            return {};
        const bool promises = put(make("one more")).has_value();
        const auto trouble = inbox_->trouble();
        if (promises || !trouble || trouble->find(path()) == std::string::npos)
            return wrong + (promises ? "; and it goes on promising" : "; and does not say why");
        return {};
    }

    std::string compare() {
        const auto place = run(context_, inbox_->open_sink("file"));
        if (!place)
            return place.error().reason;
        if (place->position > delivered)
            return "the position has moved to " + std::to_string(place->position);
        const auto fresh = run(context_, inbox_->open_sink("new"));
        if (fresh && fresh->position < events)
            return "a new sink begins at " + std::to_string(fresh->position);
        if (place->position == delivered) {
            if (place->pending.size() != 1 || place->pending[0].number != 3)
                return "what waits is not there";
            const auto again = run(context_, inbox_->read_queued("file", 0, 10));
            if (!again || again->size() != 1 || (*again)[0].number != 5)
                return "what a person asked for is not there";
        }
        if (auto wrong = compare(3); !wrong.empty())
            return wrong;
        return compare_from(place->position);
    }

    std::string compare(sequence number) {
        const auto read = run(context_, inbox_->read(number));
        if (!read)
            return read.error().reason;
        if (!*read)
            return "event " + std::to_string(number) + " is gone";
        return compare(**read);
    }

    std::string compare_from(sequence position) {
        std::size_t seen = 0;
        for (auto at = position;;) {
            const auto read = run(context_, inbox_->read_after(at, 1000, 1 << 20));
            if (!read)
                return read.error().reason;
            if (read->empty())
                break;
            at = read->back().number;
            for (const auto& one : *read) {
                if (auto wrong = compare(one); !wrong.empty())
                    return wrong;
                ++seen;
            }
        }
        const auto expected = static_cast<std::size_t>(events - position);
        return seen == expected ? "" : std::to_string(seen) + " events of " + std::to_string(expected);
    }

    std::string compare(const stored_event& one) const {
        const auto known = acknowledged_.find(one.number);
        if (known == acknowledged_.end())
            return "event " + std::to_string(one.number) + " is made up";
        if (known->second.first != one.id || known->second.second != one.body || one.endpoint != "shop" ||
            one.provider != "jumpseller" || one.store != "mystore" || one.fields.size() != 2)
            return "event " + std::to_string(one.number) + " has changed";
        return {};
    }

    void damage_every_part_of(const std::string& suffix, std::size_t step = part) {
        const auto whole = files_.at(suffix);
        lay_out("", whole);
        for (std::size_t from = 0; from < whole.size(); from += step) {
            for (const auto& [name, apply] : patterns()) {
                auto content = whole;
                apply(content, from);
                lay_out(suffix, content);
                EXPECT_EQ(complaint(), "") << name << " at " << from << " of inbox.db" << suffix;
            }
        }
    }

    std::map<sequence, std::pair<std::string, std::string>> acknowledged_;
    std::map<std::string, std::string> files_;
};

TEST_F(damage_test, of_the_database_loses_nothing_in_silence) {
    fill(true);
    damage_every_part_of("");
}

TEST_F(damage_test, of_the_log_loses_nothing_in_silence) {
    fill(false);
    ASSERT_TRUE(files_.contains("-wal"));
    damage_every_part_of("-wal", 5 * part);  // each of its pages is longer than three parts
}

TEST_F(damage_test, of_the_database_below_a_log_loses_nothing_in_silence) {
    fill(false);
    damage_every_part_of("");
}

TEST_F(damage_test, of_a_sinks_place_is_noticed) {
    fill(true);
    const auto whole = files_.at("");
    std::size_t changed = 0;
    for (auto at = whole.find("file"); at != whole.npos; at = whole.find("file", at + 1)) {
        for (std::size_t i = 0; i < 8; ++i) {
            auto content = whole;
            content[at + i] = static_cast<char>(content[at + i] ^ 1);
            lay_out("", content);
            EXPECT_EQ(complaint(), "") << at + i;
            ++changed;
        }
    }
    EXPECT_GT(changed, 0U);
}

TEST_F(damage_test, a_log_cut_short_or_gone_is_noticed) {
    fill(false);
    const auto whole = files_.at("-wal");
    for (const auto length : {std::size_t{0}, whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
        lay_out("-wal", whole.substr(0, length));
        EXPECT_EQ(complaint(), "") << length;
    }
    lay_out("", files_.at(""));
    fs::remove(path() + "-wal");
    const auto refused = open_sqlite_inbox(settings(), log::null());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::corrupt);
    EXPECT_NE(refused.error().reason.find("events up to 40 were acknowledged"), std::string::npos)
        << refused.error().reason;

    // The owner's decision.
    fs::remove(path() + ".acknowledged");
    open();
    EXPECT_TRUE(put(make("one more")));
}

TEST_F(damage_test, a_mark_that_says_nothing_is_in_nobodys_way) {
    fill(false);
    for (const auto& content : {std::string(), std::string(60, 'x'), std::string(4096, '\0')}) {
        lay_out(".acknowledged", content);
        EXPECT_EQ(complaint(), "");
        EXPECT_TRUE(put(make("one more")));
    }
}

}  // namespace

}  // namespace shopbell::test
