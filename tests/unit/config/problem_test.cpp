#include <shopbell/config/problem.hpp>

#include <gtest/gtest.h>

namespace shopbell::config {
namespace {

TEST(problems_of_a_file, are_listed_in_the_order_of_the_file) {
    problems found("x.toml");
    found.add(severity::error, {9, 1}, "late");
    found.add(severity::warning, {2, 10}, "column ten");
    found.add(severity::error, {2, 3}, "column three");
    found.add(severity::error, {}, "whole");
    found.add(severity::error, {2, 3}, "column three again");

    std::string order;
    for (const auto& one : found.sorted())
        order += one.message + "; ";
    EXPECT_EQ(order, "whole; column three; column three again; column ten; late; ");
}

TEST(problems_of_a_file, are_described_with_file_line_and_column) {
    const problems found("etc/x.toml");
    EXPECT_EQ(found.describe({severity::error, {12, 8}, "wrong"}), "etc/x.toml:12:8: wrong");
    EXPECT_EQ(found.describe({severity::warning, {12, 8}, "odd"}), "etc/x.toml:12:8: warning: odd");
    EXPECT_EQ(found.describe({severity::error, {}, "cannot be read"}), "etc/x.toml: cannot be read");
}

TEST(problems_of_a_file, are_errors_only_where_one_is_more_than_a_warning) {
    problems found("x.toml");
    EXPECT_FALSE(found.has_errors());
    found.add(severity::warning, {1, 1}, "odd");
    EXPECT_FALSE(found.has_errors());
    found.add(severity::error, {1, 1}, "wrong");
    EXPECT_TRUE(found.has_errors());
}

}  // namespace
}  // namespace shopbell::config
