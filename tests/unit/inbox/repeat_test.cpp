#include "inbox_fixture.hpp"

#include <sqlite3.h>

namespace shopbell::test {

namespace {

/// Stores that give no ids: whether the same content is a repeat depends on when and after what it comes.
template <class Inbox>
class repeat_fixture : public Inbox {
protected:
    void SetUp() override {
        Inbox::SetUp();
        if (!this->IsSkipped())
            this->open();
    }

    static arrival state(std::string body, std::string moment, std::string subject = "product/1") {
        auto one = Inbox::make(body + " of " + subject, body);
        one.type = "jumpseller.product.updated";
        one.subject = std::move(subject);
        one.recurs = true;
        one.repeats_latest_only = true;
        one.moment = std::move(moment);
        return one;
    }

    static arrival report(std::string body, std::string moment, std::string subject = "order/1") {
        auto one = Inbox::make(body + " of " + subject, body);
        one.subject = std::move(subject);
        one.recurs = true;
        one.moment = std::move(moment);
        return one;
    }

    std::string accepted(arrival one) {
        const auto stored = this->put(std::move(one)).value();
        EXPECT_FALSE(stored.duplicate);
        return stored.id;
    }
    std::string duplicate(arrival one) {
        const auto stored = this->put(std::move(one)).value();
        EXPECT_TRUE(stored.duplicate);
        return stored.id;
    }
};

class repeat_test : public repeat_fixture<engine_test> {};

TEST_P(repeat_test, of_one_moment_is_known_whatever_came_between) {
    const auto five = accepted(state("stock 5", "t1"));
    const auto four = accepted(state("stock 4", "t2"));
    EXPECT_EQ(duplicate(state("stock 5", "t1")), five);
    const auto five_again = accepted(state("stock 5", "t3"));
    EXPECT_EQ(duplicate(state("stock 5", "t1")), five);
    EXPECT_EQ(duplicate(state("stock 4", "t2")), four);
    EXPECT_EQ(duplicate(state("stock 5", "t3")), five_again);
    reopen();
    EXPECT_EQ(duplicate(state("stock 4", "t2")), four);
    EXPECT_EQ(after(0).size(), 3U);
}

TEST_P(repeat_test, at_another_moment_is_one_of_the_subjects_latest_event_only) {
    const auto paid = accepted(report("paid", "t1"));
    EXPECT_EQ(duplicate(report("paid", "t2")), paid);
    accepted(report("canceled", "t3"));
    accepted(report("paid", "t4"));
    accepted(report("paid", "t4", "order/2"));
    EXPECT_EQ(after(0).size(), 4U);
}

TEST_P(repeat_test, at_another_moment_is_none_once_an_event_of_another_type_came) {
    accepted(report("paid", "t1"));
    auto shipped = report("shipped", "t2");
    shipped.type = "jumpseller.order.shipped";
    accepted(shipped);
    accepted(report("paid", "t3"));
}

TEST_P(repeat_test, without_a_subject_at_another_moment_is_none) {
    const auto first = accepted(report("please call me", "t1", ""));
    accepted(report("please call me", "t2", ""));
    EXPECT_EQ(duplicate(report("please call me", "t1", "")), first);
}

TEST_P(repeat_test, does_not_make_an_older_state_the_newest) {
    accepted(state("stock 5", "t1"));
    const auto four = accepted(state("stock 4", "t2"));
    duplicate(state("stock 5", "t1"));
    EXPECT_EQ(duplicate(state("stock 4", "t3")), four);
}

TEST_P(repeat_test, of_a_state_that_came_late_is_not_taken_for_one_of_the_newest) {
    accepted(state("stock 4", "t2"));
    accepted(state("stock 5", "t1"));  // older, but only now
    const auto again = accepted(state("stock 5", "t3"));
    EXPECT_EQ(duplicate(state("stock 5", "t4")), again);

    accepted(state("stock 4", "t2", "product/2"));
    accepted(state("stock 5", "t1", "product/2"));
    accepted(state("stock 4", "t3", "product/2"));
}

TEST_P(repeat_test, without_a_moment_is_one_of_any_moment) {
    const auto first = accepted(report("paid", "t1"));
    accepted(report("canceled", "t2"));
    EXPECT_EQ(duplicate(report("paid", "")), first);
    const auto other = accepted(report("shipped", ""));
    EXPECT_EQ(duplicate(report("shipped", "")), other);
    EXPECT_EQ(duplicate(report("shipped", "t3")), other);
    accepted(report("canceled", "t4"));
}

TEST_P(repeat_test, without_a_moment_is_one_of_the_latest_state_only) {
    const auto five = accepted(state("stock 5", "t1"));
    EXPECT_EQ(duplicate(state("stock 5", "")), five);
    accepted(state("stock 4", ""));
    accepted(state("stock 5", ""));
    accepted(state("stock 4", "t2"));
}

TEST_P(repeat_test, is_none_of_another_endpoint_or_store) {
    accepted(report("paid", "t1"));
    auto elsewhere = report("paid", "t2");
    elsewhere.endpoint = "second";
    accepted(elsewhere);
    auto other = report("paid of the other store", "t1");
    other.store = "other";
    accepted(other);
    duplicate(report("paid", "t3"));
}

TEST_P(repeat_test, is_none_of_what_was_erased) {
    accepted(report("paid", "t1"));
    accepted(state("stock 5", "t1"));
    ASSERT_EQ(apply(erasure{{1, 2}}).value(), 2U);
    accepted(report("paid", "t1"));
    accepted(state("stock 5", "t2"));
}

/// As the version with schema 2 stored it: under the content alone, and told apart by less.
class former_repeat_test : public repeat_fixture<inbox_test> {
protected:
    /// What is stored so far counts as that version's.
    void upgrade() {
        close();
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, "UPDATE numbering SET former = (SELECT max(number) FROM events)",
                               nullptr, nullptr, nullptr),
                  SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
        open();
    }
    static arrival former(arrival one) {
        one.recurs = false;
        one.moment = {};
        return one;
    }
    static headers at(const std::string& moment) { return {{"Triggered-At", moment}}; }
};

TEST_F(former_repeat_test, is_known_by_its_bytes) {
    auto paid = report("paid", "t1");
    paid.fields = at("t1");
    const auto first = accepted(former(paid));
    auto five = state("stock 5", "t1");
    five.fields = at("t1");
    const auto stock = accepted(former(five));
    upgrade();
    EXPECT_EQ(duplicate(paid), first);
    EXPECT_EQ(duplicate(five), stock);

    paid.moment = "t2";
    paid.fields = at("t2");
    const auto again = accepted(paid);
    EXPECT_EQ(duplicate(paid), again);
}

TEST_F(former_repeat_test, is_not_found_in_what_the_former_identity_did_not_tell_apart) {
    auto pending = make("transaction 1", "status=Pending");
    const auto first = accepted(pending);
    upgrade();
    pending.identity = "transaction 1, pending";
    pending.former_identity = "transaction 1";
    EXPECT_EQ(duplicate(pending), first);
    auto completed = make("transaction 1, completed", "status=Completed");
    completed.former_identity = "transaction 1";
    const auto second = accepted(completed);
    EXPECT_EQ(duplicate(completed), second);
}

TEST_F(former_repeat_test, is_looked_for_only_among_what_that_version_stored) {
    auto one = make("transaction 1", "status=Pending");
    accepted(one);
    one.identity = "transaction 1, pending";
    one.former_identity = "transaction 1";
    accepted(one);
}

INSTANTIATE_TEST_SUITE_P(engine, repeat_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
