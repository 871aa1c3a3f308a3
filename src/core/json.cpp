#include <shopbell/core/json.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory_resource>
#include <string>
#include <type_traits>
#include <vector>

namespace shopbell::json {

namespace ondemand = simdjson::ondemand;

namespace {

constexpr std::size_t all_levels = std::numeric_limits<std::size_t>::max();
/// Room for the values of a store's usual text.
constexpr std::size_t usual_values = std::size_t{16} << 10U;
/// A longer text's memory goes when it does.
constexpr std::size_t most_kept = std::size_t{32} << 10U;

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trim_right(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Removes leading digits; false where there is none.
bool skip_digits(std::string_view& text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto digits = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(digits);
    return digits != 0;
}

}  // namespace

bool is_number(std::string_view text) noexcept {
    if (text.starts_with('-'))
        text.remove_prefix(1);
    const bool leading_zero = text.starts_with('0');
    const std::size_t before = text.size();
    if (!skip_digits(text) || (leading_zero && before - text.size() > 1))
        return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!skip_digits(text))
            return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-'))
            text.remove_prefix(1);
        if (!skip_digits(text))
            return false;
    }
    return text.empty();
}

std::span<const value> value::elements() const noexcept {
    return is_array() ? std::span(elements_, size_) : std::span<const value>();
}

std::span<const member> value::members() const noexcept {
    return is_object() ? std::span(members_, size_) : std::span<const member>();
}

const value* value::find(std::string_view name) const noexcept {
    const auto all = members();
    const auto found =
        std::find_if(all.rbegin(), all.rend(), [&](const member& one) { return one.name == name; });
    return found == all.rend() ? nullptr : &found->content;
}

const value* value::at(std::string_view pointer) const {
    const value* current = this;
    while (!pointer.empty() && current != nullptr) {
        if (pointer.front() != '/')
            return nullptr;
        pointer.remove_prefix(1);
        const auto escaped = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(escaped.size());

        std::string token;
        for (std::size_t i = 0; i < escaped.size(); ++i) {
            if (escaped[i] == '~' && i + 1 < escaped.size() &&
                (escaped[i + 1] == '0' || escaped[i + 1] == '1'))
                token += escaped[++i] == '0' ? '~' : '/';
            else
                token += escaped[i];
        }
        if (current->is_object()) {
            current = current->find(token);
            continue;
        }
        std::size_t index = 0;
        const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
        const bool canonical = token == "0" || !token.starts_with('0');
        if (error != std::errc() || end != token.data() + token.size() || !canonical ||
            index >= current->elements().size())
            return nullptr;
        current = &current->elements()[index];
    }
    return current;
}

/// Turns simdjson's forward-only view into values. It visits every value: on-demand parsing checks only what
/// is looked at. How many an array or object has is only known at its end, so they gather on a stack, and go
/// from there into the document's memory side by side.
class reader {
public:
    struct stacks {
        std::vector<value> elements;
        std::vector<member> members;
    };

    reader(std::string_view source, std::size_t depth, std::size_t levels, std::pmr::memory_resource& memory,
           stacks& unfinished)
        : source_(source),
          max_depth_(depth),
          levels_(levels),
          memory_(memory),
          elements_(unfinished.elements),
          members_(unfinished.members) {
        elements_.clear();
        members_.clear();
    }

    bool read_root(ondemand::document& document, value& into) {
        ondemand::json_type type{};
        if (document.type().get(type))
            return fail("it is not JSON");
        if (type == ondemand::json_type::array) {
            ondemand::array elements;
            if (document.get_array().get(elements) || !read_array(elements, into, 1))
                return fail("it is not well-formed JSON");
        } else if (type == ondemand::json_type::object) {
            ondemand::object members;
            if (document.get_object().get(members) || !read_object(members, into, 1))
                return fail("it is not well-formed JSON");
        } else {
            return fail("its root is neither an object nor an array");
        }
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
            return fail("something follows the end of the JSON text");
        into.raw_ = source_;
        return true;
    }

    [[nodiscard]] const char* reason() const noexcept { return reason_; }

private:
    bool fail(const char* reason) {
        if (reason_ == nullptr)
            reason_ = reason;
        return false;
    }

    bool read_array(ondemand::array& elements, value& into, std::size_t depth) {
        if (depth > max_depth_)
            return fail("it is nested too deeply");
        const auto base = elements_.size();
        for (auto element : elements) {
            ondemand::value content;
            value added;
            if (element.get(content) || !read_value(content, added, depth))
                return false;
            elements_.push_back(added);
        }
        into.kind_ = kind::array;
        into.size_ = elements_.size() - base;
        into.elements_ = keep(elements_, base);
        return true;
    }

    bool read_object(ondemand::object& members, value& into, std::size_t depth) {
        if (depth > max_depth_)
            return fail("it is nested too deeply");
        const auto base = members_.size();
        for (auto field : members) {
            ondemand::value content;
            member added;
            if (field.error() || field.unescaped_key().get(added.name) || field.value().get(content) ||
                !read_value(content, added.content, depth))
                return false;
            members_.push_back(added);
        }
        into.kind_ = kind::object;
        into.size_ = members_.size() - base;
        into.members_ = keep(members_, base);
        return true;
    }

    /// Moves what is on the stack from `base` on into the document's memory.
    template <class Item>
    const Item* keep(std::vector<Item>& stack, std::size_t base) {
        static_assert(std::is_trivially_copyable_v<Item> && std::is_trivially_destructible_v<Item>);
        std::pmr::polymorphic_allocator<Item> memory(&memory_);
        const auto from = stack.begin() + static_cast<std::ptrdiff_t>(base);
        Item* const kept = memory.allocate(stack.size() - base);
        std::uninitialized_copy(from, stack.end(), kept);
        stack.erase(from, stack.end());
        return kept;
    }

