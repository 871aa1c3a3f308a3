#include "operator_fixture.hpp"

#include "support/eventually.hpp"

#include <shopbell/cli/sinks.hpp>
#include <shopbell/cli/tail.hpp>

#include <nlohmann/json.hpp>
#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <regex>
#include <streambuf>
#include <thread>

namespace shopbell::test {
namespace {

using nlohmann::json;

class a_running_daemon : public operator_test {
protected:
    a_running_daemon() { start(); }
};

TEST_F(a_running_daemon, lists_its_events_in_columns_or_as_json_lines) {
    const auto first = put(1);
    const auto second = put(2, "jumpseller.order.updated");
    const auto people = run_shopbell({"events"});
    EXPECT_EQ(people.status, exit_done);
    EXPECT_EQ(people.err, "");
    const auto lines = lines_of(people.out);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(std::regex_match(lines[0], std::regex("TIME +ID +TYPE +ENDPOINT +SUBJECT +STATE")));
    EXPECT_TRUE(
        std::regex_match(lines[1], std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ  " + second +
                                              "  jumpseller.order.updated  shop +order/2 +pending")))
        << lines[1];
    const auto programs = lines_of(run_shopbell({"events", "--json"}).out);
    ASSERT_EQ(programs.size(), 2U);
    EXPECT_EQ(json::parse(programs[1]).at("id"), first);
}

TEST_F(a_running_daemon, filters_and_limits_its_events) {
    for (int i = 0; i < 5; ++i)
        put(i, i == 0 ? "jumpseller.order.updated" : "jumpseller.order.paid");
    EXPECT_EQ(lines_of(run_shopbell({"events", "--json", "--limit", "3"}).out).size(), 3U);
    EXPECT_EQ(
        lines_of(run_shopbell({"events", "--json", "--type", "*.order.paid", "--since", "1h"}).out).size(),
        4U);
    EXPECT_EQ(
        lines_of(run_shopbell({"events", "--json", "--subject", "order/3", "--endpoint", "shop"}).out).size(),
        1U);
    const auto none = run_shopbell({"events", "--until", "2020-01-01"});
    EXPECT_EQ(none.status, exit_done);
    EXPECT_EQ(none.out, "");
    EXPECT_EQ(none.err, "no events\n");
}

TEST_F(a_running_daemon, lists_more_than_one_answer_holds) {
    for (int i = 0; i < 1100; ++i)
        put(i);
    EXPECT_EQ(lines_of(run_shopbell({"events", "--json", "--limit", "1050"}).out).size(), 1050U);
    EXPECT_EQ(lines_of(run_shopbell({"events", "--json"}).out).size(), 50U);
}

TEST_F(a_running_daemon, shows_one_event) {
    const auto id = put(1026);
    settle("disk");
    settle("crm", {id});
    const auto shown = run_shopbell({"show", id});
    EXPECT_EQ(shown.status, exit_done) << shown.err;
    EXPECT_TRUE(shown.out.starts_with("id        " + id + "\ntype      jumpseller.order.paid\ntime      "));
    for (const auto* const part :
         {"\nendpoint  shop\n", "\nprovider  jumpseller\n", "\nstore     mystore\n",
          "\nsubject   order/1026\n", "\nstate     dead\n", "\nHeaders\n  Content-Type: application/json\n",
          "\nDeliveries\n  crm: dead, 1 attempt\n", "  dead        12 ms  answered 410\n",
          "\n      gone\n      for good\n", "\n  disk: delivered, 1 attempt\n", "\nData\n{\n",
          "\"total\": 369.20"})
        EXPECT_NE(shown.out.find(part), std::string::npos) << part << shown.out;
    EXPECT_EQ(json::parse(run_shopbell({"show", id, "--json"}).out).at("id"), id);
    EXPECT_EQ(run_shopbell({"show", id, "--original"}).out,
              R"({"order":{"id":1026,"total":369.20,"customer":{"email":"jane@example.com"}}})");
    const auto unknown = run_shopbell({"show", "0193-x"});
    EXPECT_EQ(unknown.status, exit_failed);
    EXPECT_EQ(unknown.err, "shopbell show: no event with the id 0193-x\n");
    EXPECT_EQ(run_shopbell({"show", "0193-x", "--original"}).err, unknown.err);
}

TEST_F(a_running_daemon, knows_events_by_the_end_of_their_ids) {
    const auto first = put(1);
    const auto second = put(2);
    settle("disk");
    settle("crm", {first, second});
    EXPECT_TRUE(run_shopbell({"show", first.substr(24)}).out.starts_with("id        " + first + "\n"));
    EXPECT_EQ(run_shopbell({"replay", first.substr(24), second.substr(24)}).out,
              "replayed 2 events: 4 deliveries\n");
    settle("disk");
    settle("crm", {first, second});
    const auto common = first.substr(0, 6);
    const auto list = first + ", " + second + "; give more of the one that you mean\n";
    const auto newest_first = second + ", " + first + "; give more of the one that you mean\n";
    EXPECT_EQ(run_shopbell({"show", common}).err,
              "shopbell show: the id " + common + " is ambiguous: " + newest_first);
    EXPECT_EQ(run_shopbell({"replay", common}).status, exit_failed);
    EXPECT_EQ(run_shopbell({"dead", "show", common}).err,
              "shopbell dead show: the id " + common + " is ambiguous: " + list);
    EXPECT_EQ(run_shopbell({"dead", "drop", common}).err,
              "shopbell dead drop: the id " + common + " is ambiguous: " + list);
    EXPECT_EQ(lines_of(run_shopbell({"dead", "list", "--json", common}).out).size(), 2U);
    EXPECT_EQ(run_shopbell({"dead", "drop", first.substr(24)}).out, "dropped 1 dead letter\n");
    EXPECT_EQ(run_shopbell({"dead", "retry", second.substr(24)}).out, "retrying 1 dead letter\n");
}

TEST_F(a_running_daemon, names_what_a_shell_completes) {
    EXPECT_EQ(run_shopbell({"names", "endpoints"}).out, "shop\n");
    EXPECT_EQ(run_shopbell({"names", "sinks"}).out, "disk\ncrm\n");
    EXPECT_EQ(run_shopbell({"names", "forgettable-sinks"}).out, "");
    (void)test::run(context_, inbox_->open_sink("gone")).value();
    EXPECT_EQ(run_shopbell({"names", "forgettable-sinks"}).out, "gone\n");
    test::write_file(config(), "[[sink]\n");
    for (const auto* const kind : {"endpoints", "sinks", "forgettable-sinks", "nonsense"}) {
        const auto nothing = run_shopbell({"names", kind});
        EXPECT_EQ(nothing.out + nothing.err, "") << kind;
    }
}

TEST_F(a_running_daemon, replays) {
    const auto paid = put(1);
    const auto updated = put(2, "jumpseller.order.updated");
    settle("disk");
    settle("crm");
    EXPECT_EQ(run_shopbell({"replay", paid, updated}).out, "replayed 2 events: 3 deliveries\n");
    EXPECT_EQ(run_shopbell({"replay", updated, "--sink", "crm"}).out, "replayed 1 event: 1 delivery\n");
    const auto all = run_shopbell({"replay", "--type", "**", "--json"});
    EXPECT_EQ(json::parse(all.out), (json{{"events", 2}, {"deliveries", 3}}));
    const auto unknown = run_shopbell({"replay", paid, "0193-x"});
    EXPECT_EQ(unknown.status, exit_failed);
    EXPECT_EQ(unknown.out, "replayed 1 event: 2 deliveries\n");
    EXPECT_EQ(unknown.err, "shopbell replay: no event with the id 0193-x\n");
    EXPECT_EQ(run_shopbell({"replay", paid, "--sink", "crn"}).err,
              "shopbell replay: no sink is named \"crn\" (did you mean \"crm\"?)\n");
}

TEST_F(a_running_daemon, tells_of_dead_letters_and_decides_on_them) {
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i)
        ids.push_back(put(i));
    settle("disk", {ids[0]});
    settle("crm", ids);
    const auto list = lines_of(run_shopbell({"dead", "list"}).out);
    ASSERT_EQ(list.size(), 6U);
    EXPECT_TRUE(list[0].starts_with("DIED"));
    EXPECT_TRUE(list[1].ends_with("1         answered 410")) << list[1];
    EXPECT_EQ(lines_of(run_shopbell({"dead", "list", "--json", ids[0]}).out).size(), 2U);
    EXPECT_EQ(lines_of(run_shopbell({"dead", "list", "--json", "--sink", "disk"}).out).size(), 1U);

