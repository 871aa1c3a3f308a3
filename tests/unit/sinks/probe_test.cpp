#include "made_sink.hpp"
#include "support/http_peer.hpp"
#include "support/reserved_port.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace shopbell {
namespace {

using grade = sink_finding::grade;

class a_probed_sink : public testing::Test {
protected:
    sink_finding probe(std::string_view type, const std::string& toml) {
        target_ = bench_.make(type, toml);
        EXPECT_TRUE(bench_.problems.empty()) << bench_.problems.front();
        return again();
    }
    sink_finding again() { return test::run(context_, target_->probe()); }

    test::temp_dir folder_;
    boost::asio::io_context context_{1};
    test::sink_workbench bench_;
    std::unique_ptr<sink> target_;
};

TEST_F(a_probed_sink, of_a_file_says_that_it_can_be_written_and_does_not_make_it) {
    const auto path = folder_.file("sub/events.jsonl");
    const auto seen = probe("file", "path = \"" + path + "\"");
    EXPECT_EQ(seen.how, grade::good) << seen.text;
    EXPECT_TRUE(seen.text.starts_with(path + " can be written, ")) << seen.text;
    EXPECT_NE(seen.text.find(" MiB of its disk are free"), std::string::npos) << seen.text;
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(a_probed_sink, of_files_with_placeholders_looks_at_the_folder_above) {
    const auto seen = probe("file", "path = \"" + folder_.file("{date}/{type}.jsonl") + "\"");
    EXPECT_EQ(seen.how, grade::good) << seen.text;
    EXPECT_TRUE(seen.text.starts_with("files below " + folder_.path().string() + " ")) << seen.text;
}

TEST_F(a_probed_sink, of_a_file_says_what_has_happened_to_it_since) {
    const auto path = folder_.file("events.jsonl");
    EXPECT_EQ(probe("file", "path = \"" + path + "\"").how, grade::good);
    std::filesystem::create_directory(path);
    const auto seen = again();
    EXPECT_EQ(seen.how, grade::bad);
    EXPECT_EQ(seen.text, "cannot write " + path + ": Is a directory");
}

TEST_F(a_probed_sink, that_forwards_connects_and_sends_nothing) {
    const test::http_peer peer;
    const auto seen = probe("forward", "url = \"" + peer.url("/secret-path") + "\"");
    EXPECT_EQ(seen.how, grade::good) << seen.text;
    EXPECT_EQ(seen.text, "connected to 127.0.0.1:" + std::to_string(peer.port()));
    EXPECT_TRUE(peer.requests().empty());
}

TEST_F(a_probed_sink, that_forwards_says_where_nobody_listens) {
    const test::reserved_port nobody;
    const auto seen =
        probe("forward", "url = \"http://127.0.0.1:" + std::to_string(nobody.number()) + "/secret-path\"");
    EXPECT_EQ(seen.how, grade::bad);
    EXPECT_TRUE(seen.text.ends_with("Connection refused")) << seen.text;
    EXPECT_EQ(seen.text.find("secret-path"), std::string::npos) << seen.text;
}

TEST_F(a_probed_sink, that_runs_a_program_looks_whether_it_can) {
    const auto program = folder_.file("program");
    test::write_file(program, "#!/bin/sh\necho ran > \"$0.ran\"\n");
    ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
    EXPECT_EQ(probe("exec", "command = [\"" + program + "\"]").text, program + " can be run");
    EXPECT_FALSE(std::filesystem::exists(program + ".ran"));
    std::filesystem::remove(program);
    const auto seen = again();
    EXPECT_EQ(seen.how, grade::bad);
    EXPECT_EQ(seen.text, "cannot run " + program + ": No such file or directory");
}

TEST_F(a_probed_sink, that_logs_has_nothing_to_fail) {
    EXPECT_EQ(probe("log", "").how, grade::good);
}

}  // namespace
}  // namespace shopbell
