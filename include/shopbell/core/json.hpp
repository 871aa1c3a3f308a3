#pragma once

#include <shopbell/core/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

/// JSON from outside, read exactly: numbers keep the digits that came, integers have no largest value,
/// and each value knows the very bytes it was written with. Nothing here ever passes through a `double`.
namespace shopbell::json {

enum class kind : unsigned char { null, boolean, number, string, array, object };

struct member;

/// One value of a document, small and trivially copyable. All views point into the document and die with it.
class value {
public:
    [[nodiscard]] kind type() const noexcept { return kind_; }
    [[nodiscard]] bool is_null() const noexcept { return kind_ == kind::null; }
    [[nodiscard]] bool is_object() const noexcept { return kind_ == kind::object; }
    [[nodiscard]] bool is_array() const noexcept { return kind_ == kind::array; }
    [[nodiscard]] bool is_string() const noexcept { return kind_ == kind::string; }
    [[nodiscard]] bool is_number() const noexcept { return kind_ == kind::number; }
    [[nodiscard]] bool is_boolean() const noexcept { return kind_ == kind::boolean; }

    /// A string's characters with escapes undone, a number's token as sent, "true" or "false"; else empty.
    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    /// The bytes of this value in the document, without surrounding space.
    [[nodiscard]] std::string_view raw() const noexcept { return raw_; }

    /// An array's elements; empty for anything else.
    [[nodiscard]] std::span<const value> elements() const noexcept;

    /// An object's members in the order sent, repeated names included; empty for anything else.
    [[nodiscard]] std::span<const member> members() const noexcept;

    /// The member of that name, the last where it is repeated (as most readers do), or null.
    [[nodiscard]] const value* find(std::string_view name) const noexcept;

    /// What a JSON Pointer (RFC 6901) such as "/order/id" refers to, or null.
    [[nodiscard]] const value* at(std::string_view pointer) const;

private:
    friend class reader;
    kind kind_ = kind::null;
    std::string_view text_;
    std::string_view raw_;
    std::size_t size_ = 0;  ///< of what is below
    const value* elements_ = nullptr;
    const member* members_ = nullptr;
};

struct member {
    std::string_view name;
    value content;
};

/// A whole parsed text. Movable; values point into memory that it owns. Not thread-safe to build,
/// safe to read from several threads.
class document {
public:
    /// Deepest nesting that is read of a stranger's text; one that goes deeper is `malformed`.
    static constexpr std::size_t max_depth = 64;

    /// Reads one RFC 8259 text whose root is an object or an array. The whole text is checked: UTF-8,
    /// escapes, number syntax, nothing behind the end. Fails with `malformed` and a reason.
    [[nodiscard]] static result<document> parse(std::string_view text, std::size_t depth = max_depth);

    /// Reads a stranger's text as `parse` does, and accepts and refuses the same, at a fraction of the cost:
    /// of arrays and objects more than `levels` deep (the root is the first) the bytes are there, and maybe
    /// no elements and members.
    [[nodiscard]] static result<document> outline(std::string_view text, std::size_t levels);

    document(document&&) noexcept;
    document& operator=(document&&) noexcept;
    ~document();

    [[nodiscard]] const value& root() const noexcept;

private:
    struct storage;
    struct recycle {
        void operator()(storage* one) const noexcept;
    };
    using owner = std::unique_ptr<storage, recycle>;
    explicit document(owner content) noexcept;
    static result<document> read(owner content, std::size_t depth, std::size_t levels);
    owner content_;
};

/// Whether `text` is one number as RFC 8259, section 6, spells it ("-0.50", "1e3", not "+1" or ".5").
[[nodiscard]] bool is_number(std::string_view text) noexcept;

}  // namespace shopbell::json
