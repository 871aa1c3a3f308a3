#include "message_template.hpp"

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

#include <fcntl.h>
#include <kainjow/mustache.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <system_error>
#include <unordered_map>

namespace shopbell {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t largest_template = std::size_t{1} << 20;
/// The event document is deeper than the payload in it, which was read with the usual depth.
constexpr std::size_t document_depth = json::document::max_depth + 8;

std::string json_escape(const std::string& text) {
    json_writer out;
    const std::string quoted = out.string(text).take();
    return quoted.substr(1, quoted.size() - 2);
}

/// RFC 3986, section 2.3: all but the unreserved characters.
std::string percent_encode(const std::string& text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view marks = "-._~";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           marks.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            (out += '%').append({digits[byte >> 4U], digits[byte & 0x0FU]});
    }
    return out;
}

std::string as_it_is(const std::string& text) {
    return text;
}

/// "application/json; charset=utf-8" is "application/json".
std::string media_type(std::string_view content_type) {
    return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json(std::string_view media) noexcept {
    return media == "application/json" || media == "text/json" || media.ends_with("+json");
}

using escape = std::string (*)(const std::string&);

escape escape_for(std::string_view media) noexcept {
    if (is_json(media))
        return json_escape;
    if (media == "application/x-www-form-urlencoded")
        return percent_encode;
    return media == "text/html" ? mustache::html_escape<std::string> : as_it_is;
}

/// Lends the template the values of a document that it asks for, one at a time: nothing of a stranger's
/// document is turned into the library's own tree, however large or deep it is.
class lookup final : public mustache::basic_context<std::string> {
public:
    explicit lookup(const json::value& root) : scopes_{&root} {}

    void push(const mustache::data* lent) override { scopes_.push_back(meaning_.at(lent)); }
    void pop() override { scopes_.pop_back(); }

    [[nodiscard]] const mustache::data* get(const std::string& name) const override {
        if (name == ".")
            return lend(*scopes_.back());
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
            if (const json::value* found = find(**scope, name))
                return lend(*found);
        }
        return nullptr;
    }

    /// The library would read a value of the event as a template.
    [[nodiscard]] const mustache::data* get_partial(const std::string&) const override { return nullptr; }

private:
    static const json::value* find(const json::value& scope, std::string_view name) {
        const json::value* current = &scope;
        while (current != nullptr) {
            const auto dot = name.find('.');
            current = current->find(name.substr(0, dot));
            if (dot == std::string_view::npos)
                return current;
            name.remove_prefix(dot + 1);
        }
        return nullptr;
    }

    const mustache::data* lend(const json::value& value) const {
        const auto [place, is_new] = lent_.try_emplace(&value, mustache::data::type::bool_false);
        mustache::data& lent = place->second;
        if (!is_new)
            return &lent;
        if (value.is_array()) {
            const mustache::data stand_in(true);
            lent = mustache::data(mustache::list(value.elements().size(), stand_in));
            for (std::size_t i = 0; i < value.elements().size(); ++i)
                meaning_[&lent.list_value()[i]] = &value.elements()[i];
        } else if (value.is_object()) {
            lent = mustache::data(true);
        } else if (!value.text().empty() && !(value.is_boolean() && value.text() == "false")) {
            lent = mustache::data(std::string(value.text()));
        }
        meaning_[&lent] = &value;
        return &lent;
    }

    std::vector<const json::value*> scopes_;  // the innermost at the end
    mutable std::unordered_map<const json::value*, mustache::data> lent_;
    mutable std::unordered_map<const mustache::data*, const json::value*> meaning_;
};

result<std::string> read_whole(const std::string& path) {
    const auto refused = [&path](int number) {
        return failure{errc::io, path + ": " + std::generic_category().message(number)};
    };
    const file_descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct ::stat about {};
    if (!in || ::fstat(in.get(), &about) != 0)
        return refused(errno);
    if (!S_ISREG(about.st_mode))
        return refused(S_ISDIR(about.st_mode) ? EISDIR : EINVAL);
    std::string text(largest_template + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const auto size = ::read(in.get(), text.data() + filled, text.size() - filled);
        if (size < 0 && errno != EINTR)
            return refused(errno);
        if (size == 0)
            break;
        filled += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    if (filled > largest_template)
        return refused(EFBIG);
    text.resize(filled);
    return text;
}

failure wrong_at(const std::string& name, const std::string& text, std::size_t offset, std::string why) {
    const std::string_view before = std::string_view(text).substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;
    return failure{errc::malformed,
                   name + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + std::move(why)};
}

/// The library says "Unclosed tag at 17".
failure syntax_error(const std::string& name, const std::string& text, const std::string& message) {
    constexpr std::string_view at = " at ";
    const auto place = message.rfind(at);
    std::size_t offset = 0;
    if (place != std::string::npos)
        std::from_chars(message.data() + place + at.size(), message.data() + message.size(), offset);
    std::string why = message.substr(0, place);
    if (!why.empty())
        why.front() = to_lower(why.substr(0, 1)).front();
    return wrong_at(name, text, std::min(offset, text.size()), std::move(why));
}

/// Where a {{>partial}} begins, or npos.
std::size_t find_partial(const std::string& text) {
    for (auto open = text.find("{{"); open != std::string::npos; open = text.find("{{", open + 1)) {
        const auto mark = text.find_first_not_of(" \t\r\n", open + 2);
        if (mark != std::string::npos && text[mark] == '>')
            return open;
    }
    return std::string::npos;
}

}  // namespace

struct message_template::state {
    explicit state(const std::string& text) : content(text) {}
    mustache::mustache content;
    bool must_be_json = false;
};

message_template::message_template(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}
message_template::message_template(message_template&&) noexcept = default;
message_template& message_template::operator=(message_template&&) noexcept = default;
message_template::~message_template() = default;

result<message_template> message_template::read(const std::string& path, std::string_view content_type) {
    const auto text = read_whole(path);
    if (!text)
        return text.error();
    return parse(*text, path, content_type);
}

result<message_template> message_template::parse(const std::string& text, const std::string& name,
                                                 std::string_view content_type) {
    if (const auto partial = find_partial(text); partial != std::string::npos)
        return wrong_at(name, text, partial, "there are no partials ({{>name}}) here");
    auto made = std::make_unique<state>(text);
    if (!made->content.is_valid())
        return syntax_error(name, text, made->content.error_message());
    const std::string media = media_type(content_type);
    made->content.set_custom_escape(escape_for(media));
    made->must_be_json = is_json(media);
    return message_template(std::move(made));
}

result<std::string> message_template::render(const event& about) const {
    const auto document = json::document::parse(about.document, document_depth);
    if (!document)
        return failure{errc::malformed, "the event document cannot be read: " + document.error().reason};
    lookup values(document->root());
    std::ostringstream out;
    std::string message = state_->content.render(values, out).str();
    if (state_->must_be_json) {
        if (const auto checked = json::document::parse(message); !checked)
            return failure{errc::malformed,
                           "what the template makes of this event is not sent: " + checked.error().reason};
    }
    return message;
}

}  // namespace shopbell
