#include <shopbell/crypto/secret.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <sstream>

namespace shopbell {
namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) {
    out << value;
};

template <class T>
concept comparable = requires(const T& a, const T& b) {
    a == b;
};

static_assert(streamable<std::string> && comparable<std::string> && fmt::is_formattable<std::string>::value,
              "the checks below would notice");
static_assert(!streamable<secret>);
static_assert(!comparable<secret>, "== would stop at the first byte that differs");
static_assert(!fmt::is_formattable<secret>::value);
static_assert(!std::convertible_to<secret, std::string_view>);
static_assert(!std::convertible_to<secret, std::string>);
static_assert(!std::convertible_to<std::string, secret>, "text becomes a secret only where the code says so");
static_assert(std::copyable<secret>);
static_assert(std::is_nothrow_move_constructible_v<secret>);

const std::string long_text(100, 'k');

TEST(secret, reveals_what_it_was_made_of) {
    EXPECT_EQ(secret("key").reveal(), "key");
    EXPECT_TRUE(secret("").empty());
    EXPECT_FALSE(secret("key").empty());
    EXPECT_EQ(secret(std::string("a\0b", 3)).reveal().size(), 3U);
}

TEST(secret, equals_only_the_same_text) {
    const secret key("hooks-token");
    EXPECT_TRUE(key.equals("hooks-token"));
    EXPECT_FALSE(key.equals("hooks-tokem"));
    EXPECT_FALSE(key.equals("Hooks-token"));
    EXPECT_FALSE(key.equals("hooks-toke"));
    EXPECT_FALSE(key.equals("hooks-token "));
    EXPECT_FALSE(key.equals(""));
    EXPECT_TRUE(secret("").equals(""));
    EXPECT_FALSE(secret(std::string("a\0b", 3)).equals(std::string_view("a\0c", 3)));
}

TEST(secret, is_copied_and_moved_whole) {
    for (const auto& text : {std::string("short"), long_text}) {
        secret first(text);
        const secret copy(first);
        EXPECT_TRUE(copy.equals(text));
        EXPECT_TRUE(first.equals(text));

        secret moved(std::move(first));
        EXPECT_TRUE(moved.equals(text));

        secret assigned("before");
        assigned = moved;
        EXPECT_TRUE(assigned.equals(text));
        const secret& itself = assigned;
        assigned = itself;
        EXPECT_TRUE(assigned.equals(text));

        secret taken("before");
        taken = std::move(assigned);
        EXPECT_TRUE(taken.equals(text));
    }
}

TEST(secret, leaves_nothing_behind_when_it_moves) {
    for (const auto& text : {std::string("short"), long_text}) {
        secret first(text);
        const secret moved(std::move(first));
        EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the promise
    }
}

TEST(any_equals, finds_one_of_several) {
    secrets accepted;
    EXPECT_FALSE(any_equals(accepted, ""));
    accepted.emplace_back("old");
    accepted.emplace_back("new");
    EXPECT_TRUE(any_equals(accepted, "old"));
    EXPECT_TRUE(any_equals(accepted, "new"));
    EXPECT_FALSE(any_equals(accepted, "oldnew"));
    EXPECT_FALSE(any_equals(accepted, ""));
}

TEST(equal_in_constant_time, compares_bytes_and_lengths) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time("ab", "abc"));
    EXPECT_FALSE(equal_in_constant_time("", "a"));
    EXPECT_FALSE(equal_in_constant_time("a", ""));
    EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace shopbell
