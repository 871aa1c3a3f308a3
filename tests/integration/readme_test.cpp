#include "support/readme.hpp"
#include "support/daemon.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <filesystem>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string with_port(const std::string& text, std::uint16_t port) {
    return replaced(text, "127.0.0.1:8080", "127.0.0.1:" + std::to_string(port));
}

/// The sample configuration with the operator's interface on a socket in the folder.
std::string on_socket(const std::string& sample, const temp_dir& folder) {
    EXPECT_EQ(sample.find("[admin]"), sample.npos) << "say here how its address is replaced";
    return sample + "\n[admin]\nlisten = \"unix:" + folder.file("admin.sock") + "\"\n";
}

/// What the reader has at hand: the sample configuration, and the program where the build leaves it.
void lay_out(const temp_dir& folder) {
    fs::copy(source_folder() + "/config", folder.path() / "config", fs::copy_options::recursive);
    fs::create_directories(folder.path() / "build/release/bin");
    fs::create_symlink(shopbell_binary(), folder.path() / "build/release/bin/shopbell");
}

/// Runs it as the next line of one long bash session: its variables and functions are handed on in the file
/// "session".
finished run_in_session(const std::string& text, const std::string& folder) {
    command one;
    one.arguments = {"/bin/bash", "-c",
                     "exec 2>&1; [ ! -e session ] || source ./session\nset -e -o pipefail\n" + text +
                         "\n{ declare -p | grep -v '^declare -[a-zA-Z]*r'; declare -f; } > session"};
    one.environment = {"SHOPBELL=build/release/bin/shopbell --config config/shopbell.toml",
                       "PATH=" + folder + "/build/release/bin:/usr/local/bin:/usr/bin:/bin"};
    one.folder = folder;
    return run_command(one);
}

/// A reader takes longer to the next command than an event to the file.
void await_accepted(const std::string& output, const std::string& events) {
    static const re2::RE2 accepted("(?s)accepted.*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
    std::string id;
    if (re2::RE2::PartialMatch(output, accepted, &id))
        wait_for_text(events, id);
}

TEST(the_readme, shows_what_really_happens) {
    const auto commands = marked_commands(read_file(source_folder() + "/README.md"));
    ASSERT_FALSE(commands.empty()) << "no block of README.md stands behind a line <!-- test -->";

    const temp_dir folder;
    lay_out(folder);
    const auto config = folder.file("config/shopbell.toml");
    const auto sample = on_socket(read_file(config), folder);
    write_file(config, with_port(sample, 0));
    const daemon running(config, {}, folder.path().string());
    write_file(config, with_port(sample, running.port()));  // what the commands find

    for (const auto& one : commands) {
        const auto done = run_in_session(with_port(one.text, running.port()), folder.path().string());
        EXPECT_EQ(done.status.code, 0) << "README.md:" << one.line << ": " << one.text << done.output;
        const auto shown = replaced(done.output, std::to_string(running.port()), "8080");
        if (one.shows_output) {
            EXPECT_EQ(without_ids_and_times(shown + (shown.empty() || shown.ends_with('\n') ? "" : "\n")),
                      without_ids_and_times(one.output))
                << "README.md:" << one.line << ": " << one.text;
        }
        await_accepted(done.output, folder.file("var/events.jsonl"));
    }
}

/// The block right behind the line `<!-- file NAME -->`; empty where there is none.
std::string documented_file(std::string_view markdown, const std::string& name) {
    const auto mark = "<!-- file " + name + " -->\n```toml\n";
    const auto at = markdown.find(mark);
    if (at == markdown.npos)
        return {};
    const auto begin = at + mark.size();
    return std::string(markdown.substr(begin, markdown.find("```\n", begin) - begin));
}

/// What the page shows of a store that Shopbell does not know: its own configuration, then its own requests.
TEST(the_page_on_stores, leads_from_a_providers_page_to_the_first_order) {
    const auto page = read_file(source_folder() + "/docs/stores.md");
    const auto commands = marked_commands(page);
    ASSERT_GT(commands.size(), 1U);
    const temp_dir folder;
    lay_out(folder);
    const auto config = folder.file("lantern.toml");
    const auto sample = on_socket(documented_file(page, "lantern.toml"), folder);
    write_file(config, with_port(sample, 0));

    const auto run = [&](const documented_command& one, std::uint16_t port) {
        const auto done = run_in_session(with_port(one.text, port), folder.path().string());
        EXPECT_EQ(done.status.code, 0) << "stores.md:" << one.line << ": " << one.text << done.output;
        if (one.shows_output) {
            EXPECT_EQ(without_ids_and_times(done.output + (done.output.ends_with('\n') ? "" : "\n")),
                      without_ids_and_times(one.output))
                << "stores.md:" << one.line << ": " << one.text;
        }
        await_accepted(done.output, folder.file("events.jsonl"));
    };
    run(commands[0], 0);  // its key, before it is served
    const daemon running(config, {}, folder.path().string());
    write_file(config, with_port(sample, running.port()));
    for (std::size_t i = 1; i < commands.size(); ++i)
        run(commands[i], running.port());
}

TEST(the_readme, has_no_command_that_nobody_runs) {
    const std::string root = source_folder();
    const auto blocks = owners_of_blocks(read_file(root + "/README.md"));
    ASSERT_FALSE(blocks.empty());
    for (const auto& one : blocks) {
        const bool run = one.runner == "test" || fs::is_regular_file(root + "/" + one.runner);
        EXPECT_TRUE(run) << "README.md:" << one.line << ": run by '" << one.runner << "'";
    }
}

TEST(the_readme_of_this_test, is_read_whole) {
    const auto found = marked_commands(
        "# T\n```console\n$ unmarked\n```\n<!-- test -->\n```console\n$ one \\\n  more\nout 1\nout 2\n$ "
        "two\n```\n"
        "text\n<!-- test -->\n```sh\nthree\nfour\n```\n<!-- test -->\nno block\n");
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].line, 7U);
    EXPECT_EQ(found[0].text, "one \\\n  more\n");
    EXPECT_EQ(found[0].output, "out 1\nout 2\n");
    EXPECT_EQ(found[1].text, "two\n");
    EXPECT_EQ(found[1].output, "");
    EXPECT_EQ(found[2].text, "three\nfour\n");
    EXPECT_FALSE(found[2].shows_output);
    EXPECT_EQ(found[3].line, 19U);
}