    const auto shown = run_shopbell({"dead", "show", "--sink", "crm", ids[1]}).out;
    EXPECT_TRUE(shown.starts_with("id        " + ids[1])) << shown;
    EXPECT_NE(shown.find("\nDelivery\n  crm: dead, 1 attempt\n"), std::string::npos);
    EXPECT_EQ(lines_of(run_shopbell({"dead", "show", "--json"}).out).size(), 5U);

    EXPECT_EQ(run_shopbell({"dead", "retry", "--sink", "crm", ids[1]}).out, "retrying 1 dead letter\n");
    const auto gone = run_shopbell({"dead", "retry", "--sink", "crm", ids[1]});
    EXPECT_EQ(gone.status, exit_failed);
    EXPECT_EQ(gone.err, "shopbell dead retry: sink \"crm\" has no dead letter of the event " + ids[1] + "\n");
    EXPECT_EQ(run_shopbell({"dead", "drop", ids[0]}).out, "dropped 2 dead letters\n");
    EXPECT_EQ(run_shopbell({"dead", "drop", ids[0]}).err,
              "shopbell dead drop: no sink has a dead letter of the event " + ids[0] + "\n");
    EXPECT_EQ(json::parse(run_shopbell({"dead", "retry", "--json"}).out), (json{{"count", 2}}));
    EXPECT_EQ(run_shopbell({"dead", "list"}).err, "no dead letters\n");
    EXPECT_EQ(run_shopbell({"dead", "retry"}).out, "retrying 0 dead letters\n");
}

