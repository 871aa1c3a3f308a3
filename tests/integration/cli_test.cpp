#include "support/daemon.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace shopbell::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

finished run_plain(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), shopbell_binary());
    return run_command({.arguments = std::move(arguments)});
}

std::string url_of(const daemon& running, const std::string& provider) {
    return "http://127.0.0.1:" + std::to_string(running.port()) + "/hooks/" + provider;
}

TEST(check, finds_the_sample_configuration_of_the_repository_in_order) {
    const auto done =
        run_command({.arguments = {shopbell_binary(), "--config", "config/shopbell.toml", "check"},
                     .folder = source_folder()});
    EXPECT_EQ(done.status.code, 0) << done.errors;
    EXPECT_TRUE(done.output.starts_with("ok\n")) << done.output;
    for (const auto* const path : {"/hooks/jumpseller", "/hooks/ejunkie", "/hooks/usaepay"})
        EXPECT_NE(done.output.find(path), std::string::npos) << done.output;
}

TEST(a_bad_configuration, is_refused_with_every_place_before_anything_is_bound) {
    const shop place({.server = "thread = 2",
                      .inbox = "min_free = 5",
                      .sinks = "[[route]]\nevents = [\"**\"]\nsinks = [\"nowhere\"]\n"});
    for (const auto* const command : {"check", "serve", "send"}) {
        std::vector<std::string> arguments = {command};
        if (command == std::string("send"))
            arguments.insert(arguments.end(), {"jumpseller", "order_paid"});
        const auto refused = run_shopbell(place.config(), arguments);
        EXPECT_EQ(refused.status.code, 78) << command;
        const auto lines = lines_of(refused.errors);
        const re2::RE2 problem(R"(.*/shopbell\.toml:[0-9]+:[0-9]+: .+)");
        EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                                [&](const auto& line) {
                                    return re2::RE2::FullMatch(line, problem) &&
                                           line.find("warning") == line.npos;
                                }),
                  3)
            << command << ":\n"
            << refused.errors;
        EXPECT_NE(refused.errors.find("did you mean \"threads\""), std::string::npos) << refused.errors;
    }
    EXPECT_FALSE(std::filesystem::exists(place.inbox()));
}

TEST(a_configuration_that_is_not_there, is_named) {
    const auto refused = run_shopbell("/nowhere/shopbell.toml", {"serve"});
    EXPECT_EQ(refused.status.code, 78);
    EXPECT_NE(refused.errors.find("/nowhere/shopbell.toml"), std::string::npos) << refused.errors;
}

TEST(an_inbox_that_cannot_be_made, is_found_before_anything_is_bound) {
    const shop place({.inbox_path = "/dev/null/inbox.db"});
    for (const auto* const command : {"check", "serve"}) {
        const auto refused = run_shopbell(place.config(), {command});
        EXPECT_EQ(refused.status.code, 78) << command;
        EXPECT_NE(refused.errors.find("/dev/null/inbox.db"), std::string::npos) << refused.errors;
    }
}

TEST(a_port_in_use, ends_the_second_daemon_with_a_clear_word) {
    const shop place;
    const daemon first(place.config());
    const auto address = "127.0.0.1:" + std::to_string(first.port());
    const shop other({.listen = address});
    const auto second = run_shopbell(other.config(), {"serve"});
    EXPECT_EQ(second.status.code, 1);
    EXPECT_NE(second.errors.find(address), std::string::npos) << second.errors;
    EXPECT_EQ(first.send(usaepay_request("e1")).status, 200U);
}

TEST(wrong_usage, exits_2_and_says_what_there_is) {
    const std::vector<std::string> rows[] = {{},
                                             {"serv"},
                                             {"send"},
                                             {"send", "jumpseller"},
                                             {"check", "--jsn"},
                                             {"handshake"},
                                             {"sign", "--endpoint"}};
    for (const auto& arguments : rows) {
        const auto refused = run_plain(arguments);
        EXPECT_EQ(refused.status.code, 2) << testing::PrintToString(arguments);
        EXPECT_NE(refused.errors.find("--help"), std::string::npos) << refused.errors;
        EXPECT_TRUE(refused.output.empty()) << refused.output;
    }
}

