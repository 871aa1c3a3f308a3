#include "made_sink.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

// The postgres sink with the real server: one for all tests, a table for each.

namespace shopbell::test {
namespace {

class postgres_sink_test : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (postgres_server::is_installed())
            server_ = std::make_unique<postgres_server>();
    }
    static void TearDownTestSuite() { server_.reset(); }

    void SetUp() override {
        if (!server_)
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
        ::setenv("POSTGRES_TEST_PASSWORD", "s3cret of postgres", 1);
        ::setenv("POSTGRES_WRONG_PASSWORD", "wr0ng of postgres", 1);
    }
    void TearDown() override {
        ::unsetenv("POSTGRES_TEST_PASSWORD");
        ::unsetenv("POSTGRES_WRONG_PASSWORD");
    }

    struct keys {
        std::string table = "events";
        std::string hosts = "127.0.0.1";
        std::string user = "shop";
        std::string more = "create = true\n";
    };
    std::unique_ptr<sink> make(const keys& with) {
        auto target = bench_.make("postgres", "hosts = \"" + with.hosts +
                                                  "\"\nport = " + std::to_string(server_->port()) +
                                                  "\ndatabase = \"shop\"\nuser = \"" + with.user +
                                                  "\"\ntable = '" + with.table + "'\n" + with.more);
        EXPECT_EQ(bench_.problems, std::vector<std::string>());
        return target;
    }

    /// `number` makes its id.
    static std::shared_ptr<event> make_row(unsigned number, const std::string& payload = "1",
                                           const std::string& subject = "") {
        char id[37] = {};
        (void)std::snprintf(id, sizeof id, "0193a000-0000-7000-8000-%012u", number);
        auto one = make_event(id);
        one->subject = subject;
        one->document = R"({"id":")" + one->id + R"(","data":{"payload":)" + payload + "}}";
        return one;
    }
    bool comes_through(sink& target, unsigned number) {
        return eventually([&] { return bench_.deliver_one(target, make_row(number)) == "delivered"; });
    }
    static bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

    static std::unique_ptr<postgres_server> server_;
    sink_workbench bench_;
};
std::unique_ptr<postgres_server> postgres_sink_test::server_;

TEST_F(postgres_sink_test, stores_each_event_once_as_it_is) {
    const auto target = make({.table = "as_it_is"});
    auto one = make_row(1, R"({"total":27990.0,"text":"a \"b\" \\ {c},é"})", "order/1026");
    one->endpoint = "shop \"one\", {two}";
    EXPECT_EQ(bench_.deliver(*target, {one, make_row(2)}),
              (std::vector<std::string>{"delivered", "delivered"}));
    EXPECT_EQ(bench_.deliver_one(*target, one), "delivered");
    EXPECT_EQ(server_->ask("SELECT count(*) FROM as_it_is"), "2");
    EXPECT_EQ(
        server_->ask(
            "SELECT id, type, endpoint, subject, occurred_at IS NULL, received_at AT TIME ZONE 'UTC', "
            "data->'payload'->>'total', data->'payload'->>'text' FROM as_it_is WHERE subject <> ''"),
        one->id +
            R"(|jumpseller.order.paid|shop "one", {two}|order/1026|t|2026-11-21 15:51:45.279|27990.0|a "b" \ {c},é)");
}

TEST_F(postgres_sink_test, knows_when_an_order_was_placed_where_its_store_says_so) {
    const auto target = make({.table = "placed"});
    const auto with_order = [](unsigned number, const std::string& placed_at) {
        auto one = make_row(number);
        one->document = R"({"data":{"order":{"placed_at":")" + placed_at + R"("}}})";
        return one;
    };
    EXPECT_EQ(bench_.deliver(*target, {with_order(1, "2024-02-03T04:05:06.000Z"),
                                       with_order(2, "0000-01-01T00:00:00.000Z"),
                                       with_order(3, "+12024-02-03T04:05:06.000Z"), make_row(4)}),
              std::vector<std::string>(4, "delivered"));
    EXPECT_EQ(server_->ask("SELECT occurred_at AT TIME ZONE 'UTC' FROM placed WHERE occurred_at IS NOT NULL"),
              "2024-02-03 04:05:06");
}