TEST_F(a_running_daemon, tells_of_sinks_and_decides_on_them) {
    put(1);
    const auto list = lines_of(run_shopbell({"sinks"}).out);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_TRUE(std::regex_search(list[1], std::regex("^disk +file +\\w+ +1 \\(\\d+s\\)"))) << list[1];
    EXPECT_EQ(run_shopbell({"sinks", "pause", "crm"}).out, "paused crm\n");
    const auto programs = lines_of(run_shopbell({"sinks", "--json"}).out);
    ASSERT_EQ(programs.size(), 2U);
    EXPECT_EQ(json::parse(programs[1]).at("state"), "paused");
    EXPECT_EQ(json::parse(run_shopbell({"sinks", "resume", "crm", "--json"}).out),
              json::parse(R"({"name":"crm","paused":false})"));
    const auto configured = run_shopbell({"sinks", "forget", "crm"});
    EXPECT_EQ(configured.status, exit_failed);
    EXPECT_EQ(configured.err,
              "shopbell sinks forget: sink \"crm\" is configured: remove it from the configuration first\n");
}

TEST_F(a_running_daemon, is_shown_in_a_browser_as_its_sinks_tell_a_person) {
    const auto list = [&](bool terminal, bool json) {
        std::ostringstream out, err;
        EXPECT_EQ(sinks(config(), {}, command_output{out, err, json, terminal}), exit_done) << err.str();
        return out.str();
    };
    EXPECT_NE(list(true, false).find("ssh -L 9180:" + socket()), std::string::npos);
    EXPECT_EQ(list(false, false).find("browser"), std::string::npos);
    EXPECT_EQ(list(true, true).find("browser"), std::string::npos);
    stop();
    EXPECT_EQ(list(true, false).find("browser"), std::string::npos);
}

TEST_F(a_running_daemon, forgets_a_person) {
    put(1);
    put(2, "jumpseller.order.paid", "mary-jane@example.com");
    EXPECT_EQ(run_shopbell({"forget", "--email", "jane@example.com"}).out,
              "erased 1 event\n"
              "clean yourself: sink disk (file) /var/lib/shopbell/events.jsonl\n"
              "may have copies: sink crm (forward)\n");
    const auto programs = json::parse(run_shopbell({"forget", "--subject", "order/2", "--json"}).out);
    EXPECT_EQ(programs.at("erased"), 1);
    EXPECT_EQ(programs.at("/clean_yourself/0/sink"_json_pointer), "disk");
    EXPECT_EQ(run_shopbell({"forget", "--email", "jane"}).status, exit_usage);
}

