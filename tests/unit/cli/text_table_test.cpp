#include <shopbell/cli/text_table.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace shopbell {
namespace {

TEST(a_table, aligns_its_columns_and_ends_no_line_in_spaces) {
    text_table table({"TIME", "NAME", "X"});
    table.add({"2026", "caf\xC3\xA9", ""});
    table.add({"1", "long name", "y"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(), "TIME  NAME       X\n2026  caf\xC3\xA9\n1     long name  y\n");
}

TEST(a_table, prints_part_by_part_under_one_heading) {
    text_table table({"A", "B"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(), "");
    table.add({"1", "2"});
    table.print(out);
    table.add({"3", "4"});
    table.print(out);
    EXPECT_EQ(out.str(), "A  B\n1  2\n3  4\n");
}

TEST(printable_text, cannot_command_a_terminal) {
    EXPECT_EQ(printable("a\x1B[31mb"), "a\xEF\xBF\xBD[31mb");
    EXPECT_EQ(printable("a\xC2\x9B"
                        "31mb"),
              "a\xEF\xBF\xBD"
              "31mb");
    EXPECT_EQ(printable("a\x7F\r\x01"), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(printable("a\tb\nc"), "a b\nc");
    EXPECT_EQ(printable("caf\xC3\xA9 \xC2\xA0"), "caf\xC3\xA9 \xC2\xA0");
    EXPECT_EQ(printable("\xFF"), "\xEF\xBF\xBD");
    text_table table({"A"});
    table.add({"one\nline"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(), "A\none line\n");
}

TEST(a_time, is_shown_in_seconds) {
    EXPECT_EQ(to_seconds("2026-11-21T15:51:45.279Z"), "2026-11-21T15:51:45Z");
    EXPECT_EQ(to_seconds("2026-11-21T15:51:45Z"), "2026-11-21T15:51:45Z");
    EXPECT_EQ(to_seconds(""), "");
}

TEST(a_count, knows_its_plural) {
    EXPECT_EQ(counted(0, "event"), "0 events");
    EXPECT_EQ(counted(1, "event"), "1 event");
    EXPECT_EQ(counted(5, "delivery", "deliveries"), "5 deliveries");
    EXPECT_EQ(counted(1, "delivery", "deliveries"), "1 delivery");
}

}  // namespace
}  // namespace shopbell
