#include "writer_fixture.hpp"

#include "support/process.hpp"
#include "support/reserved_port.hpp"
#include "support/temp_dir.hpp"

#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <set>

namespace shopbell::test {
namespace {

class postgres_writer_test : public put_rows_fixture, public writer_calls {
protected:
    using writer_calls::put;

    static postgres_settings settings() { return writer_calls::settings(*server_); }
    void open() { writer_calls::open(settings()); }
    void open(const postgres_settings& chosen) { writer_calls::open(chosen); }
    void TearDown() override { close(); }
};

TEST_F(postgres_writer_test, stores_and_recognises) {
    open();
    const auto first = put(make("one")).value();
    EXPECT_FALSE(first.duplicate);
    const auto again = put(make("one")).value();
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, first.id);
    EXPECT_FALSE(writer_->trouble());
    ASSERT_EQ(after(0).size(), 1U);
    EXPECT_EQ(after(0)[0].id, first.id);
}

TEST_F(postgres_writer_test, stores_what_belongs_together_under_one_answer) {
    open();
    const auto first = put(make("b")).value();
    std::vector<arrival> all;
    for (const auto* name : {"a", "b", "c"})
        all.push_back(make(name));
    const auto stored = run(context_, writer_->put_all(std::move(all))).value();
    ASSERT_EQ(stored.size(), 3U);
    EXPECT_FALSE(stored[0].duplicate);
    EXPECT_EQ(stored[1].id, first.id);
    EXPECT_FALSE(stored[2].duplicate);
    EXPECT_EQ(after(0).size(), 3U);
}

TEST_F(postgres_writer_test, stores_one_of_many_that_come_at_once) {
    open();
    std::vector<put_answer> answers(30);
    for (auto& answer : answers)
        begin(make("one"), answer);
    finish();
    std::set<std::string> ids;
    int fresh = 0;
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer && answer->has_value());
        ids.insert((*answer)->id);
        fresh += (*answer)->duplicate ? 0 : 1;
    }
    EXPECT_EQ(fresh, 1);
    EXPECT_EQ(ids.size(), 1U);
}

TEST_F(postgres_writer_test, keeps_the_order_of_what_comes_and_of_one_resource) {
    open();
    std::vector<put_answer> answers(600);
    for (std::size_t i = 0; i < answers.size(); ++i)
        begin(i % 100 == 99 ? make_update("product/1", std::to_string(i)) : make(std::to_string(i)),
              answers[i]);
    finish();
    std::vector<std::string> told;
    for (const auto& answer : answers)
        told.push_back(answer->value().id);
    EXPECT_TRUE(std::ranges::is_sorted(told));
    std::vector<std::string> states, stored;
    for (const auto& event : after(0)) {
        stored.push_back(event.id);
        if (event.subject == "product/1")
            states.push_back(event.body);
    }
    EXPECT_EQ(std::set<std::string>(stored.begin(), stored.end()).size(), answers.size());
    EXPECT_EQ(states, (std::vector<std::string>{"99", "199", "299", "399", "499", "599"}));
}

