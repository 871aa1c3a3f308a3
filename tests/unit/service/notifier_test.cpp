#include <shopbell/service/notifier.hpp>

#include "environment.hpp"
#include "support/eventually.hpp"
#include "support/notify_socket.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace shopbell {
namespace {

using test::notify_socket;

class a_notifier : public testing::Test {
protected:
    notify_socket manager_;
    environment_variable socket_{"NOTIFY_SOCKET", manager_.address()};
    notifier notifier_{log::null()};

    /// What the manager heard once it has that line.
    [[nodiscard]] std::string heard(std::string_view line) const {
        const auto number = manager_.wait_for(line);
        return manager_.messages().at(number);
    }
};

TEST_F(a_notifier, says_that_the_service_is_ready_with_its_status) {
    notifier_.ready("serving 3 endpoints");
    EXPECT_EQ(heard("READY=1"), "READY=1\nSTATUS=serving 3 endpoints");
}

TEST_F(a_notifier, says_when_a_reload_began) {
    notifier_.reloading();
    const auto message = heard("RELOADING=1");
    const std::string before = "RELOADING=1\nMONOTONIC_USEC=";
    ASSERT_EQ(message.substr(0, before.size()), before);
    ::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto at = std::strtoll(message.c_str() + before.size(), nullptr, 10);
    EXPECT_LE(at, (now.tv_sec + 1) * 1'000'000LL);
    EXPECT_GE(at, (now.tv_sec - 60) * 1'000'000LL);
}

TEST_F(a_notifier, says_that_the_service_stops) {
    notifier_.stopping("finishing requests in flight");
    EXPECT_EQ(heard("STOPPING=1"), "STOPPING=1\nSTATUS=finishing requests in flight");
}

TEST_F(a_notifier, says_that_the_service_lives) {
    notifier_.alive();
    EXPECT_EQ(heard("WATCHDOG=1"), "WATCHDOG=1");
}

TEST_F(a_notifier, asks_again_and_again_for_more_time_while_the_start_goes_on) {
    const start_extension opening(notifier_, "opening inbox.db", std::chrono::milliseconds(1));
    EXPECT_EQ(heard("EXTEND_TIMEOUT_USEC=60000000"), "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=opening inbox.db");
    EXPECT_TRUE(test::eventually([this] { return manager_.messages().size() > 2; }));
}

TEST_F(a_notifier, asks_for_no_more_time_once_the_start_is_over) {
    { const start_extension opening(notifier_, "opening inbox.db"); }
    notifier_.ready("serving");
    EXPECT_EQ(heard("READY=1"), "READY=1\nSTATUS=serving");
    EXPECT_EQ(manager_.messages().size(), 1U);
}

TEST_F(a_notifier, keeps_trouble_behind_every_status_until_it_is_over) {
    notifier_.ready("serving");
    notifier_.trouble("does not answer: http-1");
    notifier_.ready("serving the new configuration");
    notifier_.trouble("");
    manager_.wait_for("STATUS=serving the new configuration");
    EXPECT_EQ(
        manager_.messages(),
        (std::vector<std::string>{"READY=1\nSTATUS=serving", "STATUS=serving; does not answer: http-1",
                                  "READY=1\nSTATUS=serving the new configuration; does not answer: http-1",
                                  "STATUS=serving the new configuration"}));
}

TEST_F(a_notifier, lets_no_text_add_a_line_of_its_own) {
    notifier_.ready("a\nMAINPID=1\r\nREADY=1");
    EXPECT_EQ(heard("READY=1"), "READY=1\nSTATUS=a MAINPID=1  READY=1");
}

TEST(a_notifier_without_a_manager, is_silent) {
    const environment_variable none("NOTIFY_SOCKET", std::nullopt);
    notifier silent(log::null());
    silent.ready("serving");
    silent.reloading();
    silent.alive();
    silent.stopping("done");
}

TEST(a_notifier_in_a_container, reaches_an_abstract_socket) {
    const notify_socket manager("@shopbell-notify-" + std::to_string(::getpid()));
    const environment_variable socket("NOTIFY_SOCKET", manager.address());
    notifier(log::null()).ready("serving");
    manager.wait_for("READY=1");
}

TEST(a_notifier_of_a_manager_that_is_gone, logs_it_and_goes_on) {
    const test::temp_dir folder;
    const environment_variable gone("NOTIFY_SOCKET", folder.file("gone"));
    {
        log_settings settings;
        settings.output = folder.file("log");
        auto lines = log::open(settings);
        ASSERT_TRUE(lines);
        notifier(std::move(*lines)).ready("serving");
    }
    const auto text = test::read_file(folder.file("log"));
    EXPECT_NE(text.find("cannot tell the service manager"), text.npos) << text;
    EXPECT_NE(text.find("READY=1"), text.npos) << text;
    EXPECT_NE(text.find("No such file or directory"), text.npos) << text;
}

}  // namespace
}  // namespace shopbell
