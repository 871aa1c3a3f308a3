#include "made_sink.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace shopbell {
namespace {

struct file_sink_row {
    std::string_view name;
    std::string toml;
    std::string problem;
};

/// DIR in a row stands for the test's own folder.
class file_config : public ::testing::TestWithParam<file_sink_row> {
protected:
    std::string with_folder(std::string text) const {
        for (auto at = text.find("DIR"); at != std::string::npos; at = text.find("DIR"))
            text.replace(at, 3, folder_.path().string());
        return text;
    }
    test::temp_dir folder_;
    test::sink_workbench bench_;
};

TEST_P(file_config, is_refused_with_the_place_and_the_reason) {
    test::write_file(folder_.file("taken"), "");
    (void)bench_.make("file", with_folder(GetParam().toml));
    EXPECT_EQ(bench_.problems, std::vector<std::string>{with_folder(GetParam().problem)});
}

INSTANTIATE_TEST_SUITE_P(
    keys, file_config,
    ::testing::Values(
        file_sink_row{
            "unknown_placeholder", "path = \"DIR/{tpye}\"",
            "sink.toml:1:8: \"path\": unknown placeholder {tpye}; there are {endpoint}, {type} and {date}"},
        file_sink_row{"directory", "path = \"DIR\"",
                      "sink.toml:1:8: \"path\": cannot write DIR: Is a directory"},
        file_sink_row{"parent_is_a_file", "path = \"DIR/taken/e\"",
                      "sink.toml:1:8: \"path\": cannot use the directory DIR/taken: Not a directory"},
        file_sink_row{"grandparent_is_a_file", "path = \"DIR/taken/more/e\"",
                      "sink.toml:1:8: \"path\": cannot use the directory DIR/taken/more: Not a directory"},
        file_sink_row{"mode_not_octal", "path = \"DIR/e\"\nmode = \"rw-r-----\"",
                      "sink.toml:2:8: \"mode\" expects a file mode in octal such as \"0640\""},
        file_sink_row{"mode_with_more_bits", "path = \"DIR/e\"\nmode = \"4640\"",
                      "sink.toml:2:8: \"mode\" expects a file mode in octal such as \"0640\""},
        file_sink_row{"mode_without_owner", "path = \"DIR/e\"\nmode = \"0040\"",
                      "sink.toml:2:8: \"mode\" must let the owner read and write, \"0600\" at least"}),
    [](const auto& one) { return std::string(one.param.name); });

class file_config_plain : public file_config {};

TEST_F(file_config_plain, reports_other_keys_too) {
    (void)bench_.make("file",
                      with_folder("path = \"DIR/e\"\nrotate_keep = 0\nrotate_size = \"lots\"\nfsnyc = true"));
    EXPECT_EQ(bench_.problems.size(), 3U);
}

TEST_F(file_config_plain, needs_a_path) {
    EXPECT_EQ(bench_.make("file", ""), nullptr);
    EXPECT_EQ(bench_.problems.size(), 1U);
}

TEST_F(file_config_plain, accepts_a_directory_that_can_be_made_and_does_not_make_it) {
    EXPECT_NE(bench_.make("file", with_folder("path = \"DIR/a/b/{date}/e.jsonl\"")), nullptr);
    EXPECT_TRUE(bench_.problems.empty());
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

/// Root may write everywhere, so a child process becomes somebody else and says what it finds wrong.
class file_rights : public ::testing::Test {
protected:
    void expect_problem(const std::string& path, const std::string& pattern) const {
        EXPECT_EXIT(report("path = \"" + path + "\""), ::testing::ExitedWithCode(0), "^" + pattern + "\n$");
    }
    [[noreturn]] static void report(const std::string& toml) {
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0))
            std::_Exit(2);
        test::sink_workbench bench;
        (void)bench.make("file", toml);
        for (const std::string& one : bench.problems)
            std::cerr << one << std::endl;
        std::_Exit(0);
    }
    test::temp_dir folder_;
};

TEST_F(file_rights, are_checked_for_a_directory) {
    ::chmod(folder_.path().c_str(), 0555);
    expect_problem(folder_.file("e"),
                   "sink.toml:1:8: \"path\": cannot write to the directory .*: Permission denied");
    expect_problem(folder_.file("sub/e"),
                   "sink.toml:1:8: \"path\": cannot make directories in .*: Permission denied");
    ::chmod(folder_.path().c_str(), 0755);
}

TEST_F(file_rights, are_checked_for_a_file) {
    test::write_file(folder_.file("e"), "");
    ::chmod(folder_.path().c_str(), 0755);
    ::chmod(folder_.file("e").c_str(), 0444);
    expect_problem(folder_.file("e"), "sink.toml:1:8: \"path\": cannot write .*/e: Permission denied");
}

}  // namespace
}  // namespace shopbell