TEST_F(postgres_writer_test, refuses_with_busy_when_the_queue_is_full) {
    auto tight = settings();
    tight.queue_bytes = 10;
    open(tight);
    const auto refused = put(make("one", "eleven bytes"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::busy);
    EXPECT_TRUE(put(make("two", "{}")));
    EXPECT_TRUE(put(make("three", "123456789")));
}

TEST_F(postgres_writer_test, wakes_its_listener_only_for_new_events) {
    open();
    std::atomic<int> woken = 0;
    auto listening = writer_->on_arrival([&] { ++woken; });
    ASSERT_TRUE(put(make("one")));
    ASSERT_TRUE(put(make("one")));  // a repeat
    ASSERT_TRUE(put(make("two")));
    EXPECT_TRUE(eventually([&] { return woken >= 2; }));
    ASSERT_TRUE(put(make("two")));
    listening = {};
    EXPECT_EQ(woken, 2);
}

TEST_F(postgres_writer_test, says_so_where_every_row_is_refused) {
    open();
    ASSERT_TRUE(put(make("one")));
    (void)server_->ask(
        "CREATE OR REPLACE FUNCTION public.refuse_all() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'no room for this row'; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON shopbell.events FOR EACH ROW EXECUTE FUNCTION "
        "public.refuse_all()");
    const auto refused = put(make("two"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::io);
    ASSERT_TRUE(eventually([&] { return writer_->trouble().has_value(); }));
    EXPECT_NE(writer_->trouble()->find("no room for this row"), std::string::npos);
    (void)server_->ask("DROP TRIGGER refuse ON shopbell.events");
    EXPECT_TRUE(put(make("two")));
    EXPECT_TRUE(eventually([&] { return !writer_->trouble(); }));
}

/// As a full disk answers.
TEST_F(postgres_writer_test, goes_on_once_the_server_has_room_again) {
    (void)server_->ask(
        "CREATE OR REPLACE FUNCTION public.be_full() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$;"
        " CREATE TRIGGER full_disk BEFORE INSERT ON shopbell.events FOR EACH ROW EXECUTE FUNCTION "
        "public.be_full()");
    auto chosen = settings();
    chosen.patience = 300ms;
    open(chosen);
    const auto refused = put(make("one"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_NE(refused.error().reason.find("could not extend file"), std::string::npos);
    EXPECT_TRUE(writer_->trouble());
    (void)server_->ask("DROP TRIGGER full_disk ON shopbell.events");
    // Nobody repeats it, and it is stored all the same.
    EXPECT_TRUE(eventually([&] { return after(0).size() == 1; }));
    EXPECT_TRUE(put(make("one")).value().duplicate);
    EXPECT_TRUE(eventually([&] { return !writer_->trouble(); }));
}

TEST_F(postgres_writer_test, waits_out_whoever_has_the_turn_and_answers_pings) {
    open();
    ASSERT_TRUE(put(make("one")));
    auto other = connect();
    ASSERT_TRUE(other.execute("BEGIN; SELECT name FROM turn WHERE name = 'put' FOR UPDATE", soon()));
    put_answer answer;
    begin(make("two"), answer);
    wait_for_waiting("1");
    const auto answered = std::make_shared<std::atomic<bool>>(false);
    EXPECT_TRUE(eventually([&] {
        writer_->ping([answered] { *answered = true; });
        return answered->load();
    }));
    go_on();
    EXPECT_FALSE(answer);
    ASSERT_TRUE(other.execute("ROLLBACK", soon()));
    finish();
    ASSERT_TRUE(answer && answer->has_value());
    EXPECT_FALSE((*answer)->duplicate);
}

TEST_F(postgres_writer_test, stores_what_is_queued_before_it_closes) {
    open();
    std::vector<put_answer> answers(50);
    for (std::size_t i = 0; i < answers.size(); ++i)
        begin(make(std::to_string(i)), answers[i]);
    close();
    finish();
    EXPECT_TRUE(
        std::ranges::all_of(answers, [](const auto& answer) { return answer && answer->has_value(); }));
    EXPECT_EQ(after(0).size(), answers.size());
}

TEST_F(postgres_writer_test, sells_codes_in_the_order_of_sales) {
    open();
    ASSERT_TRUE(pg::apply(*database_, code_addition{"shop", "100200", {"A", "B"}}, 20s));
    std::vector<put_answer> answers(3);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        auto sale = make("sale " + std::to_string(i));
        sale.codes.emplace();
        sale.codes->transaction = std::to_string(i);
        sale.codes->product = "100200";
        sale.codes->type_without = "ejunkie.code_missing";
        begin(std::move(sale), answers[i]);
    }
    finish();
    EXPECT_EQ(answers[0]->value().codes->codes, std::vector<std::string>{"A"});
    EXPECT_EQ(answers[1]->value().codes->codes, std::vector<std::string>{"B"});
    EXPECT_TRUE(answers[2]->value().codes->codes.empty());
    EXPECT_EQ(after(0).back().type, "ejunkie.code_missing");
}

TEST_F(postgres_writer_test, demands_a_standby_where_it_is_told_to) {
    auto chosen = settings();
    chosen.standby = standby_demand::required;
    chosen.patience = 200ms;
    open(chosen);
    const auto refused = put(make("one"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_NE(refused.error().reason.find("synchronous_standby_names"), std::string::npos);
    ASSERT_TRUE(writer_->trouble());
    EXPECT_TRUE(after(0).empty());
}

using host_rotation_test = postgres_writer_test;

TEST_F(host_rotation_test, passes_over_who_is_not_there_or_says_nothing) {
    // Its connections are made by the kernel, and nobody says a word.
    const file_descriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 2);
    place.sin_port = htons(server_->port());
    ASSERT_EQ(::bind(silent.get(), reinterpret_cast<const ::sockaddr*>(&place), sizeof place), 0);
    ASSERT_EQ(::listen(silent.get(), 8), 0);
    auto chosen = settings();
    chosen.hosts = {"127.0.0.2", "127.0.0.3", "nobody.invalid", "localhost"};
    int calls = 0;
    pg::host_rotation hosts(chosen, std::make_shared<pg::known_inbox>(), [&calls] {
        ++calls;
        return std::chrono::steady_clock::now() + 100ms;
    });
    const auto opened = hosts.open();
    ASSERT_TRUE(opened) << opened.error().reason;
    EXPECT_EQ(opened->host(), "localhost");
    EXPECT_GT(calls, 5);
    // And begins with the good one from then on.
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(hosts.open());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    const auto others = hosts.open("localhost");
    ASSERT_FALSE(others);
    for (const auto* host : {"127.0.0.2", "127.0.0.3", "nobody.invalid"})
        EXPECT_NE(others.error().reason.find(host), std::string::npos) << others.error().reason;
}

TEST_F(host_rotation_test, keeps_to_the_inbox_that_it_began_with) {
    const auto known = std::make_shared<pg::known_inbox>();
    pg::host_rotation hosts(settings(), known);
    ASSERT_TRUE(hosts.open());
    (void)server_->ask("UPDATE shopbell.meta SET value = 'another' WHERE key = 'inbox'");
    const auto refused = hosts.open();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().reason.find("another inbox"), std::string::npos);
    pg::host_rotation anew(settings(), std::make_shared<pg::known_inbox>());
    EXPECT_TRUE(anew.open());
}

TEST_F(host_rotation_test, asks_who_was_put_last_behind_the_others) {
    auto chosen = settings();
    chosen.hosts = {"127.0.0.1", "localhost"};
    pg::host_rotation hosts(chosen, std::make_shared<pg::known_inbox>());
    EXPECT_EQ(hosts.open()->host(), "127.0.0.1");
    hosts.put_last("127.0.0.1");
    EXPECT_EQ(hosts.open()->host(), "localhost");
    EXPECT_EQ(hosts.open()->host(), "localhost");
    EXPECT_EQ(hosts.open("localhost")->host(), "127.0.0.1");
}

/// It would hand the writer's statements to one server connection after the other.
TEST_F(host_rotation_test, refuses_a_pooler_that_answers_for_the_server) {
    const std::string program = "/usr/sbin/pgbouncer";
    if (::access(program.c_str(), X_OK) != 0)
        GTEST_SKIP() << "pgbouncer is not installed";
    const temp_dir folder;
    const reserved_port port;
    const auto file = folder.file("pgbouncer.ini");
    write_file(file,
               "[databases]\n"
               "shop = host=127.0.0.1 port=" +
                   std::to_string(server_->port()) +
                   " user=shop\n"
                   "[pgbouncer]\n"
                   "listen_addr = 127.0.0.1\n"
                   "listen_port = " +
                   std::to_string(port.number()) +
                   "\n"
                   "auth_type = any\n"
                   "unix_socket_dir =\n");
    command how;
    how.arguments = {program, file};
    if (::geteuid() == 0) {
        const auto* const user = ::getpwnam("postgres");
        ASSERT_EQ(::chown(folder.path().c_str(), user->pw_uid, user->pw_gid), 0);
        ASSERT_EQ(::chown(file.c_str(), user->pw_uid, user->pw_gid), 0);
        how.arguments.insert(how.arguments.begin(),
                             {"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                              "--pdeathsig=KILL"});
    }
    const process pooler(how);
    ASSERT_TRUE(pooler.errors().wait_for([](std::string_view line) {
        return line.find("process up") != line.npos;
    })) << pooler.errors().text();
    auto chosen = settings();
    chosen.port = port.number();
    pg::host_rotation hosts(chosen, std::make_shared<pg::known_inbox>());
    const auto refused = hosts.open();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().reason.find("a pooler answers for it"), std::string::npos)
        << refused.error().reason;
}

}  // namespace
}  // namespace shopbell::test
