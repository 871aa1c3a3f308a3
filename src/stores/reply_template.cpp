#include "reply_template.hpp"

#include "wording.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell::stores {

namespace {

constexpr std::size_t longest_value = 1024;
/// What a MAC may be made of for a stranger: with the key of the endpoint's signatures nothing else.
constexpr std::size_t longest_token = 64;

bool is_plain_token(std::string_view text) noexcept {
    return text.size() <= longest_token && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

bool is_json(std::string_view content_type) {
    const auto type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
    return type == "application/json" || type.ends_with("+json");
}

bool write_plain(std::string& out, std::string_view value) {
    out.append(value);
    return value.size() <= longest_value;
}

bool write_field(std::string& out, std::string_view value) {
    out.append(value);
    return value.size() <= longest_value && std::ranges::none_of(value, is_control);
}

/// As the inside of a JSON string.
bool write_json_text(std::string& out, std::string_view value) {
    json_writer escaped;
    escaped.string(value);
    const std::string_view text = escaped.text();
    out.append(text.substr(1, text.size() - 2));
    return value.size() <= longest_value;
}

std::optional<text_template> read_template(config::reader& table, std::string_view key,
                                           std::string_view text) {
    auto made = text_template::parse(text, vocabulary::answer);
    if (made)
        return *std::move(made);
    table.error(key, "\"" + std::string(text) + "\" " + made.error().reason);
    return std::nullopt;
}

bool makes_mac_of_other_than_token(const text_template& of, const request_view& from) {
    if (!of.uses(place::mac))
        return false;
    return std::ranges::any_of(of.sources(), [&](const source* one) {
        const auto found = from.find(*one);
        return found.is_one() && !is_plain_token(found.text);
    });
}

}  // namespace

reply_template reply_template::read(config::reader table) {
    reply_template made;
    made.status_ = static_cast<unsigned>(table.integer("status", 200, 200, 599));
    made.content_type_ = table.string("content_type", "");
    if (std::ranges::any_of(made.content_type_, is_control))
        table.error("content_type", "a content type holds no control characters");
    if (table.has("body"))
        made.body_ = read_template(table, "body", table.string("body", ""));
    for (const auto& [name, value] : table.string_table("headers")) {
        const bool is_name = parse_source("header:" + name).has_value();
        constexpr std::string_view ours[] = {"content-length", "transfer-encoding", "connection",
                                             "content-type", "date"};
        if (!is_name || std::ranges::find(ours, to_lower(name)) != std::end(ours))
            table.error("headers", "\"" + name + "\" is no header that an answer can be given");
        else if (std::ranges::any_of(value, is_control))
            table.error("headers", "the value of \"" + name + "\" holds a control character");
        else if (auto content = read_template(table, "headers", value))
            made.headers_.emplace_back(name, *std::move(content));
    }
    return made;
}

std::optional<reply> reply_template::fill(const request_view& from, bool may_sign) const {
    reply made;
    made.status = status_;
    made.content_type = content_type_;
    if (body_) {
        if (!may_sign && makes_mac_of_other_than_token(*body_, from))
            return std::nullopt;
        const text_template::writer write = is_json(content_type_) ? write_json_text : write_plain;
        if (!body_->render(from, made.body, write))
            return std::nullopt;
        if (content_type_.empty())
            made.content_type = "text/plain; charset=utf-8";
        if (!body_->sources().empty())
            made.fields.push_back({"X-Content-Type-Options", "nosniff"});
    }
    for (const auto& [name, value] : headers_) {
        std::string text;
        if (!value.render(from, text, write_field))
            continue;  // CloudEvents: a rate is answered where one was asked for
        made.fields.push_back({name, std::move(text)});
    }
    return made;
}

bool reply_template::is_fixed() const {
    return sources().empty();
}

std::vector<const source*> reply_template::sources() const {
    std::vector<const source*> all;
    if (body_)
        all = body_->sources();
    for (const auto& [name, value] : headers_)
        std::ranges::copy(value.sources(), std::back_inserter(all));
    return all;
}

}  // namespace shopbell::stores
