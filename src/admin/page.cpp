#include "page.hpp"

#include "operations.hpp"
#include "page_files.hpp"

#include <shopbell/core/headers.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::string_view page_root = "/page/";

constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

const page_file* find_page_file(std::string_view path) {
    const auto all = page_files();
    const auto at = std::ranges::find(all, path, &page_file::path);
    return at == all.end() ? nullptr : &*at;
}

/// The next element of a comma-separated list, trimmed; `list` loses it.
std::string_view take_element(std::string_view& list) {
    const auto comma = std::min(list.find(','), list.size());
    const auto element = trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    return element;
}

/// Whether a coding's parameters are no more than "q=0" (RFC 9110, section 12.4.2).
bool is_weightless(std::string_view coding_parameters) {
    const auto text = trim(coding_parameters);
    if (!iequals(text.substr(0, 2), "q="))
        return false;
    return text.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

bool accepts_gzip(const headers& fields) {
    for (const auto& field : fields) {
        if (!iequals(field.name, "Accept-Encoding"))
            continue;
        for (std::string_view rest = field.value; !rest.empty();) {
            const auto element = take_element(rest);
            const auto semicolon = std::min(element.find(';'), element.size());
            if (iequals(trim(element.substr(0, semicolon)), "gzip"))
                return !is_weightless(element.substr(std::min(semicolon + 1, element.size())));
        }
    }
    return false;
}

/// Weak comparison (RFC 9110, section 13.1.2).
bool has_entity(const headers& fields, std::string_view tag) {
    for (std::string_view rest = value_of(fields, "If-None-Match"); !rest.empty();) {
        auto element = take_element(rest);
        if (element.starts_with("W/"))
            element.remove_prefix(2);
        if (element == tag || element == "*")
            return true;
    }
    return false;
}

http::response protect(http::response answer) {
    answer.fields.push_back({"Content-Security-Policy", std::string(content_security_policy)});
    answer.fields.push_back({"X-Content-Type-Options", "nosniff"});
    answer.fields.push_back({"Referrer-Policy", "no-referrer"});
    answer.fields.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
    answer.fields.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    return answer;
}

http::response page_not_found() {
    auto answer = http::response::error(404, http::error_text(404));
    answer.fields.push_back({"Cache-Control", "no-store"});
    return protect(std::move(answer));
}

http::response answer_file(const page_file& file, const headers& fields, std::string_view caching) {
    const bool packed = accepts_gzip(fields);
    http::response answer(200, std::string(packed ? file.packed : file.plain));
    answer.content_type = file.content_type;
    answer.fields.push_back({"Cache-Control", std::string(caching)});
    answer.fields.push_back({"Vary", "Accept-Encoding"});
    if (packed)
        answer.fields.push_back({"Content-Encoding", "gzip"});
    return protect(std::move(answer));
}

/// The page's start is asked for anew each time, and sent only where it has changed.
http::response answer_start(const headers& fields) {
    const auto* const index = find_page_file("index.html");
    if (index == nullptr)
        return page_not_found();
    const std::string tag = '"' + std::string(page_hash()) + '"';
    auto answer = answer_file(*index, fields, "no-cache");
    answer.fields.push_back({"ETag", tag});
    if (has_entity(fields, tag)) {
        answer.status = 304;
        answer.body.clear();
    }
    return answer;
}

}  // namespace

http::response answer_page(const http::request_head& head) {
    if (head.path == "/")
        return answer_start(head.fields);
    if (head.path == "/favicon.ico") {
        const auto* const icon = find_page_file("icon.svg");
        return icon == nullptr ? page_not_found() : answer_file(*icon, head.fields, "public, max-age=86400");
    }
    std::string_view path = head.path;
    path.remove_prefix(page_root.size());
    const auto slash = path.find('/');
    if (slash == std::string_view::npos || path.substr(0, slash) != page_hash())
        return page_not_found();
    const auto* const file = find_page_file(path.substr(slash + 1));
    if (file == nullptr || file->path == "index.html")
        return page_not_found();
    return answer_file(*file, head.fields, "public, max-age=31536000, immutable");
}

asio::awaitable<http::response> show_page(api_state&, api_call call) {
    co_return answer_page(call.request.head);
}

}  // namespace shopbell
