#include "text_template.hpp"

#include "request_view.hpp"
#include "wording.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>

#include <algorithm>
#include <array>

namespace shopbell::stores {

namespace {

constexpr std::size_t longest_template = 4096;
constexpr std::size_t most_pieces = 128;

struct word {
    std::string_view name;
    place where;
};

constexpr std::array words = {
    word{"body", place::body},           word{"url", place::url},       word{"method", place::method},
    word{"timestamp", place::timestamp}, word{"secret", place::secret}, word{"form", place::form_fields},
    word{"sha256", place::sha256},       word{"user", place::user},
};

constexpr std::array<std::pair<std::string_view, hash>, 4> macs = {
    std::pair{std::string_view("hmac-sha1:"), hash::sha1},
    std::pair{std::string_view("hmac-sha256:"), hash::sha256},
    std::pair{std::string_view("hmac-sha384:"), hash::sha384},
    std::pair{std::string_view("hmac-sha512:"), hash::sha512},
};

std::string placeholder(std::string_view inside) {
    return "{" + std::string(inside) + "}";
}

bool take_suffix(std::string_view& text, std::string_view suffix) noexcept {
    if (!text.ends_with(suffix))
        return false;
    text.remove_suffix(suffix.size());
    return true;
}

}  // namespace

class text_template::parser {
public:
    parser(std::string_view text, vocabulary allowed) : rest_(text), allowed_(allowed) {}

    result<text_template> run() {
        if (rest_.size() > longest_template)
            return malformed("is longer than " + std::to_string(longest_template) + " characters");
        while (!rest_.empty()) {
            if (auto step = next(); !step)
                return step.error();
            if (made_.pieces_.size() > most_pieces)
                return malformed("has more than " + std::to_string(most_pieces) + " parts");
        }
        if (group_ != 0)
            return malformed("has a \"[\" without its \"]\"");
        return std::move(made_);
    }

private:
    [[nodiscard]] bool has_brackets() const noexcept {
        return allowed_ != vocabulary::answer && allowed_ != vocabulary::pattern;
    }
    [[nodiscard]] bool begins_placeholder() const noexcept {
        if (allowed_ != vocabulary::answer)
            return true;
        return rest_.size() > 1 && rest_[1] >= 'a' && rest_[1] <= 'z';
    }

    result<void> next() {
        switch (rest_.front()) {
            case '{':
                return begins_placeholder() ? take_placeholder() : take_text(1);
            case '}':
                return allowed_ == vocabulary::answer ? take_text(1)
                                                      : malformed("has a \"}\" without its \"{\"");
            case '[':
                return has_brackets() ? open() : take_text(1);
            case ']':
                return has_brackets() ? close() : take_text(1);
            default:
                return take_text(0);
        }
    }

    result<void> open() {
        if (group_ != 0)
            return malformed("has brackets within brackets");
        group_ = ++groups_;
        rest_.remove_prefix(1);
        return {};
    }

    result<void> close() {
        if (group_ == 0)
            return malformed("has a \"]\" without its \"[\"");
        group_ = 0;
        rest_.remove_prefix(1);
        return {};
    }

    /// Takes the text up to the next sign that means something, the first `certain` characters in any case.
    result<void> take_text(std::size_t certain) {
        const auto end = std::min(rest_.find_first_of("{}[]", certain), rest_.size());
        auto& pieces = made_.pieces_;
        if (!pieces.empty() && !pieces.back().from && pieces.back().group == group_)
            pieces.back().text.append(rest_.substr(0, end));
        else
            pieces.push_back({.text = std::string(rest_.substr(0, end)), .group = group_});
        rest_.remove_prefix(end);
        return {};
    }

    result<void> take_placeholder() {
        const auto end = rest_.find('}');
        if (end == std::string_view::npos)
            return malformed("has a \"{\" without its \"}\"");
        const auto inside = rest_.substr(1, end - 1);
        auto made = parse_placeholder(inside);
        if (!made)
            return made.error();
        made->group = group_;
        made_.pieces_.push_back(*std::move(made));
        rest_.remove_prefix(end + 1);
        return {};
    }

    [[nodiscard]] result<piece> parse_placeholder(std::string_view inside) const {
        piece made;
        auto name = inside;
        made.optional = take_suffix(name, "?");
        made.lower = take_suffix(name, "|lower");
        made.optional |= take_suffix(name, "?");
        for (const auto& [prefix, by] : macs) {
            if (name.starts_with(prefix))
                return parse_mac(std::move(made), inside, name.substr(prefix.size()), by);
        }
        auto found = parse_value(name);
        if (!found)
            return malformed("holds " + placeholder(inside) + ", which " + found.error().reason);
        made.from = *std::move(found);
        return made;
    }

