#include <shopbell/cli/check.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/certificates.hpp"
#include "support/places.hpp"
#include "support/temp_dir.hpp"

namespace shopbell {
namespace {

namespace fs = std::filesystem;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> all;
    for (std::string line; std::getline(stream, line);)
        all.push_back(line);
    return all;
}

/// "#key" is an example, "# text" is prose.
std::string with_examples_in_use(const std::string& toml) {
    std::string text;
    for (const auto& line : lines_of(toml)) {
        const bool is_example = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        text += line.substr(is_example ? 1 : 0) + "\n";
    }
    return text;
}

/// The two configurations that are shipped, read with their folders moved to a temporary one.
class shipped_configuration : public testing::Test {
protected:
    static std::string shipped(std::string_view name) {
        const auto source = fs::path(test::source_folder());
        return test::read_file(source / "config" / name);
    }

    [[nodiscard]] std::string moved(const std::string& toml) const {
        const auto here = folder_.path().string();
        return replaced(replaced(toml, "/var/lib/shopbell", here), "/etc/shopbell", here);
    }

    /// Writes every file that a ..._file key names: a secret, or a template of JSON.
    static void keep_secrets(const std::string& toml) {
        for (const auto& line : lines_of(toml)) {
            const auto begin = line.find('"', line.find("_file "));
            if (line.starts_with('#') || begin == std::string::npos)
                continue;
            const auto path = line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
            const bool is_template = path.ends_with(".mustache");
            test::write_file(path,
                             is_template ? R"({"text": "{{type}}"})" : "6b6833aca1f51dc7ca84723dba452a79");
            fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
        }
    }

    configuration read(const std::string& toml) {
        test::write_file(folder_.file("shopbell.toml"), toml);
        config::problems found(folder_.file("shopbell.toml"));
        auto all = load(found.file(), found);
        problems_.clear();
        for (const auto& one : found.sorted())
            problems_ += found.describe(one).substr(found.file().size()) + "\n";
        return all;
    }

    test::temp_dir folder_;
    std::string problems_;
};

TEST_F(shipped_configuration, sample_serves_three_stores_and_two_sinks) {
    const auto all = read(shipped("shopbell.toml"));
    ASSERT_EQ(all.endpoints.size(), 3U) << problems_;
    EXPECT_EQ(all.endpoints[0].path, "/hooks/jumpseller");
    EXPECT_EQ(all.endpoints[1].path, "/hooks/ejunkie");
    EXPECT_EQ(all.endpoints[2].path, "/hooks/usaepay");
    EXPECT_EQ(all.server.listen.at(0).to_string(), "127.0.0.1:8080");
    EXPECT_EQ(describe_place(all.inbox), "var/inbox.db");
    EXPECT_EQ(all.sinks.size(), 2U);
    EXPECT_EQ(all.routes.size(), 1U);
}

TEST_F(shipped_configuration, sample_is_warned_of_for_nothing_but_its_throwaway_secrets) {
    (void)read(shipped("shopbell.toml"));
    const auto warnings = lines_of(problems_);
    for (const auto& line : warnings)
        EXPECT_NE(line.find(" is in the file itself; prefer "), std::string::npos) << line;
    EXPECT_EQ(warnings.size(), 3U);
}

TEST_F(shipped_configuration, reference_has_no_problem) {
    const auto toml = moved(shipped("reference.toml"));
    keep_secrets(toml);
    (void)read(toml);
    EXPECT_EQ(problems_, "");
}

TEST_F(shipped_configuration, reference_has_no_problem_with_every_example_in_use) {
    auto toml = with_examples_in_use(moved(shipped("reference.toml")));
    keep_secrets(toml);
    const auto shown = test::self_signed("DNS:localhost");
    fs::create_directory(folder_.file("tls"));
    test::write_file(folder_.file("tls/fullchain.pem"), shown.pem());
    test::write_file(folder_.file("tls/privkey.pem"), shown.key_pem());
    fs::permissions(folder_.file("tls/privkey.pem"), fs::perms::owner_read | fs::perms::owner_write);
    // The files whose content would have to be more than a secret, or that stand for a user and a password.
    for (const std::string key : {"ca_file ", "client_certificate ", "client_key ", "credentials_file "})
        toml = replaced(toml, "\n" + key, "\n# " + key);
    const auto all = read(toml);
    EXPECT_NE(all.server.tls, nullptr);
    EXPECT_EQ(all.endpoints.size(), 9U);
    EXPECT_EQ(all.sinks.size(), 8U);
    for (const auto& line : lines_of(problems_))
        EXPECT_NE(line.find("warning: auth = \"none\""), std::string::npos) << line;
}

TEST_F(shipped_configuration, reference_shows_the_defaults) {
    const auto toml = moved(shipped("reference.toml"));
    keep_secrets(toml);
    const auto shown = read(toml);
    const auto plain = read(R"([inbox]
path = ")" + folder_.file("inbox.db") +
                            R"("
[[endpoint]]
name = "a"
path = "/a"
provider = "ejunkie"
auth = "none"
[[sink]]
name = "file"
type = "file"
path = ")" + folder_.file("events") +
                            R"("
)");
    const auto& a = shown.server;
    const auto& b = plain.server;
    EXPECT_EQ(a.listen.at(0).to_string(), b.listen.at(0).to_string());
    EXPECT_EQ(a.threads, b.threads);
    EXPECT_EQ(a.trusted_proxies.size(), b.trusted_proxies.size());
    EXPECT_EQ(a.max_body, b.max_body);
    EXPECT_EQ(a.max_header, b.max_header);
    EXPECT_EQ(a.max_connections, b.max_connections);
    EXPECT_EQ(a.max_connections_per_client, b.max_connections_per_client);
    EXPECT_EQ(a.header_timeout, b.header_timeout);
    EXPECT_EQ(a.body_timeout, b.body_timeout);
    EXPECT_EQ(a.idle_timeout, b.idle_timeout);
    EXPECT_EQ(shown.drain_timeout, plain.drain_timeout);
    EXPECT_EQ(shown.admin.listen->to_string(), plain.admin.listen->to_string());
    EXPECT_EQ(common_settings(shown.inbox).retain, common_settings(plain.inbox).retain);
    EXPECT_EQ(sqlite_settings().path, "/var/lib/shopbell/inbox.db");
    EXPECT_EQ(shown.log.level, plain.log.level);
    EXPECT_EQ(shown.log.format, plain.log.format);
    EXPECT_EQ(shown.log.output, plain.log.output);
    EXPECT_EQ(shown.sinks.at(0).retry.initial, plain.sinks.at(0).retry.initial);
    EXPECT_EQ(shown.sinks.at(0).retry.max, plain.sinks.at(0).retry.max);
    EXPECT_EQ(shown.sinks.at(0).retry.give_up_after, plain.sinks.at(0).retry.give_up_after);
    EXPECT_EQ(shown.sinks.at(0).concurrency, plain.sinks.at(0).concurrency);
}

}  // namespace
}  // namespace shopbell