    bool read_value(ondemand::value& from, value& into, std::size_t depth) {
        ondemand::json_type type{};
        if (from.type().get(type))
            return false;
        if (type == ondemand::json_type::array || type == ondemand::json_type::object)
            return read_container(from, type, into, depth);

        into.raw_ = trim_right(from.raw_json_token());
        switch (type) {
            case ondemand::json_type::string:
                into.kind_ = kind::string;
                return from.get_string().get(into.text_) == simdjson::SUCCESS;
            case ondemand::json_type::number:
                // Left unconsumed, and so never converted: simdjson steps over it on its way to the next
                // value.
                into.kind_ = kind::number;
                into.text_ = into.raw_;
                return is_number(into.text_);
            case ondemand::json_type::boolean: {
                bool ignored = false;
                into.kind_ = kind::boolean;
                into.text_ = into.raw_;
                return from.get_bool().get(ignored) == simdjson::SUCCESS;
            }
            default: {
                bool null = false;
                return from.is_null().get(null) == simdjson::SUCCESS && null;
            }
        }
    }

    bool read_container(ondemand::value& from, ondemand::json_type type, value& into, std::size_t depth) {
        if (depth == levels_)
            return pass_over(from, type, into);
        const char* begin = from.raw_json_token().data();
        if (type == ondemand::json_type::array) {
            ondemand::array elements;
            if (from.get_array().get(elements) || !read_array(elements, into, depth + 1))
                return false;
        } else {
            ondemand::object members;
            if (from.get_object().get(members) || !read_object(members, into, depth + 1))
                return false;
        }
        const char* behind = nullptr;
        if (from.current_location().get(behind))
            return false;
        into.raw_ = trim_right({begin, static_cast<std::size_t>(behind - begin)});
        return true;
    }

    template <class Container>
    static bool pass_over(simdjson::simdjson_result<Container> from, value& into) {
        Container container;
        std::string_view raw;
        if (std::move(from).get(container) || container.raw_json().get(raw))
            return false;
        into.raw_ = trim_right(raw);
        return true;
    }

    static bool pass_over(ondemand::value& from, ondemand::json_type type, value& into) {
        const bool is_array = type == ondemand::json_type::array;
        into.kind_ = is_array ? kind::array : kind::object;
        return is_array ? pass_over(from.get_array(), into) : pass_over(from.get_object(), into);
    }

    std::string_view source_;
    std::size_t max_depth_;
    std::size_t levels_;  ///< deeper arrays and objects are passed over
    std::pmr::memory_resource& memory_;
    std::vector<value>& elements_;
    std::vector<member>& members_;
    const char* reason_ = nullptr;
};

/// One text's memory. Most texts are small and read one after the other: what they need goes from one to the
/// next.
struct document::storage {
    std::string padded;  ///< the text, and behind it what simdjson may read
    std::string_view text;
    simdjson::dom::parser check;
    ondemand::parser parser;  ///< owns the unescaped strings
    std::vector<std::byte> first_values = std::vector<std::byte>(usual_values);
    std::pmr::monotonic_buffer_resource values{first_values.data(), first_values.size()};
    reader::stacks stacks;
    value root;

    /// One that the thread's last document has left, or a new one.
    static owner with(std::string_view from) {
        auto& left = idle();
        auto one = left ? std::move(left) : std::make_unique<storage>();
        one->padded.reserve(from.size() + simdjson::SIMDJSON_PADDING);
        one->padded.assign(from).append(simdjson::SIMDJSON_PADDING, '\0');
        one->text = std::string_view(one->padded).substr(0, from.size());
        return owner(one.release());
    }

    static std::unique_ptr<storage>& idle() {
        thread_local std::unique_ptr<storage> one;
        return one;
    }

    bool is_well_formed() {
        if ((check.capacity() < text.size() || check.max_depth() != max_depth) &&
            check.allocate(text.size(), max_depth) != simdjson::SUCCESS)
            return false;
        return check.parse(text.data(), text.size(), false).error() == simdjson::SUCCESS;
    }
};

void document::recycle::operator()(storage* one) const noexcept {
    std::unique_ptr<storage> done(one);
    if (done->padded.capacity() > most_kept)
        return;
    done->root = value();
    done->values.release();
    storage::idle() = std::move(done);
}

document::document(owner content) noexcept : content_(std::move(content)) {}
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;
document::~document() = default;

const value& document::root() const noexcept {
    return content_->root;
}

result<document> document::parse(std::string_view text, std::size_t depth) {
    return read(storage::with(text), depth, all_levels);
}

// simdjson's DOM checks a text many times faster than every value can be looked at. What it refuses may still
// be JSON: it takes no integer beyond 64 bits.
result<document> document::outline(std::string_view text, std::size_t levels) {
    auto content = storage::with(text);
    const bool checked = content->is_well_formed();
    return read(std::move(content), max_depth, checked ? levels : all_levels);
}

/// Anything but `all_levels` takes a text that was checked as a whole.
result<document> document::read(owner content, std::size_t depth, std::size_t levels) {
    const auto text = content->text;
    ondemand::document parsed;
    if (content->parser.iterate(text.data(), text.size(), content->padded.size()).get(parsed))
        return failure{errc::malformed, "it is not JSON"};
    auto whole = text;
    while (!whole.empty() && is_space(whole.front()))
        whole.remove_prefix(1);
    reader walk(trim_right(whole), depth, levels, content->values, content->stacks);
    if (!walk.read_root(parsed, content->root))
        return failure{errc::malformed, walk.reason()};
    return document(std::move(content));
}

}  // namespace shopbell::json