    [[nodiscard]] result<piece> parse_mac(piece made, std::string_view inside, std::string_view name,
                                          hash by) const {
        if (allowed_ != vocabulary::answer)
            return malformed("holds " + placeholder(inside) + ", and a MAC stands in an answer only");
        made.form = take_suffix(name, "|base64") ? text_form::base64 : text_form::hex;
        if (made.form == text_form::hex)
            (void)take_suffix(name, "|hex");
        auto found = parse_source(name);
        if (!found)
            return malformed("holds " + placeholder(inside) + ", of which \"" + std::string(name) + "\" " +
                             found.error().reason);
        made.from =
            source{place::mac, std::string(), 0, by, std::make_shared<const source>(*std::move(found))};
        return made;
    }

    [[nodiscard]] result<source> parse_value(std::string_view name) const {
        if (allowed_ == vocabulary::order && (name.empty() || name.starts_with('/'))) {
            if (!is_pointer(name))
                return malformed("is no JSON Pointer");
            return source{place::member, std::string(name)};
        }
        const auto known = std::ranges::find(words, name, &word::name);
        if (known != words.end() && is_allowed(known->where))
            return source{known->where};
        if (name.find(':') == std::string_view::npos)
            return unknown(name);
        return parse_source(name);
    }

    [[nodiscard]] bool is_allowed(place where) const noexcept {
        switch (allowed_) {
            case vocabulary::signed_text:
                return true;
            case vocabulary::pattern:
                return where == place::user;
            case vocabulary::order:
                return false;
            case vocabulary::answer:
                return where != place::secret && where != place::body && where != place::form_fields;
            case vocabulary::name:
                return where != place::secret;
        }
        return false;
    }

    [[nodiscard]] failure unknown(std::string_view name) const {
        std::vector<std::string_view> choices;
        for (const auto& one : words) {
            if (is_allowed(one.where))
                choices.push_back(one.name);
        }
        const auto close = closest(name, choices);
        return malformed("means nothing here" +
                         (close ? " (did you mean {" + std::string(*close) + "}?)" : ""));
    }

    std::string_view rest_;
    vocabulary allowed_;
    unsigned group_ = 0;
    unsigned groups_ = 0;
    text_template made_;
};

result<text_template> text_template::parse(std::string_view text, vocabulary allowed) {
    return parser(text, allowed).run();
}

text_template text_template::value(source from) {
    text_template made;
    made.pieces_.push_back({.from = std::move(from)});
    return made;
}

text_template text_template::literal(std::string text) {
    text_template made;
    made.pieces_.push_back({.text = std::move(text)});
    return made;
}

std::optional<std::string_view> text_template::render(const request_view& from, std::string& storage) const {
    if (pieces_.size() == 1 && pieces_.front().from && !pieces_.front().lower && pieces_.front().group == 0 &&
        pieces_.front().from->where != place::mac) {
        const auto value = from.find(*pieces_.front().from);
        if (!value.is_one() && pieces_.front().optional)
            return std::string_view();
        return value.is_one() ? std::optional(value.text) : std::nullopt;
    }
    storage.clear();
    if (!append_all(from, storage, nullptr))
        return std::nullopt;
    return storage;
}

bool text_template::render(const request_view& from, std::string& out, const writer& write) const {
    return append_all(from, out, &write);
}

bool text_template::append_all(const request_view& from, std::string& out, const writer* write) const {
    for (std::size_t i = 0; i < pieces_.size();) {
        const auto group = pieces_[i].group;
        const auto before = out.size();
        auto end = i;
        bool is_there = true;
        for (; end < pieces_.size() && pieces_[end].group == group; ++end) {
            is_there = is_there && append(pieces_[end], from, out, write);
            if (group == 0 && !is_there)
                return false;
        }
        if (!is_there)
            out.resize(before);
        i = end;
    }
    return true;
}

bool text_template::append(const piece& one, const request_view& from, std::string& out,
                           const writer* write) const {
    if (!one.from) {
        out.append(one.text);
        return true;
    }
    const auto value = from.find(*one.from);
    if (!value.is_one())
        return one.optional;
    std::string changed;
    auto text = value.text;
    if (one.lower)
        text = changed = to_lower(text);
    else if (one.from->where == place::mac)
        text = changed = one.form == text_form::hex ? hex_encode(text) : base64_encode(text);
    if (write != nullptr)
        return (*write)(out, text);
    out.append(text);
    return true;
}

std::vector<const source*> text_template::sources() const {
    std::vector<const source*> all;
    for (const auto& one : pieces_) {
        if (one.from)
            all.push_back(one.from->inner ? one.from->inner.get() : &*one.from);
    }
    return all;
}

bool text_template::uses(place where) const {
    return std::ranges::any_of(pieces_,
                               [where](const piece& one) { return one.from && one.from->where == where; });
}

}  // namespace shopbell::stores
