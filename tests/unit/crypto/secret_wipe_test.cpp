#include <shopbell/crypto/secret.hpp>

#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

namespace {

/// What must not be in memory that is given back. Longer than what a string keeps within itself.
constexpr std::string_view long_word = "a secret that needs memory of its own";
constexpr std::string_view short_word = "short secret";

std::atomic<int> blocks_with_secret = 0;

void look_into(const void* block) noexcept {
    if (block == nullptr)
        return;
    const std::string_view bytes(static_cast<const char*>(block),
                                 ::malloc_usable_size(const_cast<void*>(block)));
    if (bytes.find(long_word) != bytes.npos || bytes.find(short_word) != bytes.npos)
        ++blocks_with_secret;
}

}  // namespace

// Every block that this program gives back is looked into first.
void* operator new(std::size_t size) {
    void* const block = std::malloc(size == 0 ? 1 : size);
    if (block == nullptr)
        throw std::bad_alloc();
    return block;
}

void operator delete(void* block) noexcept {
    look_into(block);
    std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
    look_into(block);
    std::free(block);
}

namespace shopbell {
namespace {

int given_back_with_secret(void (*use)()) {
    blocks_with_secret = 0;
    use();
    return blocks_with_secret;
}

/// The optimizer may leave out a pair of new and delete, unless the block might be looked at between the two.
template <class T>
void make_and_give_back(std::string_view word) {
    auto* const one = new T(std::string(word));
    asm volatile("" : : "g"(one) : "memory");
    delete one;
}

TEST(memory_given_back, would_show_a_secret_that_is_not_wiped) {
    EXPECT_EQ(given_back_with_secret([] { const std::string text(long_word); }), 1);
    EXPECT_EQ(given_back_with_secret([] { make_and_give_back<std::string>(short_word); }), 1);
}

TEST(memory_given_back, holds_no_secret_once_it_has_gone) {
    EXPECT_EQ(given_back_with_secret([] { const secret one{std::string(long_word)}; }), 0);
    EXPECT_EQ(given_back_with_secret([] { make_and_give_back<secret>(short_word); }), 0);
}

TEST(memory_given_back, holds_no_secret_that_was_replaced) {
    EXPECT_EQ(given_back_with_secret([] {
                  secret one{std::string(long_word)};
                  const secret other("other");
                  one = other;
                  secret third{std::string(long_word)};
                  third = secret("by a move");
              }),
              0);
}

TEST(memory_given_back, holds_no_secret_of_a_list_that_grew_or_was_exchanged) {
    EXPECT_EQ(given_back_with_secret([] {
                  secrets all;
                  for (int i = 0; i < 20; ++i) {
                      all.emplace_back(std::string(long_word));
                      all.emplace_back(std::string(short_word));
                  }
                  all.erase(all.begin());
                  all = secrets{secret("new")};
              }),
              0);
}

TEST(a_secret_of_few_bytes, is_wiped_where_it_stood) {
    alignas(secret) std::array<char, sizeof(secret)> place{};
    const std::string_view bytes(place.data(), place.size());
    auto* const one = ::new (place.data()) secret(std::string(short_word));
    ASSERT_NE(bytes.find(short_word), bytes.npos) << "the test looks in the wrong place";
    std::destroy_at(one);
    EXPECT_EQ(bytes.find(short_word), bytes.npos);
}

}  // namespace
}  // namespace shopbell
