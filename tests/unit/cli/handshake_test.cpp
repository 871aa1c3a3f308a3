#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/handshake.hpp>
#include <shopbell/core/file_descriptor.hpp>

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <ostream>
#include <sstream>
#include <streambuf>

namespace shopbell {
namespace {

// The provider's documented vector (providers.md 2.5).
constexpr auto email = "user@example.com";
constexpr auto password = "ExamplePassword";
constexpr auto expected = "6b6833aca1f51dc7ca84723dba452a79\n";

/// A pipe with that text in it, already closed for writing.
file_descriptor input_with(std::string_view text) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const file_descriptor writing(ends[1]);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return file_descriptor(ends[0]);
}

struct outcome_of_run {
    int status;
    std::string out, err;
};

outcome_of_run run_with(std::string_view text) {
    const auto input = input_with(text);
    std::ostringstream out;
    std::ostringstream err;
    const int status = handshake(email, input.get(), out, err);
    return {status, out.str(), err.str()};
}

TEST(the_handshake, is_computed_from_the_first_line_of_a_pipe) {
    for (const std::string_view end : {"", "\n", "\r\n", "\nmore\n"}) {
        const auto run = run_with(std::string(password) + std::string(end));
        EXPECT_EQ(run.status, exit_done);
        EXPECT_EQ(run.out, expected);
        EXPECT_EQ(run.err, "");
    }
}

TEST(the_handshake, is_computed_behind_a_byte_order_mark) {
    EXPECT_EQ(run_with("\xEF\xBB\xBF" + std::string(password) + "\r\n").out, expected);
}

TEST(the_handshake, keeps_the_spaces_of_a_password) {
    EXPECT_NE(run_with(" ExamplePassword\n").out, expected);
}

TEST(the_handshake, needs_a_password) {
    for (const std::string_view text : {"", "\n"}) {
        const auto run = run_with(text);
        EXPECT_EQ(run.status, exit_failed);
        EXPECT_EQ(run.out, "");
        EXPECT_EQ(run.err, "shopbell handshake: the password is empty\n");
    }
    EXPECT_EQ(run_with(std::string(2000, 'x')).err,
              "shopbell handshake: the password is longer than 1024 bytes\n");
}

/// A terminal with nobody before it. Types the password at the moment the prompt is shown.
class terminal_typist : public std::streambuf {
public:
    terminal_typist() {
        int keyboard = -1;
        int terminal = -1;
        EXPECT_EQ(::openpty(&keyboard, &terminal, nullptr, nullptr, nullptr), 0);
        keyboard_ = file_descriptor(keyboard);
        terminal_ = file_descriptor(terminal);
    }

    [[nodiscard]] int terminal() const noexcept { return terminal_.get(); }
    [[nodiscard]] bool echoes() const {
        termios now{};
        EXPECT_EQ(::tcgetattr(terminal_.get(), &now), 0);
        return (now.c_lflag & static_cast<tcflag_t>(ECHO)) != 0;
    }
    void type(std::string_view text) const {
        EXPECT_EQ(::write(keyboard_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }

    bool echoed_at_the_prompt = true;
    std::string prompt;

protected:
    std::streamsize xsputn(const char* text, std::streamsize count) override {
        prompt.append(text, static_cast<std::size_t>(count));
        return count;
    }
    int sync() override {
        echoed_at_the_prompt = echoes();
        type(std::string(password) + "\n");
        return 0;
    }

private:
    file_descriptor keyboard_;
    file_descriptor terminal_;
};

TEST(a_terminal, does_not_show_the_password_and_echoes_again_afterwards) {
    terminal_typist typist;
    std::ostringstream out;
    std::ostream err(&typist);
    EXPECT_EQ(handshake(email, typist.terminal(), out, err), exit_done);
    EXPECT_EQ(out.str(), expected);
    EXPECT_EQ(typist.prompt, "E-junkie password of user@example.com: ");
    EXPECT_FALSE(typist.echoed_at_the_prompt);
    EXPECT_TRUE(typist.echoes());
}

TEST(a_terminal, echoes_again_when_a_signal_ends_the_program_at_the_prompt) {
    terminal_typist typist;
    const auto child = ::fork();
    if (child == 0) {
        struct interrupting : std::streambuf {
            std::streamsize xsputn(const char*, std::streamsize count) override { return count; }
            int sync() override { return ::raise(SIGTERM); }
        } signals;
        std::ostringstream out;
        std::ostream err(&signals);
        ::_exit(handshake(email, typist.terminal(), out, err));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
    EXPECT_TRUE(typist.echoes());
}

}  // namespace
}  // namespace shopbell