TEST(help_and_version, go_to_the_standard_output) {
    const auto version = run_plain({"--version"});
    EXPECT_EQ(version.status.code, 0);
    EXPECT_TRUE(re2::RE2::FullMatch(version.output, "shopbell [0-9]+\\.[0-9]+\\.[0-9]+\n")) << version.output;
    const auto help = run_plain({"--help"});
    EXPECT_EQ(help.status.code, 0);
    for (const auto* const command : {"serve", "check", "doctor", "send", "sign", "handshake"}) {
        EXPECT_NE(help.output.find(command), std::string::npos);
        EXPECT_EQ(run_plain({command, "--help"}).status.code, 0) << command;
    }
}

class send_command : public testing::Test {
protected:
    finished send(const std::string& provider, const std::string& event,
                  std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {"send", provider, event, "--url", url_of(running, provider)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_shopbell(place.config(), std::move(arguments));
    }

    const shop place;
    const daemon running{place.config()};
};

TEST_F(send_command, delivers_a_genuine_sample_of_every_provider) {
    const std::pair<std::string, std::string> rows[] = {
        {"jumpseller", "order_paid"}, {"jumpseller", "jumpseller.product.stock_updated"},
        {"ejunkie", "completed"},     {"ejunkie", "order.pending"},
        {"usaepay", "ach.returned"},  {"usaepay", "usaepay.transaction.sale.success"}};
    for (const auto& [provider, event] : rows) {
        const auto done = send(provider, event);
        EXPECT_EQ(done.status.code, 0) << provider << ' ' << event << ": " << done.errors;
        ASSERT_TRUE(done.output.starts_with("200 accepted ")) << done.output;
        auto id = done.output.substr(13);
        id.pop_back();
        wait_for_text(place.events(), id);
        const auto another = send(provider, event);
        EXPECT_TRUE(another.output.starts_with("200 accepted ")) << another.output;
        EXPECT_EQ(another.output.find(id), another.output.npos) << "each is another delivery";
    }
}

TEST_F(send_command, repeats_a_delivery_when_asked_to) {
    const std::pair<std::string, std::string> rows[] = {{"jumpseller", "order_paid"},
                                                        {"jumpseller", "contact"},
                                                        {"jumpseller", "product_updated"},
                                                        {"ejunkie", "completed"},
                                                        {"usaepay", "ach.returned"}};
    for (const auto& [provider, event] : rows) {
        const auto first = send(provider, event, {"--repeat"});
        ASSERT_TRUE(first.output.starts_with("200 accepted ")) << first.output << first.errors;
        const auto id = first.output.substr(13);
        const auto again = send(provider, event, {"--repeat", "--count", "2"});
        EXPECT_EQ(again.output, "200 duplicate " + id + "200 duplicate " + id) << provider << ' ' << event;
    }
}

TEST_F(send_command, breaks_the_proof_when_asked_to) {
    for (const auto* const provider : {"jumpseller", "ejunkie", "usaepay"}) {
        const auto* const event = provider == std::string("jumpseller") ? "order_paid"
                                  : provider == std::string("ejunkie")  ? "completed"
                                                                        : "ach.settled";
        const auto done = send(provider, event, {"--tamper"});
        EXPECT_EQ(done.status.code, 1) << provider;
        EXPECT_TRUE((done.output + done.errors).starts_with("401 ")) << done.output << done.errors;
    }
}

TEST_F(send_command, sends_many_that_are_all_distinct) {
    for (const auto* const provider : {"jumpseller", "ejunkie", "usaepay"}) {
        const auto* const event = provider == std::string("jumpseller") ? "product_stock_updated"
                                  : provider == std::string("ejunkie")  ? "completed-product"
                                                                        : "settlement.batch.success";
        const auto done = send(provider, event, {"--count", "20", "--json"});
        EXPECT_EQ(done.status.code, 0) << provider << ": " << done.errors;
        std::set<std::string> ids;
        for (const auto& line : lines_of(done.output)) {
            const auto one = nlohmann::json::parse(line);
            EXPECT_EQ(one["status"], 200);
            EXPECT_EQ(one["outcome"], "accepted") << provider << ' ' << line;
            ids.insert(one["id"].get<std::string>());
        }
        EXPECT_EQ(ids.size(), 20U) << provider;
    }
}

TEST_F(send_command, says_when_nobody_listens) {
    const auto done = run_shopbell(place.config(),
                                   {"send", "jumpseller", "order_paid", "--url", "http://127.0.0.1:1/hooks"});
    EXPECT_EQ(done.status.code, 1);
    EXPECT_TRUE(done.output.empty()) << done.output;
    EXPECT_FALSE(done.errors.empty());
}

TEST_F(send_command, has_in_sign_a_way_to_make_requests_by_hand) {
    const store_request bodies[] = {jumpseller_request("order_paid", jumpseller_order(1), "to be replaced"),
                                    ejunkie_request("TXN1", ""), usaepay_request("e1", "to be replaced")};
    for (auto one : bodies) {
        const auto provider = one.path.substr(std::string("/hooks/").size());
        if (provider == "ejunkie")
            one.body = one.body.substr(0, one.body.find("&handshake="));
        const auto done = run_shopbell(place.config(), {"sign", provider, "--endpoint", provider}, one.body);
        EXPECT_EQ(done.status.code, 0) << done.errors;
        for (const auto& line : lines_of(done.output)) {
            const auto colon = line.find(": ");
            if (colon == line.npos)
                one.body += '&' + line;
            else
                one = one.without(line.substr(0, colon)).with(line.substr(0, colon), line.substr(colon + 2));
        }
        const auto answer = running.send(one);
        EXPECT_EQ(answer.status, 200U) << provider << ":\n" << done.output;
        EXPECT_EQ(answer.outcome, "accepted");
    }
}

TEST(handshake_command, computes_what_the_store_will_send) {
    const auto done =
        run_command({.arguments = {shopbell_binary(), "handshake", "--email", "user@example.com"},
                     .input = "ExamplePassword\n"});
    EXPECT_EQ(done.status.code, 0) << done.errors;
    EXPECT_EQ(done.output, std::string(handshake) + "\n");
    EXPECT_EQ(done.errors.find("ExamplePassword"), std::string::npos);
}

/// What bash offers for the last of these words, the program in front of them.
std::vector<std::string> bash_offers(std::vector<std::string> words) {
    command one;
    one.arguments = {"/bin/bash",
                     "--norc",
                     "-c",
                     "source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _shopbell; "
                     "printf '%s\\n' \"${COMPREPLY[@]}\"",
                     "bash",
                     source_folder() + "/completions/shopbell.bash",
                     shopbell_binary()};
    one.arguments.insert(one.arguments.end(), words.begin(), words.end());
    return lines_of(run_command(one).output);
}

TEST(bash, completes_the_names_of_the_configuration) {
    const shop place;
    const std::vector<std::string> endpoints = {"jumpseller", "ejunkie", "usaepay"};
    const std::vector<std::string> sinks = {"events-file", "log"};
    const auto& file = place.config();
    EXPECT_EQ(bash_offers({"--config", file, "events", "--endpoint", ""}), endpoints);
    EXPECT_EQ(bash_offers({"--config", "=", file, "events", "--endpoint", ""}), endpoints);
    EXPECT_EQ(bash_offers({"send", "--config", file, "--endpoint", "j"}), std::vector{endpoints[0]});
    EXPECT_EQ(bash_offers({"--config", file, "replay", "--sink", "="}), sinks);
    EXPECT_EQ(bash_offers({"--config", file, "replay", "--sink", "=", "ev"}), std::vector{sinks[0]});
    EXPECT_EQ(bash_offers({"--config", file, "dead", "retry", "--sink", ""}), sinks);
    EXPECT_EQ(bash_offers({"--config", file, "sinks", "pause", ""}), sinks);
    EXPECT_EQ(bash_offers({"--config", file, "sinks", "resume", "l"}), std::vector{sinks[1]});
    EXPECT_EQ(bash_offers({"--config", file, "doctor", "--endpoint", "u"}), std::vector{endpoints[2]});
    EXPECT_EQ(bash_offers({"--config", "/nowhere/x.toml", "events", "--endpoint", ""}),
              std::vector{std::string()});
}

/// A shop whose daemon belongs to root, and a person who does not.
class an_ordinary_user : public testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root can be somebody else";
        // A folder that everybody may enter, with a copy of the program: who knows where the build tree lies.
        std::filesystem::permissions(std::filesystem::path(place_.config()).parent_path(),
                                     std::filesystem::perms(0755));
        std::filesystem::copy_file(shopbell_binary(), place_.file("shopbell"));
        shop_settings wanted;
        wanted.operated = true;
        place_.write_config(wanted);
    }

    [[nodiscard]] std::string says(std::vector<std::string> arguments) const {
        command one;
        one.arguments = {"/usr/bin/setpriv",      "--reuid=65534", "--regid=65534", "--clear-groups",
                         place_.file("shopbell"), "--config",      place_.config()};
        one.arguments.insert(one.arguments.end(), arguments.begin(), arguments.end());
        const auto done = run_command(one);
        EXPECT_NE(done.status.code, 0) << arguments.front();
        return done.output + done.errors;
    }

    shop place_;
};