TEST_F(postgres_sink_test, stores_many_in_the_order_given) {
    const auto target = make({.table = "many"});
    event_batch batch;
    for (unsigned i = 0; i < 64; ++i)
        batch.push_back(make_row(i, '"' + std::string(100'000, 'x') + '"'));
    EXPECT_EQ(bench_.deliver(*target, batch), std::vector<std::string>(64, "delivered"));
    EXPECT_EQ(server_->ask("SELECT count(*) FROM many"), "64");
    EXPECT_GT(std::stoi(server_->ask("SELECT count(DISTINCT xmin::text) FROM many")), 5)
        << "a megabyte a statement";
}

TEST_F(postgres_sink_test, gives_up_only_the_event_that_is_at_fault) {
    const auto target = make({.table = "one_bad"});
    const auto said = bench_.deliver(*target, {make_row(1), make_row(2, R"("\u0000")"), make_row(3)});
    ASSERT_EQ(said.size(), 3U);
    EXPECT_EQ(said[0], "delivered");
    EXPECT_TRUE(said[1].starts_with("reject: ") && has(said[1], "22P05")) << said[1];
    EXPECT_EQ(said[2], "delivered");
    EXPECT_TRUE(bench_.deliver_one(*target, make_row(4, R"("\ud800")")).starts_with("reject: "));
    EXPECT_TRUE(
        bench_.deliver_one(*target, make_row(5, "1" + std::string(140'000, '0'))).starts_with("reject: "));
    EXPECT_EQ(server_->ask("SELECT count(*) FROM one_bad"), "2");
}

TEST_F(postgres_sink_test, keeps_the_order_of_a_subject_behind_what_a_trigger_refuses) {
    (void)bench_.deliver_one(*make({.table = "moody"}), make_row(99));
    (void)server_->ask(
        "CREATE FUNCTION moody() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.data->>'payload' = 'no' THEN RAISE EXCEPTION 'not today'; END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER moody BEFORE INSERT ON moody FOR EACH ROW EXECUTE FUNCTION moody()");
    const auto target = make({.table = "moody"});
    const auto said =
        bench_.deliver(*target, {make_row(1, "1", "a"), make_row(2, R"("no")", "b"), make_row(3, "1", "b"),
                                 make_row(4, "1", "c"), make_row(5, R"("no")"), make_row(6)});
    EXPECT_EQ(said,
              (std::vector<std::string>{"delivered", "retry: not today (SQLSTATE P0001)",
                                        "retry: an earlier event of its subject could not be stored",
                                        "delivered", "retry: not today (SQLSTATE P0001)", "delivered"}));
}

TEST_F(postgres_sink_test, tries_nothing_more_of_a_delivery_behind_a_lost_connection) {
    (void)bench_.deliver_one(*make({.table = "deadly"}), make_row(99));
    (void)server_->ask(
        "CREATE FUNCTION deadly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.data->'payload'->>0 = 'die' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
        "RETURN NEW; END $$; "
        "CREATE TRIGGER deadly BEFORE INSERT ON deadly FOR EACH ROW EXECUTE FUNCTION deadly()");
    const auto target = make({.table = "deadly"});
    const auto large = [](std::string_view word) {  // a statement for each
        return "[\"" + std::string(word) + "\",\"" + std::string(700'000, 'x') + "\"]";
    };
    const auto said =
        bench_.deliver(*target, {make_row(1, large("die"), "a"), make_row(2, large("live"), "a")});
    ASSERT_EQ(said.size(), 2U);
    EXPECT_TRUE(said[0].starts_with("retry: ")) << said[0];
    EXPECT_EQ(said[1], said[0]);
    EXPECT_EQ(bench_.deliver_one(*target, make_row(3, large("live"))), "delivered");
    EXPECT_EQ(server_->ask("SELECT count(*) FROM deadly"), "2");
}

TEST_F(postgres_sink_test, waits_for_a_table_that_a_person_makes) {
    const auto target = make({.table = "by_hand", .more = ""});
    const auto said = bench_.deliver_one(*target, make_row(1));
    EXPECT_TRUE(said.starts_with("retry: ") && has(said, "42P01")) << said;
    (void)server_->ask(
        "CREATE TABLE by_hand (id uuid PRIMARY KEY, type text, endpoint text, subject text, "
        "occurred_at timestamptz, received_at timestamptz, data jsonb, note text DEFAULT 'mine'); "
        "GRANT ALL ON by_hand TO shop");
    EXPECT_EQ(bench_.deliver_one(*target, make_row(1)), "delivered");
    EXPECT_EQ(server_->ask("SELECT note FROM by_hand"), "mine");
}

TEST_F(postgres_sink_test, makes_its_table_where_it_may_and_again_where_it_was_dropped) {
    const auto target = make({.table = "made"});
    EXPECT_EQ(bench_.deliver_one(*target, make_row(1)), "delivered");
    (void)server_->ask("DROP TABLE made");
    EXPECT_EQ(bench_.deliver_one(*target, make_row(2)), "delivered");
    EXPECT_EQ(
        server_->ask("SELECT string_agg(column_name || ':' || is_nullable, ' ' ORDER BY ordinal_position) "
                     "FROM information_schema.columns WHERE table_name = 'made'"),
        "id:NO type:NO endpoint:NO subject:NO occurred_at:YES received_at:NO data:NO");
}

TEST_F(postgres_sink_test, takes_any_name_for_a_table) {
    (void)server_->ask("CREATE SCHEMA \"Shop's\" AUTHORIZATION shop");
    const auto target =
        bench_.make("postgres", "hosts = \"127.0.0.1\"\nport = " + std::to_string(server_->port()) +
                                    "\ndatabase = \"shop\"\nuser = \"shop\"\ncreate = true\n"
                                    "table = \"Shop's.Events \\\"2026\\\"; --\"\n");
    EXPECT_EQ(bench_.deliver_one(*target, make_row(1)), "delivered");
    EXPECT_EQ(server_->ask("SELECT count(*) FROM \"Shop's\".\"Events \"\"2026\"\"; --\""), "1");
}

TEST_F(postgres_sink_test, goes_on_when_a_lost_server_is_back) {
    const auto target = make({.table = "restarted"});
    ASSERT_EQ(bench_.deliver_one(*target, make_row(1)), "delivered");
    server_->crash();
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(bench_.deliver_one(*target, make_row(2)).starts_with("retry: "));
    server_->start();
    EXPECT_TRUE(comes_through(*target, 2));
    EXPECT_EQ(bench_.deliver_one(*target, make_row(1)), "delivered");
    EXPECT_EQ(server_->ask("SELECT count(*) FROM restarted"), "2");
}

TEST_F(postgres_sink_test, passes_over_a_host_that_is_not_there) {
    const auto in_turn = bench_.make(
        "postgres", "hosts = [\"127.0.0.2\", \"127.0.0.1\"]\nport = " + std::to_string(server_->port()) +
                        "\ndatabase = \"shop\"\nuser = \"shop\"\ntable = \"in_turn\"\ncreate = true\n");
    EXPECT_EQ(bench_.deliver_one(*in_turn, make_row(1)), "delivered");
}

TEST_F(postgres_sink_test, gives_up_a_slow_trigger_in_time_and_stores_the_event_once) {
    (void)bench_.deliver_one(*make({.table = "slow"}), make_row(99));
    (void)server_->ask(
        "CREATE TABLE hurry (); CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "WHILE to_regclass('hurry') IS NOT NULL LOOP PERFORM pg_sleep(0.01); END LOOP; "
        "RETURN NEW; END $$; CREATE TRIGGER slow BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION slow(); "
        "GRANT SELECT ON hurry TO shop");
    bench_.timeout = std::chrono::milliseconds(300);
    const auto target = make({.table = "slow"});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(bench_.deliver_one(*target, make_row(1)), "retry: no answer in time");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    (void)server_->ask("DROP TABLE hurry");
    EXPECT_TRUE(comes_through(*target, 1));
    EXPECT_EQ(server_->ask("SELECT count(*) FROM slow"), "2");
}

TEST_F(postgres_sink_test, proves_who_it_is_over_tls_and_never_says_the_password) {
    const auto trust = "ca_file = \"" + server_->ca_file() + "\"\ncreate = true\n";
    const auto right = make({.table = "guarded",
                             .hosts = "localhost",
                             .user = "guarded",
                             .more = trust + "password_env = \"POSTGRES_TEST_PASSWORD\"\n"});
    EXPECT_EQ(bench_.deliver_one(*right, make_row(1)), "delivered");
    const auto wrong = make({.table = "guarded",
                             .hosts = "localhost",
                             .user = "guarded",
                             .more = trust + "password_env = \"POSTGRES_WRONG_PASSWORD\"\n"});
    const auto said = bench_.deliver_one(*wrong, make_row(2));
    EXPECT_TRUE(said.starts_with("retry: localhost: ") && has(said, "password authentication failed"))
        << said;
    EXPECT_FALSE(has(said, "wr0ng")) << said;
}

TEST_F(postgres_sink_test, does_not_trust_a_server_of_another_name_or_authority) {
    const auto trust = "ca_file = \"" + server_->ca_file() + "\"\n";
    const auto by_address = bench_.deliver_one(*make({.hosts = "127.0.0.1", .more = trust}), make_row(1));
    EXPECT_TRUE(by_address.starts_with("retry: ") && has(by_address, "does not match host name"))
        << by_address;
    const temp_dir folder;
    write_file(folder.file("other.pem"), authority("Another authority").pem());
    const auto other = "ca_file = \"" + folder.file("other.pem") + "\"\n";
    const auto by_other = bench_.deliver_one(*make({.hosts = "localhost", .more = other}), make_row(1));
    EXPECT_TRUE(by_other.starts_with("retry: ") && has(by_other, "certificate verify failed")) << by_other;
}

TEST_F(postgres_sink_test, tells_whether_the_other_side_is_there) {
    using grade = sink_finding::grade;
    EXPECT_EQ(bench_.inspect(*make({.table = "not_yet"})).text,
              "connected to 127.0.0.1, table \"not_yet\" will be created");
    const auto missing = bench_.inspect(*make({.table = "not_yet", .more = ""}));
    EXPECT_EQ(missing.how, grade::bad);
    EXPECT_TRUE(has(missing.text, "there is no table \"not_yet\"")) << missing.text;
    (void)server_->ask("CREATE TABLE somebody_elses (id uuid)");
    EXPECT_TRUE(has(bench_.inspect(*make({.table = "somebody_elses"})).text, "may not insert"));
    const auto target = make({.table = "there"});
    ASSERT_EQ(bench_.deliver_one(*target, make_row(1)), "delivered");
    EXPECT_EQ(bench_.inspect(*target).how, grade::good);
    EXPECT_EQ(bench_.inspect(*make({.hosts = "127.0.0.2"})).how, grade::bad);
}

}  // namespace
}  // namespace shopbell::test