TEST(the_readme_of_this_test, has_blocks_of_others) {
    const auto found = owners_of_blocks(
        "```sh\na\n```\n<!-- run by x/y -->\n```sh\nb\n```\n```toml\n```\n"
        "<!-- test -->\n```console\n$ c\n```\n");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].runner, "");
    EXPECT_EQ(found[1].line, 5U);
    EXPECT_EQ(found[1].runner, "x/y");
    EXPECT_EQ(found[2].runner, "test");
}

/// As certbot runs it, with the shell that Debian's /bin/sh is.
TEST(the_readme, has_a_deploy_hook_that_copies_both_files) {
    const auto readme = read_file(source_folder() + "/README.md");
    const auto begin = readme.find("#!/bin/sh\nset -e\ninstall -d");
    ASSERT_NE(begin, readme.npos);
    auto hook = readme.substr(begin, readme.find("```", begin) - begin);
    ASSERT_NE(hook.find("systemctl reload shopbell\n"), hook.npos);
    const temp_dir folder;
    const auto target = folder.file("etc/tls");
    // Neither the daemon's user nor a service manager is here.
    for (const auto& [from, to] : {std::pair<std::string, std::string>("/etc/shopbell/tls", target),
                                   {"-o root -g shopbell ", ""},
                                   {"-o shopbell ", ""},
                                   {"systemctl reload shopbell", ": reloaded"}})
        hook = replaced(hook, from, to);
    write_file(folder.file("fullchain.pem"), "certificate");
    write_file(folder.file("privkey.pem"), "key");
    command one;
    one.arguments = {"/bin/sh", "-c", hook};
    one.environment = {"RENEWED_LINEAGE=" + folder.path().string()};
    const auto done = run_command(one);
    EXPECT_EQ(done.status.code, 0) << done.errors;
    EXPECT_EQ(read_file(target + "/fullchain.pem"), "certificate");
    EXPECT_EQ(read_file(target + "/privkey.pem"), "key");
    EXPECT_EQ(fs::status(target + "/privkey.pem").permissions(), fs::perms(0600));
}

}  // namespace
}  // namespace shopbell::test