/// What another thread prints, to be read meanwhile; takes no more once it is `closed`.
class watched_output final : public std::streambuf {
public:
    [[nodiscard]] std::string text() const {
        const std::lock_guard guard(mutex_);
        return text_;
    }
    void close() {
        const std::lock_guard guard(mutex_);
        closed_ = true;
    }

protected:
    std::streamsize xsputn(const char* bytes, std::streamsize size) override {
        const std::lock_guard guard(mutex_);
        if (closed_)
            return 0;
        text_.append(bytes, static_cast<std::size_t>(size));
        return size;
    }
    int_type overflow(int_type one) override {
        const auto byte = traits_type::to_char_type(one);
        return xsputn(&byte, 1) == 1 ? one : traits_type::eof();
    }

private:
    mutable std::mutex mutex_;
    std::string text_;
    bool closed_ = false;
};

class following : public a_running_daemon {
protected:
    /// Runs `tail` on a thread of its own and returns once it has told of an event.
    void begin(bool as_json) {
        thread_ = std::thread([this, as_json] {
            status_ = tail(config(), "*.order.paid", {out_, err_, as_json});
        });
        ASSERT_TRUE(eventually([this] {
            put(++stored_);
            return !watched_.text().empty();
        }));
    }
    [[nodiscard]] int end() {
        thread_.join();
        return status_;
    }

    watched_output watched_;
    std::ostream out_{&watched_};
    std::ostringstream err_;
    std::thread thread_;
    int status_ = -1;
    int stored_ = 0;
};

TEST_F(following, tells_of_each_event_until_a_signal_comes) {
    begin(true);
    const auto id = put(1'000'000);
    put(1'000'001, "jumpseller.order.updated");
    EXPECT_TRUE(eventually([&] { return watched_.text().find(id) != std::string::npos; }));
    ::kill(::getpid(), SIGINT);
    EXPECT_EQ(end(), exit_done) << err_.str();
    for (const auto& line : lines_of(watched_.text()))
        EXPECT_EQ(json::parse(line).at("type"), "jumpseller.order.paid");
}

TEST_F(following, ends_when_nobody_reads_on) {
    begin(false);
    EXPECT_TRUE(std::regex_search(
        watched_.text(),
        std::regex(
            "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ  \\S+  jumpseller.order.paid  shop  order/\\d+\n")))
        << watched_.text();
    watched_.close();
    put(1'000'000);
    EXPECT_EQ(end(), exit_done) << err_.str();
}

TEST_F(following, ends_with_the_daemon) {
    begin(true);
    stop();
    (void)end();
}

TEST(server_sent_events, are_taken_apart_wherever_they_are_cut) {
    const std::string text = ":\n\nid: 1\nevent: a\ndata: {\"x\":1}\n\n:\n\ndata: {\"x\":2}\n\ndata: half";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        event_data_reader reader;
        auto all = reader.take(text.substr(0, cut));
        for (auto& one : reader.take(text.substr(cut)))
            all.push_back(std::move(one));
        EXPECT_EQ(all, (std::vector<std::string>{R"({"x":1})", R"({"x":2})"})) << cut;
    }
}

