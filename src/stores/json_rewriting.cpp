#include <shopbell/stores/json_rewriting.hpp>

#include <array>
#include <cstddef>

namespace shopbell {
namespace {

struct json_layout {
    std::string_view in_words;
    std::string_view indent;  ///< of one level; empty: everything on one line
    std::string_view behind_colon;
    std::string_view behind_comma;  ///< on one line
};

constexpr std::array layouts = {
    json_layout{"without spaces", "", "", ""},
    json_layout{"with a space behind each comma and colon", "", " ", " "},
    json_layout{"indented by two spaces", "  ", " ", ""},
    json_layout{"indented by four spaces", "    ", " ", ""},
    json_layout{"indented by tabs", "\t", " ", ""},
};

struct json_escapes {
    std::string_view in_words;
    bool slash = false;      ///< \/, as PHP does
    bool markup = false;     ///< \u003c and its kin for < > &, as Rails does
    bool non_ascii = false;  ///< \u00e9, as Python and PHP do
};

constexpr std::array escapings = {
    json_escapes{""},
    json_escapes{", \\/ for each slash and \\u escapes for letters beyond ASCII", true, false, true},
    json_escapes{" and \\/ for each slash", true},
    json_escapes{" and \\u escapes for letters beyond ASCII", false, false, true},
    json_escapes{" and \\u escapes for <, > and &", false, true},
};

class json_rewriter {
public:
    json_rewriter(const json_layout& layout, const json_escapes& escapes)
        : layout_(layout), escapes_(escapes) {}

    [[nodiscard]] std::string rewrite(const json::value& root) {
        write(root);
        return std::move(text_);
    }

private:
    void write(const json::value& one) {
        if (one.is_string())
            return write_string(one.text());
        if (one.is_object())
            return write_all('{', one.members(), '}', [this](const json::member& each) {
                write_string(each.name);
                text_.append(":").append(layout_.behind_colon);
                write(each.content);
            });
        if (one.is_array())
            return write_all('[', one.elements(), ']', [this](const json::value& each) { write(each); });
        text_ += one.raw();
    }

    template <class All, class Write>
    void write_all(char open, const All& all, char close, Write write_one) {
        text_ += open;
        ++depth_;
        bool first = true;
        for (const auto& one : all) {
            if (!std::exchange(first, false))
                text_.append(",").append(layout_.behind_comma);
            break_line();
            write_one(one);
        }
        --depth_;
        if (!first)
            break_line();
        text_ += close;
    }

    void break_line() {
        if (layout_.indent.empty())
            return;
        text_ += '\n';
        for (std::size_t i = 0; i < depth_; ++i)
            text_ += layout_.indent;
    }

    void write_string(std::string_view utf8) {
        text_ += '"';
        for (std::size_t at = 0; at < utf8.size();)
            at += write_character(utf8.substr(at));
        text_ += '"';
    }

    /// Returns how many bytes it took.
    std::size_t write_character(std::string_view rest) {
        const char c = rest.front();
        if (static_cast<unsigned char>(c) >= 0x80U)
            return write_beyond_ascii(rest);
        if (const char letter = short_escape(c); letter != '\0')
            text_.append({'\\', letter});
        else if (static_cast<unsigned char>(c) < 0x20U || (escapes_.markup && is_markup(c)))
            write_escape(static_cast<unsigned char>(c));
        else
            text_ += c;
        return 1;
    }

    [[nodiscard]] char short_escape(char c) const noexcept {
        constexpr std::string_view plain = "\"\\\b\f\n\r\t";
        constexpr std::string_view letters = "\"\\bfnrt";
        if (const auto at = plain.find(c); at != std::string_view::npos)
            return letters[at];
        return c == '/' && escapes_.slash ? '/' : '\0';
    }

    static bool is_markup(char c) noexcept { return c == '<' || c == '>' || c == '&'; }

    /// The text is well-formed: the reader has checked it.
    std::size_t write_beyond_ascii(std::string_view rest) {
        const auto lead = static_cast<unsigned char>(rest.front());
        const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
        if (!escapes_.non_ascii) {
            text_ += rest.substr(0, length);
            return length;
        }
        unsigned code = lead & (0xFFU >> (length + 1));
        for (std::size_t i = 1; i < length; ++i)
            code = code << 6U | (static_cast<unsigned char>(rest[i]) & 0x3FU);
        if (code < 0x10000U) {
            write_escape(code);
            return length;
        }
        write_escape(0xD800U + ((code - 0x10000U) >> 10U));
        write_escape(0xDC00U + ((code - 0x10000U) & 0x3FFU));
        return length;
    }

    void write_escape(unsigned code) {
        constexpr std::string_view digits = "0123456789abcdef";
        text_ += "\\u";
        for (const unsigned shift : {12U, 8U, 4U, 0U})
            text_ += digits[code >> shift & 0xFU];
    }

    const json_layout& layout_;
    const json_escapes& escapes_;
    std::string text_;
    std::size_t depth_ = 0;
};

}  // namespace

bool try_json_styles(std::string_view json,
                     const std::function<bool(const std::string& text, const std::string& way)>& fits) {
    const auto document = json::document::parse(json);
    if (!document)
        return false;
    for (const auto& layout : layouts) {
        std::string plain;
        for (const auto& escapes : escapings) {
            auto text = json_rewriter(layout, escapes).rewrite(document->root());
            const bool is_new = text != json && text != plain;
            if (is_new && fits(text, std::string(layout.in_words).append(escapes.in_words)))
                return true;
            if (escapes.in_words.empty())
                plain = std::move(text);
        }
    }
    return false;
}

}  // namespace shopbell
