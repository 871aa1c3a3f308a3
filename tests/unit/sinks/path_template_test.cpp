#include "made_sink.hpp"

#include <shopbell/sinks/path_template.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

struct good_row {
    std::string_view name;
    std::string_view text;
    std::string_view type;
    std::string expanded;
    std::string_view directory;
};

class path : public ::testing::TestWithParam<good_row> {};

TEST_P(path, is_filled_from_the_event) {
    const auto parsed = path_template::parse(GetParam().text);
    ASSERT_TRUE(parsed) << parsed.error().reason;
    EXPECT_EQ(parsed->expand(*test::make_event("1", std::string(GetParam().type))), GetParam().expanded);
    EXPECT_EQ(parsed->fixed_directory(), GetParam().directory);
}

const std::string long_type(300, 'x');

INSTANTIATE_TEST_SUITE_P(
    templates, path,
    ::testing::Values(good_row{"fixed", "/var/lib/e.jsonl", "a.b", "/var/lib/e.jsonl", "/var/lib"},
                      good_row{"relative", "e.jsonl", "a.b", "e.jsonl", "."},
                      good_row{"at_the_root", "/e.jsonl", "a.b", "/e.jsonl", "/"},
                      good_row{"all_places", "/v/{endpoint}/{date}-{type}.jsonl", "a.b",
                               "/v/jumpseller-main/2026-11-21-a.b.jsonl", "/v"},
                      good_row{"place_in_the_name", "/v/e-{date}", "a.b", "/v/e-2026-11-21", "/v"},
                      good_row{"place_first", "{type}.jsonl", "a.b", "a.b.jsonl", "."},
                      good_row{"type_climbs", "/v/{type}", "../../etc/passwd", "/v/_.._.._etc_passwd", "/v"},
                      good_row{"type_hides", "/v/{type}", ".profile", "/v/_.profile", "/v"},
                      good_row{"type_empty", "/v/{type}", "", "/v/_", "/v"},
                      good_row{"type_with_line_break", "/v/{type}", "a\nb c", "/v/a_b_c", "/v"},
                      good_row{"type_long", "/v/{type}", long_type, "/v/" + std::string(120, 'x'), "/v"}),
    [](const auto& row) { return std::string(row.param.name); });

struct bad_row {
    std::string_view name;
    std::string_view text;
    std::string_view reason;
};

class bad_path : public ::testing::TestWithParam<bad_row> {};

TEST_P(bad_path, is_refused_with_a_reason) {
    const auto parsed = path_template::parse(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().reason, GetParam().reason);
}

constexpr std::string_view unpaired =
    "a brace without its counterpart; placeholders are {endpoint}, {type} and {date}";
constexpr std::string_view directory = "the path names a directory; a file's name must follow";

INSTANTIATE_TEST_SUITE_P(
    templates, bad_path,
    ::testing::Values(bad_row{"unknown", "/v/{store}",
                              "unknown placeholder {store}; there are {endpoint}, {type} and {date}"},
                      bad_row{"nameless", "/v/{}",
                              "unknown placeholder {}; there are {endpoint}, {type} and {date}"},
                      bad_row{"open", "/v/{type", unpaired}, bad_row{"close", "/v/type}", unpaired},
                      bad_row{"directory", "/v/", directory}, bad_row{"empty", "", directory}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace shopbell
