#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/core/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shopbell {

/// What a store's body said otherwise than its documentation: one sentence each. The sentences name places
/// and kinds of values, never the values. Bounded, since a body may hold thousands of wrong fields.
class field_problems {
public:
    static constexpr std::size_t most = 20;

    /// "PLACE: WHAT"
    void add(std::string_view place, std::string_view what);

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    /// All of them joined by "; ", ending in "and N more" beyond `most`.
    [[nodiscard]] std::string text() const;

private:
    std::string text_;
    std::size_t count_ = 0;
};

/// As what a member is documented: each is what the function of json_fields of that name reads.
enum class member_kind : unsigned char { text, id, scalar, number, boolean, array, object, objects };

/// Members of one kind that nobody reads. What in them is not as documented is worth a word to the owner.
struct documented_members {
    member_kind kind;
    std::string_view names;                           ///< separated by blanks
    std::span<const documented_members> inside = {};  ///< of an object, or of each object in an array
    std::string_view wrapper = {};                    ///< see json_fields::many
};

/// Reads the members of one JSON object of a store's. What is absent, null or an empty string is left out
/// (empty text, no optional, no elements). So is a member of another kind than asked for, and then a problem
/// says so: "order.total: expected a number, got an object".
///
/// A view of the document and of the problems; it dies with either.
class json_fields {
public:
    /// `path` is where the object stands, for problems. Precondition: `object` is an object.
    json_fields(const json::value& object, std::string path, field_problems& problems);

    /// A string.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// An integer of any size, digits as sent, or a string.
    [[nodiscard]] std::string id(std::string_view name) const;
    /// A string, number or boolean, as text.
    [[nodiscard]] std::string scalar(std::string_view name) const;
    /// A number, or a string that holds one, as sent.
    [[nodiscard]] std::optional<decimal> number(std::string_view name) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view name) const;
    /// The bytes of an array that is not empty.
    [[nodiscard]] std::string array_as_sent(std::string_view name) const;
    /// The bytes of any value but an empty one.
    [[nodiscard]] std::string as_sent(std::string_view name) const;

    /// What `read` makes of an object: `read(json_fields)`. An empty array counts as nothing, since some
    /// languages write an empty object that way.
    template <class Read>
    [[nodiscard]] auto one(std::string_view name, Read read) const
        -> std::optional<decltype(read(std::declval<const json_fields&>()))> {
        const auto* object = find_object(name);
        if (object == nullptr)
            return std::nullopt;
        return read(json_fields(*object, place(name), *problems_));
    }

    /// What `read` makes of each object in an array. An element {"wrapper": {…}} is taken for what is in it.
    template <class Read>
    [[nodiscard]] auto many(std::string_view name, Read read, std::string_view wrapper = {}) const {
        std::vector<decltype(read(std::declval<const json_fields&>()))> all;
        for (const auto& element : find_objects(name, wrapper))
            all.push_back(read(element));
        return all;
    }

    /// Adds a problem for each member that is of another kind.
    void check(std::span<const documented_members> all) const;

    void problem(std::string_view name, std::string_view what) const;

private:
    void check(const documented_members& one, std::string_view name) const;
    [[nodiscard]] std::string place(std::string_view name) const;
    [[nodiscard]] const json::value* find_given(std::string_view name) const noexcept;
    [[nodiscard]] const json::value* find_object(std::string_view name) const;
    [[nodiscard]] std::vector<json_fields> find_objects(std::string_view name,
                                                        std::string_view wrapper) const;
    void expected(std::string_view name, std::string_view what, const json::value& got) const;

    const json::value* object_;
    std::string path_;
    field_problems* problems_;
};

/// "an object", "a number": the kind of a value in a sentence.
[[nodiscard]] std::string_view kind_in_words(const json::value& value) noexcept;

/// Whether the text is an optional minus and digits.
[[nodiscard]] bool is_integer(std::string_view text) noexcept;

}  // namespace shopbell