TEST_F(a_running_daemon, tells_what_it_refused_and_what_to_change) {
    EXPECT_EQ(run_shopbell({"rejections"}).err, "no rejections\n");
    (void)refused_.add(refusal("shop", "Change the secret."));
    (void)refused_.add(refusal("shop", "Change the secret."));
    (void)refused_.add(refusal("", "Change the path."));
    const auto shown = run_shopbell({"rejections"});
    EXPECT_EQ(shown.status, exit_done) << shown.err;
    EXPECT_EQ(std::regex_replace(shown.out, std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"), "TIME"),
              "TIME  (no endpoint)  401  POST /hooks from 203.0.113.7\n"
              "  reason     the signature is wrong\n"
              "  diagnosis  Change the path.\n\n"
              "TIME  shop  401  POST /hooks from 203.0.113.7, 2 times since TIME\n"
              "  reason     the signature is wrong\n"
              "  diagnosis  Change the secret.\n");
    const auto programs = lines_of(run_shopbell({"rejections", "--json", "--limit", "1"}).out);
    ASSERT_EQ(programs.size(), 1U);
    EXPECT_EQ(json::parse(programs[0]).at("diagnosis"), "Change the path.");
    EXPECT_EQ(run_shopbell({"rejections", "--limit", "0"}).status, exit_usage);
}

class a_stopped_daemon : public operator_test {};

TEST_F(a_stopped_daemon, tells_what_it_refused) {
    (void)refused_.add(refusal("shop", "Change the secret."));
    ASSERT_TRUE(save_rejections(rejections_path(folder_.file("inbox.db")), refused_));
    EXPECT_NE(run_shopbell({"rejections"}).out.find("Change the secret."), std::string::npos);
    write_file(rejections_path(folder_.file("inbox.db")), "damaged");
    const auto refused = run_shopbell({"rejections"});
    EXPECT_EQ(refused.status, exit_failed);
    EXPECT_NE(refused.err.find("cannot be read"), std::string::npos) << refused.err;
    EXPECT_EQ(run_shopbell({"events"}).status, exit_done) << "that is another matter";
}

TEST_F(a_stopped_daemon, is_read_from_its_inbox) {
    const auto id = put(1);
    settle("disk");
    settle("crm", {id});
    const auto list = run_shopbell({"events", "--json"});
    EXPECT_EQ(list.status, exit_done);
    EXPECT_EQ(lines_of(list.out).size(), 1U);
    EXPECT_EQ(list.err, "shopbell events: the daemon is not running: reading the inbox " +
                            folder_.file("inbox.db") + "\n");
    EXPECT_NE(run_shopbell({"show", id}).out.find("  crm: dead, 1 attempt\n"), std::string::npos);
    EXPECT_EQ(run_shopbell({"show", id, "--original"}).out.substr(0, 9), R"({"order":)");
    EXPECT_EQ(lines_of(run_shopbell({"dead", "list", "--json"}).out).size(), 1U);
    EXPECT_EQ(json::parse(lines_of(run_shopbell({"sinks", "--json"}).out)[0]).at("state"), "stopped");
    EXPECT_EQ(run_shopbell({"show", "0193-x"}).status, exit_failed);
    EXPECT_EQ(run_shopbell({"tail"}).status, exit_failed);
}

TEST_F(a_stopped_daemon, changes_nothing) {
    const std::vector<std::vector<std::string>> all = {{"replay", "x"},
                                                       {"dead", "retry"},
                                                       {"dead", "drop", "x"},
                                                       {"sinks", "pause", "crm"},
                                                       {"forget", "--email", "a@example.com"}};
    for (const auto& words : all) {
        const auto refused = run_shopbell(words);
        EXPECT_EQ(refused.status, exit_failed);
        EXPECT_NE(refused.err.find(": the daemon is not running (unix:" + socket() +
                                   "): start it, then try again\n"),
                  std::string::npos)
            << refused.err;
    }
    configure("listen = \"\"");
    EXPECT_EQ(
        run_shopbell({"replay", "x"}).err,
        "shopbell replay: the admin interface is off ([admin] listen = \"\"): give it an address, restart "
        "the daemon, then try again\n");
}

TEST_F(a_stopped_daemon, without_an_inbox_is_a_failure) {
    inbox_.reset();
    std::filesystem::remove(folder_.file("inbox.db"));
    const auto refused = run_shopbell({"events"});
    EXPECT_EQ(refused.status, exit_failed);
    EXPECT_NE(refused.err.find(folder_.file("inbox.db")), std::string::npos) << refused.err;
}

class an_operator : public operator_test {};

TEST_F(an_operator, shows_the_token_over_tcp) {
    put(1);
    configure("listen = \"127.0.0.1:0\"\ntoken = [\"test-token\", \"old-token\"]");
    start();
    const auto at = server_->addresses().front().to_string();
    configure("listen = \"" + at + "\"\ntoken = \"old-token\"");
    EXPECT_EQ(lines_of(run_shopbell({"events", "--json"}).out).size(), 1U);
    configure("listen = \"" + at + "\"");
    const auto refused = run_shopbell({"events"});
    EXPECT_EQ(refused.status, exit_failed);
    EXPECT_NE(refused.err.find("unauthorized: send the token of [admin]"), std::string::npos) << refused.err;
}

TEST_F(an_operator, needs_a_readable_configuration) {
    write_file(config(), "[admin\n");
    EXPECT_EQ(run_shopbell({"events"}).status, exit_configuration);
    EXPECT_EQ(run_shopbell({"forget", "--email", "a@example.com"}).status, exit_configuration);
}

}  // namespace
}  // namespace shopbell::test
