#include "../src/cli/doctor_report.hpp"

#include <shopbell/admin/moment.hpp>

#include <shopbell/core/json.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace shopbell {
namespace {

TEST(a_finding, is_one_line_that_says_what_and_how_to_mend_it) {
    EXPECT_EQ(to_line({grade::ok, "clock", "", "synchronised", ""}), "ok   clock: synchronised");
    EXPECT_EQ(to_line({grade::warn, "backlog", "crm", "is paused", "shopbell sinks resume crm"}),
              "warn backlog crm: is paused; shopbell sinks resume crm");
    EXPECT_EQ(to_line({grade::fail, "daemon", "", "it does not run", "start it"}),
              "fail daemon: it does not run; start it");
}

TEST(a_finding, of_what_strangers_said_stays_one_line_without_control_sequences) {
    const auto line = to_line({grade::fail, "sink", "crm", "answered\n\x1b[31mred", ""});
    EXPECT_EQ(line.find('\n'), line.npos);
    EXPECT_EQ(line.find('\x1b'), line.npos);
}

struct printed_report {
    std::string out, err;
    bool failed;
};

printed_report print(const findings& all, bool json) {
    std::ostringstream out, err;
    const command_output to{out, err, json};
    doctor_report report(to);
    report.note("a probe goes out");
    report.add(all);
    report.finish();
    return {out.str(), err.str(), report.has_failed()};
}

const findings mixed = {{grade::ok, "clock", "", "synchronised", ""},
                        {grade::warn, "sink", "crm", "little room", "make some"}};

TEST(a_report, prints_findings_and_notes_in_their_order) {
    const auto report = print(mixed, false);
    EXPECT_EQ(report.out,
              "note a probe goes out\nok   clock: synchronised\nwarn sink crm: little room; make some\n");
    EXPECT_EQ(report.err, "");
}

TEST(a_report, fails_where_one_finding_does_and_not_for_a_warning) {
    EXPECT_FALSE(print(mixed, false).failed);
    auto worse = mixed;
    worse.push_back({grade::fail, "inbox", "", "damaged", "restore a backup"});
    EXPECT_TRUE(print(worse, false).failed);
    EXPECT_TRUE(print(worse, true).failed);
}

TEST(a_report, as_json_is_one_document_and_notes_stand_beside_it) {
    const auto report = print(mixed, true);
    const auto document = json::document::parse(report.out);
    ASSERT_TRUE(document) << report.out;
    const auto& root = document->root();
    EXPECT_EQ(root.at("/ok")->text(), "true");
    EXPECT_EQ(root.at("/checks/0")->raw(), R"({"check":"clock","result":"ok","message":"synchronised"})");
    EXPECT_EQ(
        root.at("/checks/1")->raw(),
        R"({"check":"sink","subject":"crm","result":"warn","message":"little room","advice":"make some"})");
    EXPECT_EQ(report.err, "note a probe goes out\n");
}

TEST(a_size, is_short) {
    const std::pair<std::uint64_t, const char*> rows[] = {{0, "0 B"},
                                                          {1023, "1023 B"},
                                                          {1024, "1 KiB"},
                                                          {1536, "1.5 KiB"},
                                                          {64ULL << 20, "64 MiB"},
                                                          {12ULL << 30, "12 GiB"},
                                                          {UINT64_MAX, "15 EiB"}};
    for (const auto& [bytes, text] : rows)
        EXPECT_EQ(to_human_size(bytes), text) << bytes;
}

TEST(a_time, is_short) {
    const std::pair<std::uint64_t, const char*> rows[] = {
        {0, "0 s"}, {119, "119 s"}, {120, "2 min"}, {7200, "2 h"}, {86400 * 3, "3 days"}};
    for (const auto& [seconds, text] : rows)
        EXPECT_EQ(to_human_time(seconds), text) << seconds;
}

}  // namespace
}  // namespace shopbell
