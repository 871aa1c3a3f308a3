#pragma once

#include "workshop.hpp"

#include "support/run.hpp"

#include <shopbell/admin/admin_handler.hpp>
#include <shopbell/admin/health.hpp>
#include <shopbell/cli/command_line.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace shopbell::test {

/// A configuration, the inbox that it names, and while `start`ed the part of a daemon that operators talk to.
/// Its sinks: "disk" (a file) gets everything, "crm" what is paid.
class operator_test : public ::testing::Test {
protected:
    operator_test() {
        configure("listen = \"unix:" + socket() + "\"");
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
        for (const auto* const name : {"disk", "crm"})
            (void)test::run(context_, inbox_->open_sink(name)).value();
    }

    [[nodiscard]] std::string socket() const { return folder_.file("admin.sock"); }
    [[nodiscard]] std::string config() const { return folder_.file("shopbell.toml"); }

    void configure(const std::string& admin) {
        write_file(config(), "[admin]\n" + admin + "\n[inbox]\npath = \"" + folder_.file("inbox.db") + R"("
[[endpoint]]
name = "shop"
path = "/hooks"
provider = "jumpseller"
hooks_token_file = "/nowhere/secret"
[[sink]]
name = "disk"
type = "file"
path = "/var/lib/shopbell/events.jsonl"
[[sink]]
name = "crm"
type = "forward"
url = "https://crm.example.com"
[[route]]
events = ["**"]
sinks = ["disk"]
[[route]]
events = ["*.order.paid"]
sinks = ["crm"]
)");
        config::problems found(config());
        settings_ = read_operator_settings(config(), found);
        ASSERT_FALSE(found.has_errors());
    }

    void start() {
        archive_ = open_sqlite_archive(describe_place(settings_.inbox)).value();
        checks_.emplace(*inbox_);
        operator_services services{*archive_,       std::make_shared<const routes>(settings_.routes),
                                   settings_.sinks, inbox_.get(),
                                   nullptr,         &refused_};
        services.checks = &*checks_;
        handler_.emplace(settings_.admin, std::make_shared<const operator_api>(services));
        http::server_settings server;
        server.listen = {*settings_.admin.listen};
        server.threads = 1;
        server_ = http::server::bind(server, *handler_, log::null()).value();
        server_->start();
    }
    void stop() { server_.reset(); }

    /// Stores an order's event and returns its id.
    std::string put(int number, std::string type = "jumpseller.order.paid",
                    const std::string& email = "jane@example.com") {
        arrival one;
        one.endpoint = "shop";
        one.provider = "jumpseller";
        one.type = std::move(type);
        one.subject = "order/" + std::to_string(number);
        one.store = "mystore";
        one.fields = {{"Content-Type", "application/json"}};
        one.body = R"({"order":{"id":)" + std::to_string(number) +
                   R"(,"total":369.20,"customer":{"email":")" + email + R"("}}})";
        one.identity = one.body + one.type;
        return test::run(context_, inbox_->put(std::move(one))).value().id;
    }

    static rejection_record refusal(std::string endpoint, std::string diagnosis) {
        rejection_record one;
        one.endpoint = std::move(endpoint);
        one.status = 401;
        one.reason = "the signature is wrong";
        one.found.text = std::move(diagnosis);
        one.first = now();
        one.last = one.first;
        one.client = "203.0.113.7";
        one.method = "POST";
        one.path = "/hooks";
        return one;
    }

    /// Everything so far is delivered to the sink, or dead where named.
    void settle(const std::string& sink, const std::vector<std::string>& dead = {}) {
        auto reader = open_sqlite_archive(describe_place(settings_.inbox)).value();
        settlement results;
        results.begins = true;
        results.sink = sink;
        results.position = test::run(context_, reader->newest()).value();
        for (const auto& id : dead) {
            dead_delivery letter;
            letter.number = test::run(context_, reader->find(id)).value()->number;
            letter.attempts = 1;
            letter.died_at = now();
            letter.last_error = "answered 410";
            results.dead.push_back(letter);
            history_entry entry;
            entry.number = letter.number;
            entry.what = history_entry::kind::dead;
            entry.at = now();
            entry.took = std::chrono::milliseconds(12);
            entry.error = "answered 410";
            entry.response = "gone\nfor good";
            results.history.push_back(entry);
        }
        ASSERT_TRUE(test::run(context_, inbox_->settle(std::move(results))));
    }

    /// `shopbell --config ... WORDS`
    printed run_shopbell(std::vector<std::string> words) {
        words.insert(words.begin(), {"shopbell", "--config", config()});
        std::vector<const char*> pointers;
        for (const auto& word : words)
            pointers.push_back(word.c_str());
        std::istringstream in;
        std::ostringstream out;
        std::ostringstream err;
        const int status =
            shopbell::run(static_cast<int>(pointers.size()), pointers.data(), {}, in, out, err);
        return {status, out.str(), err.str()};
    }

    temp_dir folder_;
    boost::asio::io_context context_{1};
    operator_settings settings_;
    std::unique_ptr<inbox> inbox_;
    std::unique_ptr<archive> archive_;
    rejection_log refused_;
    std::optional<health> checks_;
    std::optional<admin_handler> handler_;
    std::unique_ptr<http::server> server_;
};

/// The lines of a text, without their ends.
inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

}  // namespace shopbell::test