const std::vector<std::vector<std::string>> looking = {{"events"},       {"show", "01a2"}, {"rejections"},
                                                       {"dead", "list"}, {"dead", "show"}, {"sinks"}};
const std::vector<std::vector<std::string>> acting = {{"replay", "01a2"},
                                                      {"dead", "retry"},
                                                      {"sinks", "pause", "log"},
                                                      {"forget", "--subject", "order/1"},
                                                      {"tail"}};

TEST_F(an_ordinary_user, is_told_who_may_read_the_configuration) {
    std::filesystem::permissions(place_.config(), std::filesystem::perms(0600));
    auto commands = looking;
    commands.insert(commands.end(), acting.begin(), acting.end());
    commands.insert(
        commands.end(),
        {{"serve"}, {"check"}, {"doctor"}, {"send", "jumpseller", "order_paid"}, {"sign", "jumpseller"}});
    for (const auto& one : commands)
        EXPECT_NE(says(one).find("cannot be read: Permission denied; run this as root, or sudo -u shopbell"),
                  std::string::npos)
            << one.front();
    ASSERT_EQ(::chown(place_.config().c_str(), 1, 1), 0);  // the account "daemon" of every Debian
    for (const auto& one : commands)
        EXPECT_NE(says(one).find("run this as root, or sudo -u daemon shopbell"), std::string::npos)
            << one.front();
}

TEST_F(an_ordinary_user, is_told_who_may_ask_the_daemon) {
    const daemon running(place_.config());
    std::filesystem::permissions(place_.config(), std::filesystem::perms(0644));
    auto commands = looking;
    commands.insert(commands.end(), acting.begin(), acting.end());
    for (const auto& one : commands)
        EXPECT_NE(says(one).find("Permission denied; run this as root"), std::string::npos) << one.front();
    EXPECT_NE(
        says({"doctor"}).find("cannot be written to by this user; run this as root, or sudo -u shopbell"),
        std::string::npos);
}

TEST_F(an_ordinary_user, is_told_who_may_read_the_inbox_of_a_stopped_daemon) {
    { const daemon stopped(place_.config()); }
    std::filesystem::permissions(place_.config(), std::filesystem::perms(0644));
    for (const auto& one : looking)
        EXPECT_NE(says(one).find("; run this as root"), std::string::npos) << one.front() << says(one);
}

}  // namespace
}  // namespace shopbell::test
