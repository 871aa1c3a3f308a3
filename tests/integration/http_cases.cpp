#include "http_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace shopbell::test {
namespace {

using namespace std::string_literals;

// Limits of the daemon under test: max_body = "64KiB", max_header = "16KiB".

const std::string line = "POST /hooks/usaepay HTTP/1.1\r\n";
const std::string host = "Host: shop.example.com\r\n";
const std::string proof = "X-Signature: {signature}\r\n";
const std::string sized = "Content-Length: {size}\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string end = "\r\n";
const std::string body = "{body}";
const std::string one_chunk = "{hex}\r\n{body}\r\n";
const std::string last_chunk = "0\r\n\r\n";

const std::string several_readers =
    "where two readers of one connection can disagree on the bytes, one is made to see a request that the "
    "other does not; no client of ours has reason to write it";

/// A genuine request under another request line.
std::string under(const std::string& request_line) {
    return request_line + host + proof + sized + end + body;
}

std::string to(const std::string& target) {
    return under("POST " + target + " HTTP/1.1\r\n");
}

std::string at(const std::string& hosts) {
    return line + hosts + proof + sized + end + body;
}

/// With further field lines.
std::string with(const std::string& fields) {
    return line + host + proof + fields + sized + end + body;
}

/// With other lines in the place of Content-Length.
std::string framed(const std::string& fields, const std::string& content = body) {
    return line + host + proof + fields + end + content;
}

std::string in_chunks(const std::string& content) {
    return framed(chunked, content);
}

http_case accepted(std::string name, std::string section, std::string request, std::string why = {}) {
    return {std::move(name), std::move(section), std::move(request), {200}, ending::keeps, std::move(why)};
}

http_case accepted_last(std::string name, std::string section, std::string request, std::string why = {}) {
    return {std::move(name), std::move(section), std::move(request), {200}, ending::closes, std::move(why)};
}

http_case refused(std::string name, std::string section, std::string request, unsigned status,
                  std::string why = {}) {
    return {std::move(name), std::move(section), std::move(request),
            {status},        ending::closes,     std::move(why)};
}

/// A path that is no endpoint's: the connection serves others.
http_case missing(std::string name, std::string section, std::string request, std::string why = {}) {
    return {std::move(name), std::move(section), std::move(request), {404}, ending::keeps, std::move(why)};
}

http_case broken_off(std::string name, std::string section, std::string request, std::string why = {}) {
    return {std::move(name), std::move(section), std::move(request), {}, ending::silence, std::move(why)};
}

http_case method(const std::string& name, const std::string& section, const std::string& word,
                 const std::string& why = {}) {
    return refused(name, section, under(word + " /hooks/usaepay HTTP/1.1\r\n"), 405, why);
}

}  // namespace

void PrintTo(const http_case& one, std::ostream* out) {
    *out << one.name << " (RFC " << one.section << ')' << (one.why.empty() ? "" : ": ") << one.why;
}

store_request genuine_webhook(std::string_view event_id) {
    constexpr std::size_t size = 0xab;
    auto text = fmt::format(
        R"({{"type":"event","event_type":"transaction.sale.success","event_body":{{}},"event_id":"{}","note":")",
        event_id);
    text.append(size - 2 - text.size(), '.');
    return usaepay_signed(text + R"("})");
}

std::string fill_in(std::string request, const store_request& webhook) {
    constexpr std::size_t first = 5;
    const auto& content = webhook.body;
    const std::array<std::pair<std::string_view, std::string>, 8> marks = {
        {{"{size}", fmt::format("{}", content.size())},
         {"{hex}", fmt::format("{:x}", content.size())},
         {"{HEX}", fmt::format("{:X}", content.size())},
         {"{rest hex}", fmt::format("{:x}", content.size() - first)},
         {"{signature}", std::string(value_of(webhook.fields, "X-Signature"))},
         {"{first}", content.substr(0, first)},
         {"{rest}", content.substr(first)},
         {"{body}", content}}};
    for (const auto& [mark, value] : marks) {
        for (auto found = request.find(mark); found != request.npos;
             found = request.find(mark, found + value.size()))
            request.replace(found, mark.size(), value);
    }
    return request;
}

std::vector<http_case> request_line_cases() {
    const std::string lone = "a recipient may take a lone LF for a line end; " + several_readers;
    const std::string lenient = "a recipient may split at any white space; " + several_readers;
    return {
        accepted("plain", "9112 3", under(line)),
        accepted("an_empty_line_before", "9112 2.2", "\r\n" + under(line)),
        accepted("many_empty_lines_before", "9112 2.2", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" + under(line)),
        accepted("of_8000_bytes", "9112 3", to("/hooks/usaepay?" + std::string(7971, 'q'))),
        refused("a_lone_lf_before", "9112 2.2", "\n" + under(line), 400, lone),
        refused("a_lone_cr_before", "9112 2.2", "\r" + under(line), 400),
        refused("a_space_before", "9112 3", " " + under(line), 400),
        refused("two_spaces_after_the_method", "9112 3", under("POST  /hooks/usaepay HTTP/1.1\r\n"), 400,
                lenient),
        refused("a_tab_after_the_method", "9112 3", under("POST\t/hooks/usaepay HTTP/1.1\r\n"), 400, lenient),
        refused("two_spaces_before_the_version", "9112 3", under("POST /hooks/usaepay  HTTP/1.1\r\n"), 400,
                lenient),
        refused("a_space_after_the_version", "9112 3", under("POST /hooks/usaepay HTTP/1.1 \r\n"), 400,
                lenient),
        refused("a_tab_after_the_version", "9112 3", under("POST /hooks/usaepay HTTP/1.1\t\r\n"), 400,
                lenient),
        refused("a_fourth_word", "9112 3", under("POST /hooks/usaepay x HTTP/1.1\r\n"), 400),
        refused("no_target", "9112 3", under("POST HTTP/1.1\r\n"), 400),
        refused("only_a_method", "9112 3", under("POST\r\n"), 400),
        refused("no_version", "9112 3", under("POST /hooks/usaepay\r\n"), 400,
                "HTTP/0.9: not spoken for thirty years"),
        refused("a_lone_lf_at_its_end", "9112 2.2", under("POST /hooks/usaepay HTTP/1.1\n"), 400, lone),
        refused("a_lone_cr_at_its_end", "9112 2.2", under("POST /hooks/usaepay HTTP/1.1\r"), 400),
        refused("two_cr_at_its_end", "9112 2.2", under("POST /hooks/usaepay HTTP/1.1\r\r\n"), 400),
        refused("a_nul_in_it", "9112 3", under("POST /hooks/usaepay\0 HTTP/1.1\r\n"s), 400),
        refused("a_blank_line_behind_it_that_begins_with_a_space", "9112 2.2", line + " \r\n" + host, 400),
        refused("longer_than_we_read", "9112 3", to("/hooks/usaepay?" + std::string(20'000, 'q')), 414),
        refused("a_tls_greeting", "9112 3",
                "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(32, 'r'), 400),
    };
}

std::vector<http_case> method_cases() {
    const std::string unknown =
        "501 is for methods that no resource of the server knows; 405 with Allow says what to do instead";
    return {
        method("get", "9110 9.3.1", "GET"),
        method("head", "9110 9.3.2", "HEAD"),
        method("put", "9110 9.3.4", "PUT"),
        method("delete_", "9110 9.3.5", "DELETE"),
        method("patch", "9110 9.1", "PATCH"),
        method("options", "9110 9.3.7", "OPTIONS"),
        method("trace", "9110 9.3.8", "TRACE"),
        method("connect_with_a_path", "9110 9.3.6", "CONNECT"),
        method("unknown", "9110 9.1", "BREW", unknown),
        method("in_small_letters", "9110 9.1", "post", unknown),
        method("of_every_character_that_a_token_has", "9110 5.6.2", "!#$%&'*+-.^_`|~09AZaz", unknown),
        method("of_two_hundred_letters", "9112 3", std::string(200, 'M'), unknown),
        refused("get_without_length", "9110 9.3.1", "GET /hooks/usaepay HTTP/1.1\r\n" + host + end, 405),
        refused("get_with_chunks", "9110 9.3.1",
                "GET /hooks/usaepay HTTP/1.1\r\n" + host + chunked + end + one_chunk + last_chunk, 405),
        refused("head_that_is_malformed", "9110 9.3.2",
                "HEAD /hooks/usaepay HTTP/1.1\r\n" + host + "X : y\r\n" + end, 400),
        refused("head_with_a_lone_lf", "9110 9.3.2", "HEAD /hooks/usaepay HTTP/1.1\n" + host + end, 400),
        missing("trace_of_a_missing_path", "9110 9.3.8", "TRACE / HTTP/1.1\r\n" + host + proof + end),
        refused("with_a_bracket", "9110 9.1", under("PO(ST /hooks/usaepay HTTP/1.1\r\n"), 400),
        refused("not_of_ascii", "9110 9.1", under("P\xc3\x96ST /hooks/usaepay HTTP/1.1\r\n"), 400),
    };
}

std::vector<http_case> version_cases() {
    const std::string minor =
        "a higher minor version should be taken for 1.1; proxies disagree on what framing it has, and "
        "nothing "
        "ever spoke it";
    const auto in = [](const std::string& version) {
        return under("POST /hooks/usaepay " + version + "\r\n");
    };
    return {
        accepted_last("http_1_0", "9112 9.3", in("HTTP/1.0")),
        accepted_last("http_1_0_without_host", "9112 3.2",
                      "POST /hooks/usaepay HTTP/1.0\r\n" + proof + sized + end + body),
        refused("http_1_2", "9110 6.2", in("HTTP/1.2"), 505, minor),
        refused("http_1_9", "9110 6.2", in("HTTP/1.9"), 505, minor),
        refused("http_2_0", "9110 15.6.6", in("HTTP/2.0"), 505),
        refused("http_3_0", "9110 15.6.6", in("HTTP/3.0"), 505),
        refused("http_0_9", "9110 15.6.6", in("HTTP/0.9"), 505),
        refused("the_preface_of_http_2", "9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        refused("two_digits_of_minor", "9112 2.3", in("HTTP/1.10"), 400),
        refused("two_digits_of_major", "9112 2.3", in("HTTP/01.1"), 400),
        refused("no_minor", "9112 2.3", in("HTTP/1"), 400),
        refused("a_comma", "9112 2.3", in("HTTP/1,1"), 400),
        refused("small_letters", "9112 2.3", in("http/1.1"), 400),
        refused("another_protocol", "9112 2.3", in("HTTPS/1.1"), 400),
        refused("a_space_in_it", "9112 2.3", in("HTTP/ 1.1"), 400),
    };
}

std::vector<http_case> target_cases() {
    const std::string exact =
        "the paths are compared byte for byte and none is normalised: two ways to write a path are two ways "
        "around whatever rule a proxy has for one of them";
    const std::string form = "no method that is served has this form of target";
    const std::string harmless =
        "not of a URI's characters, for which 400 is recommended: an endpoint's path is compared exactly, "
        "the "
        "query means nothing, and stores take whatever URL their owner typed";
    return {
        accepted("a_query", "9112 3.2.1", to("/hooks/usaepay?a=b&c=/d?e")),
        accepted("an_empty_query", "9112 3.2.1", to("/hooks/usaepay?")),
        accepted("odd_characters_in_the_query", "9112 3.2", to("/hooks/usaepay?{|}\"<>^`\\%zz\xc3\xa9"),
                 harmless),
        accepted("absolute_form", "9112 3.2.2", to("http://shop.example.com/hooks/usaepay")),
        accepted("absolute_form_of_another_host", "9112 3.2.2", to("http://other.example:81/hooks/usaepay")),
        accepted("absolute_form_with_https", "9112 3.2.2", to("https://shop.example.com/hooks/usaepay")),
        accepted("absolute_form_in_capitals", "9110 4.2.3", to("HTTP://SHOP.EXAMPLE.COM/hooks/usaepay")),
        accepted("absolute_form_with_an_ipv6_address", "9112 3.2.2", to("http://[::1]:80/hooks/usaepay?x")),
        missing("absolute_form_without_a_path", "9112 3.2.2", to("http://shop.example.com")),
        refused("absolute_form_without_a_host", "9110 4.2.1", to("http:///hooks/usaepay"), 400),
        refused("absolute_form_with_a_user", "9110 4.2.4", to("http://a:b@shop.example.com/hooks/usaepay"),
                400, "what a URL hides a password in is not served, and not logged"),
        refused("absolute_form_with_a_bad_port", "9110 4.2.1", to("http://shop.example.com:x/hooks/usaepay"),
                400),
        refused("absolute_form_of_another_scheme", "9112 3.2.2", to("ftp://shop.example.com/hooks/usaepay"),
                400),
        refused("asterisk_form", "9112 3.2.4", under("OPTIONS * HTTP/1.1\r\n"), 501, form),
        refused("asterisk_form_with_post", "9112 3.2.4", to("*"), 400),
        refused("authority_form", "9112 3.2.3", under("CONNECT shop.example.com:443 HTTP/1.1\r\n"), 405,
                form),
        refused("authority_form_that_is_none", "9112 3.2.3", under("CONNECT shop.example.com:x HTTP/1.1\r\n"),
                400),
        refused("authority_form_with_post", "9112 3.2.3", to("shop.example.com:443"), 400),
        refused("no_slash", "9112 3.2.1", to("hooks/usaepay"), 400),
        refused("a_fragment", "9110 4.2.5", to("/hooks/usaepay#x"), 400),
        missing("a_percent_encoded_letter", "9110 4.2.3", to("/hooks/us%61epay"), exact),
        missing("a_percent_encoded_slash", "9110 4.2.3", to("/hooks%2fusaepay")),
        missing("a_percent_encoded_nul", "9110 4.2.3", to("/hooks/usaepay%00")),
        missing("dot_segments", "9110 4.2.3", to("/x/../hooks/./usaepay"), exact),
        missing("an_empty_segment", "9110 4.2.3", to("//hooks/usaepay")),
        missing("a_slash_at_its_end", "9110 4.2.3", to("/hooks/usaepay/")),
        missing("a_backslash", "9112 3.2", to("/hooks\\usaepay"), harmless),
        missing("a_parameter", "9110 4.2.3", to("/hooks/usaepay;x=y")),
        missing("capitals", "9110 4.2.3", to("/Hooks/usaepay")),
        missing("bytes_above_ascii", "9112 3.2", to("/hooks/usaepay\xc3\xa9"), harmless),
        missing("the_root", "9110 4.2.3", to("/")),
    };
}

std::vector<http_case> host_cases() {
    return {
        accepted("in_other_letters", "9110 5.1", at("hOsT: shop.example.com\r\n")),
        accepted("with_a_port", "9110 7.2", at("Host: shop.example.com:8080\r\n")),
        accepted("with_an_empty_port", "9110 7.2", at("Host: shop.example.com:\r\n")),
        accepted("an_ipv4_address", "9110 7.2", at("Host: 127.0.0.1:80\r\n")),
        accepted("an_ipv6_address", "9110 7.2", at("Host: [2001:db8::1]:80\r\n")),
        accepted("of_another_name", "9110 7.2", at("Host: other.example\r\n")),
        accepted("with_an_underscore", "9110 7.2", at("Host: my_shop.example.com\r\n")),
        accepted("percent_encoded", "9110 7.2", at("Host: caf%C3%A9.example\r\n")),
        accepted("behind_the_other_fields", "9112 3.2", line + proof + sized + host + end + body),
        refused("absent", "9112 3.2", at(""), 400),
        refused("twice_alike", "9112 3.2", at(host + host), 400),
        refused("twice_different", "9112 3.2", at(host + "Host: other.example\r\n"), 400),
        refused("twice_in_http_1_0", "9112 3.2",
                "POST /hooks/usaepay HTTP/1.0\r\n" + host + host + proof + sized + end + body, 400),
        refused("absent_in_absolute_form", "9112 3.2.2",
                "POST http://shop.example.com/hooks/usaepay HTTP/1.1\r\n" + proof + sized + end + body, 400),
        refused("empty", "9110 4.2.1", at("Host:\r\n"), 400, "no http URI has an empty host"),
        refused("only_a_port", "9110 4.2.1", at("Host: :80\r\n"), 400),
        refused("two_joined", "9112 3.2", at("Host: shop.example.com,other.example\r\n"), 400,
                "a name may hold a comma; it is only ever seen where something has joined two lines"),
        refused("with_a_user", "9112 3.2", at("Host: me@shop.example.com\r\n"), 400),
        refused("with_a_path", "9112 3.2", at("Host: shop.example.com/x\r\n"), 400),
        refused("with_a_scheme", "9112 3.2", at("Host: http://shop.example.com\r\n"), 400),
        refused("with_a_space", "9112 3.2", at("Host: shop.example.com x\r\n"), 400),
        refused("in_quotes", "9112 3.2", at("Host: \"shop.example.com\"\r\n"), 400),
        refused("with_a_port_of_letters", "9112 3.2", at("Host: shop.example.com:http\r\n"), 400),
        refused("with_two_ports", "9112 3.2", at("Host: shop.example.com:80:81\r\n"), 400),
        refused("half_percent_encoded", "9112 3.2", at("Host: shop%4.example.com\r\n"), 400),
        refused("not_of_ascii", "9112 3.2", at("Host: caf\xc3\xa9.example\r\n"), 400),
        refused("brackets_around_a_name", "9112 3.2", at("Host: [shop]\r\n"), 400),
        refused("brackets_that_do_not_close", "9112 3.2", at("Host: [::1\r\n"), 400),
        refused("folded", "9112 5.2", at("Host:\r\n shop.example.com\r\n"), 400),
    };
}

std::vector<http_case> field_cases() {
    const std::string lone = "a recipient may take a lone LF for a line end; " + several_readers;
    const std::string fold = "a fold may be replaced by spaces instead; " + several_readers;
    std::string many;
    for (int i = 0; i < 3000; ++i)
        many += "A: b\r\n";
    return {
        accepted("no_space_behind_the_colon", "9112 5", with("X:y\r\n")),
        accepted("much_white_space_around_the_value", "9112 5", with("X: \t \t y \t \r\n")),
        accepted("white_space_around_the_signature", "9112 5",
                 line + host + "X-Signature:\t {signature}\t \r\n" + sized + end + body),
        accepted("an_empty_value", "9110 5.5", with("X:\r\n")),
        accepted("a_tab_in_a_value", "9110 5.5", with("X: a\tb\r\n")),
        accepted("a_colon_in_a_value", "9110 5.5", with("X: a:b: c\r\n")),
        accepted("a_value_not_of_ascii", "9110 5.5", with("X: caf\xc3\xa9 \xff\r\n")),
        accepted("a_name_of_every_character_that_a_token_has", "9110 5.6.2",
                 with("!#$%&'*+-.^_`|~09AZaz: x\r\n")),
        accepted("a_name_with_an_underscore", "9110 5.6.2", with("Content_Length: 5\r\n")),
        accepted("names_in_other_letters", "9110 5.1",
                 "POST /hooks/usaepay HTTP/1.1\r\nHOST: a\r\nx-sIGNATURE: {signature}\r\ncONTENT-lENGTH: "
                 "{size}\r\n\r\n{body}"),
        accepted("one_of_12_000_bytes", "9112 5", with("X: " + std::string(12'000, 'x') + "\r\n")),
        refused("one_of_20_000_bytes", "9110 5.4", with("X: " + std::string(20'000, 'x') + "\r\n"), 431),
        refused("three_thousand", "9110 5.4", with(many), 431),
        {"the_signature_twice",
         "9110 5.3",
         with(proof),
         {401},
         ending::keeps,
         "no store sends two; a proxy that adds its own must not decide which one counts"},
        refused("folded_with_a_space", "9112 5.2", with("X: a\r\n b\r\n"), 400, fold),
        refused("folded_with_a_tab", "9112 5.2", with("X: a\r\n\tb\r\n"), 400, fold),
        refused("folded_to_nothing", "9112 5.2", with("X: a\r\n \r\n"), 400, fold),
        refused("a_fold_before_the_first", "9112 2.2", at(" " + host), 400),
        refused("a_nul_in_a_value", "9110 5.5", with("X: a\0b\r\n"s), 400),
        refused("a_nul_in_a_name", "9112 5", with("X\0: a\r\n"s), 400),
        refused("a_lone_cr_in_a_value", "9110 5.5", with("X: a\rb\r\n"), 400),
        refused("a_lone_cr_as_a_line_end", "9112 2.2", with("X: a\rContent-Length: 5\r\n"), 400),
        refused("a_lone_lf_as_a_line_end", "9112 2.2", with("X: a\n"), 400, lone),
        refused("a_lone_lf_that_hides_a_length", "9112 2.2", with("X: a\nContent-Length: 5\r\n"), 400, lone),
        refused("two_cr_before_the_lf", "9112 2.2", with("X: a\r\r\n"), 400),
        refused("a_vertical_tab", "9110 5.5", with("X: a\vb\r\n"), 400,
                "a control byte may be kept where it is harmless; whose reader trims it cannot be known"),
        refused("a_delete", "9110 5.5", with("X: a\x7f\r\n"), 400, "as the vertical tab"),
        refused("an_escape", "9110 5.5", with("X: \x1b[2J\r\n"), 400, "as the vertical tab"),
        refused("a_space_before_the_colon", "9112 5.1", with("X : a\r\n"), 400),
        refused("a_tab_before_the_colon", "9112 5.1", with("X\t: a\r\n"), 400),
        refused("a_space_in_a_name", "9112 5.1", with("X Y: a\r\n"), 400),
        refused("no_name", "9112 5", with(": a\r\n"), 400),
        refused("no_colon", "9112 5", with("whatever\r\n"), 400),
        refused("a_name_not_of_ascii", "9112 5", with("X\xc3\xa9: a\r\n"), 400),
        refused("a_name_in_quotes", "9112 5", with("\"X\": a\r\n"), 400),
        refused("a_name_with_a_slash", "9112 5", with("X/Y: a\r\n"), 400),
        refused("lone_lf_for_both_ends_of_the_section", "9112 2.2", line + host + proof + sized + "\n" + body,
                400, lone),
    };
}

std::vector<http_case> content_length_cases() {
    const auto length = [](const std::string& value) { return framed("Content-Length:" + value + "\r\n"); };
    const std::string alike =
        "equal lengths may be taken for one; a client that writes its length twice does not know what it "
        "sends";
    return {
        accepted("white_space_around_it", "9112 5", length(" \t{size} \t")),
        accepted("leading_zeros", "9110 8.6", length(" 000{size}")),
        accepted("a_hundred_leading_zeros", "9110 8.6", length(' ' + std::string(100, '0') + "{size}")),
        refused("absent", "9112 6.3", framed(""), 411,
                "a request without framing has no body, and a webhook without a body is none: the store that "
                "forgot the length learns it"),
        {"zero", "9112 6.3", length(" 0"), {401, 400}, ending::closes},
        {"shorter_than_the_body", "9112 6.3", length(" 5"), {401, 400}, ending::closes},
        refused("empty", "9112 6.3", length(""), 400),
        refused("plus", "9112 6.3", length(" +{size}"), 400),
        refused("minus", "9112 6.3", length(" -{size}"), 400),
        refused("minus_zero", "9112 6.3", length(" -0"), 400),
        refused("two_numbers", "9112 6.3", length(" {size} {size}"), 400),
        refused("a_list_of_equals", "9110 8.6", length(" {size}, {size}"), 400, alike),
        refused("a_list_of_different", "9112 6.3", length(" {size}, 5"), 400),
        refused("an_empty_element_behind", "9112 6.3", length(" {size},"), 400),
        refused("an_empty_element_before", "9112 6.3", length(" ,{size}"), 400),
        refused("twice_alike", "9110 8.6", framed(sized + sized), 400, alike),
        refused("twice_different", "9112 6.3", framed(sized + "Content-Length: 5\r\n"), 400),
        refused("twice_different_the_other_way", "9112 6.3", framed("Content-Length: 5\r\n" + sized), 400),
        refused("twice_of_which_one_is_empty", "9112 6.3", framed(sized + "Content-Length:\r\n"), 400),
        refused("hexadecimal", "9112 6.3", length(" 0x{hex}"), 400),
        refused("a_fraction", "9112 6.3", length(" {size}.0"), 400),
        refused("an_exponent", "9112 6.3", length(" 1e2"), 400),
        refused("in_quotes", "9112 6.3", length(" \"{size}\""), 400),
        refused("with_a_parameter", "9112 6.3", length(" {size};a=b"), 400),
        refused("digits_not_of_ascii", "9112 6.3", length(" \xd9\xa5"), 400),
        refused("with_an_underscore", "9112 6.3", framed("Content_Length: {size}\r\n"), 411),
        refused("a_space_before_the_colon", "9112 5.1", framed("Content-Length : {size}\r\n"), 400),
        refused("folded", "9112 5.2", framed("Content-Length:\r\n {size}\r\n"), 400),
        refused("one_more_than_the_limit", "9110 15.5.14", length(" 65537"), 413),
        refused("the_largest_of_64_bits", "9110 8.6", length(" 18446744073709551615"), 413),
        refused("two_to_the_64th", "9110 8.6", length(" 18446744073709551616"), 413),
        refused("two_to_the_64th_and_the_true_length", "9110 8.6", length(" 18446744073709551787"), 413),
        refused("two_hundred_digits", "9110 8.6", length(' ' + std::string(200, '9')), 413),
    };
}

std::vector<http_case> transfer_encoding_cases() {
    const auto coding = [](const std::string& value) {
        return framed("Transfer-Encoding:" + value + "\r\n", one_chunk + last_chunk);
    };
    const std::string both = "Transfer-Encoding may be let override; " + several_readers;
    const std::string list = "empty elements of a list should be passed over; " + several_readers;
    return {
        accepted("chunked", "9112 6.1", coding(" chunked")),
        accepted("in_other_letters", "9112 7", coding(" cHuNkEd")),
        accepted("a_name_in_other_letters", "9110 5.1",
                 framed("tRANSFER-eNCODING: chunked\r\n", one_chunk + last_chunk)),
        accepted("no_white_space", "9112 5", coding("chunked")),
        accepted("white_space_around_it", "9112 5", coding("\t chunked \t ")),
        accepted("te_beside_it", "9112 7.4", framed("TE: trailers, deflate\r\n" + sized)),
        refused("before_a_length", "9112 6.3", framed(chunked + sized, one_chunk + last_chunk), 400, both),
        refused("behind_a_length", "9112 6.3", framed(sized + chunked, one_chunk + last_chunk), 400, both),
        refused("with_a_length_of_zero", "9112 6.3",
                framed(chunked + "Content-Length: 0\r\n", one_chunk + last_chunk), 400, both),
        refused("with_an_empty_length", "9112 6.3",
                framed(chunked + "Content-Length:\r\n", one_chunk + last_chunk), 400),
        refused("another_coding_with_a_length", "9112 6.3", framed("Transfer-Encoding: gzip\r\n" + sized),
                400, both),
        refused("identity_with_a_length", "9112 6.3", framed("Transfer-Encoding: identity\r\n" + sized), 400,
                both),
        refused("chunked_not_last", "9112 6.3", coding(" chunked, gzip"), 400),
        refused("chunked_twice", "9112 6.1", coding(" chunked, chunked"), 400),
        refused("on_two_lines", "9112 6.1", framed(chunked + chunked, one_chunk + last_chunk), 400),
        refused(
            "on_two_lines_of_which_one_is_another", "9112 6.1",
            framed("Transfer-Encoding: gzip\r\n" + chunked, one_chunk + last_chunk), 400,
            "these are gzip and chunked, in that order; one proxy reads the first line, another the last"),
        refused("in_http_1_0", "9112 6.1",
                "POST /hooks/usaepay HTTP/1.0\r\n" + host + proof + chunked + end + one_chunk + last_chunk,
                400),
        refused("with_a_get", "9112 6.1",
                "GET /hooks/usaepay HTTP/1.1\r\n" + host + chunked + end + one_chunk + last_chunk, 405),
        refused("empty", "9112 6.1", coding(""), 400),
        refused("an_empty_element_behind", "9110 5.6.1", coding(" chunked,"), 400, list),
        refused("an_empty_element_before", "9110 5.6.1", coding(" , chunked"), 400, list),
        refused("unknown", "9112 6.1", coding(" rot13"), 501),
        refused("gzip", "9112 6.1", coding(" gzip"), 501),
        refused("gzip_then_chunked", "9112 6.1", coding(" gzip, chunked"), 501,
                "a recipient must know chunked alone; what is signed are the bytes that come"),
        refused("identity", "9112 6.1", coding(" identity"), 501, "no coding any more since RFC 7230"),
        refused("with_a_parameter", "9112 7", coding(" chunked;a=b"), 501),
        refused("in_quotes", "9112 7", coding(" \"chunked\""), 501),
        refused("a_letter_before_it", "9112 7", coding(" xchunked"), 501),
        refused("a_letter_behind_it", "9112 7", coding(" chunkedx"), 501),
        refused("a_space_in_it", "9112 7", coding(" chun ked"), 501),
        refused("a_vertical_tab_before_it", "9110 5.5", coding(" \vchunked"), 400),
        refused("a_nul_behind_it", "9110 5.5", coding(" chunked\0"s), 400),
        refused("bytes_above_ascii_behind_it", "9112 7", coding(" chunked\xc2\xa0"), 501),
        refused("folded", "9112 5.2", coding("\r\n chunked"), 400),
        refused("a_space_before_the_colon", "9112 5.1",
                framed("Transfer-Encoding : chunked\r\n", one_chunk + last_chunk), 400),
        refused("a_lone_lf_before_it", "9112 2.2",
                framed("X: y\nTransfer-Encoding: chunked\r\n", one_chunk + last_chunk), 400),
        refused("with_an_underscore", "9112 6.3",
                framed("Transfer_Encoding: chunked\r\n", one_chunk + last_chunk), 411),
    };
}

std::vector<http_case> chunk_cases() {
    const auto size = [](const std::string& text) { return in_chunks(text + "\r\n{body}\r\n" + last_chunk); };
    const auto extended = [&](const std::string& extension) { return size("{hex}" + extension); };
    std::string extensions;
    for (int i = 0; i < 40; ++i)
        extensions += "1;x=" + std::string(1000, 'e') + "\r\ny\r\n";
    return {
        accepted("one", "9112 7.1", size("{hex}")),
        accepted("two", "9112 7.1", in_chunks("5\r\n{first}\r\n{rest hex}\r\n{rest}\r\n" + last_chunk)),
        accepted("capital_digits", "9112 7.1", size("{HEX}")),
        accepted("leading_zeros", "9112 7.1", size("00000{hex}")),
        accepted("many_zeros_in_the_last", "9112 7.1", in_chunks(one_chunk + "00000\r\n\r\n")),
        accepted("an_extension", "9112 7.1.1", extended(";a")),
        accepted("an_extension_with_a_value", "9112 7.1.1", extended(";a=b")),
        accepted("several_extensions", "9112 7.1.1", extended(";a=b;c;d=\"e\"")),
        accepted("a_quoted_value", "9112 7.1.1", extended(";a=\"b; c=\\\"\td\xc3\xa9\"")),
        accepted("white_space_in_an_extension", "9112 7.1.1", extended(" \t; a \t=\t b ;c")),
        accepted("an_extension_of_8_000_bytes", "9112 7.1.1", extended(";a=" + std::string(8000, 'x'))),
        accepted("an_extension_of_the_last", "9112 7.1.1", in_chunks(one_chunk + "0;a=\"b\"\r\n\r\n")),
        refused("an_extension_of_200_kb", "9112 7.1.1", extended(";a=" + std::string(200'000, 'x')), 400),
        refused("a_quoted_extension_of_200_kb", "9112 7.1.1",
                extended(";a=\"" + std::string(200'000, 'x') + "\""), 400),
        refused("extensions_of_40_kb_together", "9112 7.1.1", in_chunks(extensions + last_chunk), 400),
        refused("an_extension_without_a_name", "9112 7.1.1", extended(";"), 400),
        refused("an_extension_with_an_empty_value", "9112 7.1.1", extended(";a="), 400),
        refused("an_extension_without_a_semicolon", "9112 7.1.1", extended(" a"), 400),
        refused("an_extension_with_a_comma", "9112 7.1.1", extended(",a"), 400),
        refused("a_quote_that_does_not_close", "9112 7.1.1", extended(";a=\"b"), 400),
        refused("a_quote_that_closes_on_the_next_line", "9112 7.1.1", extended(";a=\"b\r\nc\""), 400),
        refused("a_quote_that_does_not_close_in_the_last", "9112 7.1.1",
                in_chunks(one_chunk + "0;a=\"\r\n\r\n"), 400),
        refused("a_quote_that_ends_in_a_backslash", "9112 7.1.1", extended(";a=\"b\\"), 400),
        refused("a_nul_in_an_extension", "9112 7.1.1", extended(";a\0"s), 400),
        refused("a_nul_in_a_quoted_value", "9110 5.6.4", extended(";a=\"\0\""s), 400),
        refused("a_lone_lf_in_an_extension", "9112 7.1.1", extended(";a\n"), 400),
        refused("a_lone_lf_in_a_quoted_value", "9110 5.6.4", extended(";a=\"b\nc\""), 400),
        refused("a_quoted_lone_lf", "9110 5.6.4", extended(";a=\"b\\\nc\""), 400),
        refused("a_lone_cr_in_a_quoted_value", "9110 5.6.4", extended(";a=\"b\rc\""), 400),
        refused("no_size", "9112 7.1", size(""), 400),
        refused("only_an_extension", "9112 7.1", size(";a"), 400),
        refused("a_plus", "9112 7.1", size("+{hex}"), 400),
        refused("a_minus", "9112 7.1", size("-{hex}"), 400),
        refused("a_space_before_the_size", "9112 7.1", size(" {hex}"), 400),
        refused("a_space_behind_the_size", "9112 7.1", size("{hex} "), 400,
                "white space that is none of the grammar; " + several_readers),
        refused("0x", "9112 7.1", size("0x{hex}"), 400),
        refused("an_h_behind", "9112 7.1", size("{hex}h"), 400),
        refused("not_a_digit", "9112 7.1", size("g"), 400),
        refused("an_underscore_between_digits", "9112 7.1", size("0_{hex}"), 400),
        refused("of_17_digits", "9112 7.1", size("10000000000000000"), 413),
        refused("of_64_bits", "9112 7.1", size("ffffffffffffffff"), 413),
        refused("that_wraps_to_the_true_size", "9112 7.1", size("100000000000000{hex}"), 413),
        refused("of_a_thousand_digits", "9112 7.1", size(std::string(1000, 'f')), 413),
        refused("larger_than_the_limit", "9110 15.5.14", size("10001"), 413),
        refused("larger_than_the_limit_together", "9110 15.5.14",
                in_chunks("8000\r\n" + std::string(32768, 'x') + "\r\n8001\r\n"), 413),
        refused("a_lone_lf_behind_the_size", "9112 2.2", in_chunks("{hex}\n{body}\r\n" + last_chunk), 400),
        refused("a_lone_cr_behind_the_size", "9112 2.2", in_chunks("{hex}\r{body}\r\n" + last_chunk), 400),
        refused("two_cr_behind_the_size", "9112 2.2", in_chunks("{hex}\r\r\n{body}\r\n" + last_chunk), 400),
        refused("a_lone_lf_behind_the_data", "9112 2.2", in_chunks("{hex}\r\n{body}\n" + last_chunk), 400),
        refused("a_lone_cr_behind_the_data", "9112 2.2", in_chunks("{hex}\r\n{body}\r" + last_chunk), 400),
        refused("nothing_behind_the_data", "9112 7.1", in_chunks("{hex}\r\n{body}" + last_chunk), 400),
        refused("an_empty_line_too_many", "9112 7.1", in_chunks("{hex}\r\n{body}\r\n\r\n" + last_chunk), 400),
        refused("more_data_than_the_size", "9112 7.1", in_chunks("5\r\n{body}\r\n" + last_chunk), 400),
        refused("a_lone_lf_behind_the_last", "9112 2.2", in_chunks(one_chunk + "0\n\r\n"), 400),
        refused("a_lone_lf_at_the_end", "9112 2.2", in_chunks(one_chunk + "0\r\n\n"), 400),
        refused("a_lone_cr_at_the_end", "9112 2.2", in_chunks(one_chunk + "0\r\n\r"), 400),
        {"none_but_the_last", "9112 7.1", in_chunks(last_chunk), {401}, ending::keeps},
        {"the_true_ones_behind_the_last",
         "9112 7.1",
         in_chunks(last_chunk + one_chunk + last_chunk),
         {401, 400},
         ending::closes},
    };
}

std::vector<http_case> trailer_cases() {
    const std::string forged = "X-Signature: " + std::string(64, '0') + "\r\n";
    const auto trailing = [](const std::string& trailers, const std::string& fields = proof) {
        return line + host + fields + chunked + end + one_chunk + "0\r\n" + trailers + end;
    };
    std::string many;
    for (int i = 0; i < 3000; ++i)
        many += "A: b\r\n";
    return {
        accepted("one", "9112 7.1.2", trailing("X: y\r\n")),
        accepted("announced", "9110 6.6.2", trailing("X: y\r\n", proof + "Trailer: X\r\n")),
        accepted("several_behind_an_extension", "9112 7.1.2",
                 in_chunks(one_chunk + "0;a=b\r\nX: y\r\nZ:\r\n\r\n")),
        accepted("a_false_signature_beside_the_true_one", "9110 6.5.1", trailing(forged)),
        accepted("another_host", "9110 6.5.1", trailing("Host: other.example\r\n")),
        accepted("a_connection_option", "9110 6.5.1", trailing("Connection: close\r\n")),
        accepted("a_connection_option_that_is_none", "9110 6.5.1", trailing("Connection: @\r\n")),
        accepted("a_content_encoding", "9110 6.5.1", trailing("Content-Encoding: gzip\r\n")),
        {"the_true_signature_without_one_in_the_header", "9110 6.5.1", trailing(proof, ""), {401}},
        {"the_true_signature_announced", "9110 6.5.1", trailing(proof, "Trailer: X-Signature\r\n"), {401}},
        {"the_true_signature_beside_a_false_one", "9110 6.5.1", trailing(proof, forged), {401}},
        refused("a_length", "9110 6.5.1", trailing("Content-Length: 5\r\n"), 400,
                "framing may be passed over in a trailer; whoever puts it there wants it to be read"),
        refused("a_transfer_coding", "9110 6.5.1", trailing("Transfer-Encoding: chunked\r\n"), 400,
                "as the length"),
        refused("of_200_kb", "9112 7.1.2", trailing("X: " + std::string(200'000, 'x') + "\r\n"), 431),
        refused("three_thousand", "9112 7.1.2", trailing(many), 431),
        refused("no_colon", "9112 7.1.2", trailing("whatever\r\n"), 400),
        refused("no_name", "9112 7.1.2", trailing(": y\r\n"), 400),
        refused("a_space_before_the_colon", "9112 5.1", trailing("X : y\r\n"), 400),
        refused("folded", "9112 5.2", trailing("X: y\r\n z\r\n"), 400, several_readers),
        refused("a_space_before_the_first", "9112 5.2", trailing(" X: y\r\n"), 400),
        refused("a_nul", "9110 5.5", trailing("X: \0\r\n"s), 400),
        refused("a_lone_lf", "9112 2.2", trailing("X: y\nZ: a\r\n"), 400, several_readers),
        refused("a_lone_cr", "9112 2.2", trailing("X: y\rZ: a\r\n"), 400),
    };
}

std::vector<http_case> expectation_cases() {
    const auto expecting = [](const std::string& value) { return with("Expect:" + value + "\r\n"); };
    return {
        accepted("to_continue", "9110 10.1.1", expecting(" 100-continue")),
        accepted("to_continue_in_other_letters", "9110 10.1.1", expecting("100-CONTINUE")),
        accepted("to_continue_in_chunks", "9110 10.1.1",
                 framed("Expect: 100-continue\r\n" + chunked, one_chunk + last_chunk)),
        accepted_last(
            "to_continue_in_http_1_0", "9110 10.1.1",
            "POST /hooks/usaepay HTTP/1.0\r\n" + proof + "Expect: 100-continue\r\n" + sized + end + body),
        accepted_last("of_another_kind_in_http_1_0", "9110 10.1.1",
                      "POST /hooks/usaepay HTTP/1.0\r\n" + proof + "Expect: x\r\n" + sized + end + body),
        refused("of_another_kind", "9110 10.1.1", expecting(" 200-ok"), 417),
        refused("of_two_kinds", "9110 10.1.1", expecting(" 100-continue, x"), 417),
        refused("twice", "9110 10.1.1", with("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417,
                "as every field that has one value"),
        refused("empty", "9110 10.1.1", expecting(""), 417),
        refused("of_a_missing_path", "9110 10.1.1",
                "POST /x HTTP/1.1\r\n" + host + "Expect: 100-continue\r\n" + sized + end + body, 404),
        refused("of_too_large_a_body", "9110 10.1.1",
                framed("Expect: 100-continue\r\nContent-Length: 65537\r\n"), 413),
        {"of_an_unsigned_body",
         "9110 10.1.1",
         line + host + "Expect: 100-continue\r\n" + sized + end + body,
         {401},
         ending::keeps,
         "read all the same: each refusal takes the same work, whatever is wrong"},
    };
}

std::vector<http_case> connection_cases() {
    const auto option = [](const std::string& value) { return with("Connection:" + value + "\r\n"); };
    const auto old = [](const std::string& fields) {
        return "POST /hooks/usaepay HTTP/1.0\r\n" + proof + fields + sized + end + body;
    };
    return {
        accepted_last("close", "9112 9.6", option(" close")),
        accepted_last("close_in_other_letters", "9110 7.6.1", option(" cLoSe")),
        accepted_last("close_among_others", "9112 9.6", option(" x, ,close ,y")),
        accepted_last("close_on_the_second_line", "9110 5.3", with("Connection: x\r\nConnection: close\r\n")),
        accepted_last("close_and_keep_alive", "9112 9.3", option(" keep-alive, close")),
        accepted("keep_alive", "9112 9.3", with("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n")),
        accepted("almost_close", "9110 7.6.1", option(" closed")),
        accepted("that_names_the_signature", "9110 7.6.1", option(" X-Signature"),
                 "an intermediary would take the field out; an origin server has no reason to"),
        accepted("proxy_connection_close", "9112 C.2.2", with("Proxy-Connection: close\r\n")),
        accepted("proxy_connection_that_is_none", "9112 C.2.2", with("Proxy-Connection: @\r\n")),
        accepted("http_1_0_keep_alive", "9112 9.3", old("Connection: Keep-Alive\r\n")),
        accepted_last("http_1_0_keep_alive_and_close", "9112 9.3", old("Connection: keep-alive, close\r\n")),
        accepted_last("http_1_0_proxy_connection_keep_alive", "9112 C.2.2",
                      old("Proxy-Connection: keep-alive\r\n")),
        accepted("upgrade_to_http_2", "9110 7.8",
                 with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")),
        accepted("upgrade_to_tls", "9110 7.8", with("Connection: upgrade\r\nUpgrade: TLS/1.0\r\n")),
        accepted("upgrade_to_many", "9110 7.8",
                 with("Connection: upgrade\r\nUpgrade: a/1, websocket, h2c\r\n")),
        refused("upgrade_to_websocket", "9110 7.8",
                "GET /hooks/usaepay HTTP/1.1\r\n" + host +
                    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + end,
                405),
        accepted("that_is_no_token", "9110 7.6.1", option(" @"),
                 "an option that is not known is passed over"),
        {"after_a_forged_one",
         "9112 9.3.2",
         line + host + "X-Signature: " + std::string(64, '0') + "\r\n" + sized + end + body,
         {401},
         ending::keeps},
        {"three_in_one_write",
         "9112 9.3.2",
         under(line) + under(line) + in_chunks(one_chunk + last_chunk),
         {200, 200, 200}},
        {"with_empty_lines_between", "9112 2.2", under(line) + "\r\n\r\n" + under(line) + "\r\n", {200, 200}},
        {"the_second_of_three_malformed",
         "9112 9.3.2",
         under(line) + with("X : y\r\n") + under(line),
         {200, 400},
         ending::closes},
        {"the_second_of_three_asks_to_close",
         "9112 9.3.2",
         under(line) + option(" close") + under(line),
         {200, 200},
         ending::closes},
    };
}

std::vector<http_case> end_cases() {
    const std::string may = "408 or 400 may be sent first; nobody is there to read it";
    return {
        broken_off("at_once", "9112 9.5", ""),
        broken_off("after_empty_lines", "9112 9.5", "\r\n\r\n"),
        broken_off("in_the_request_line", "9112 8", "POST /hooks/usaepay HT", may),
        broken_off("between_cr_and_lf", "9112 8", "POST /hooks/usaepay HTTP/1.1\r", may),
        broken_off("in_a_field", "9112 8", line + host + proof + "Content-Le", may),
        broken_off("before_the_blank_line", "9112 8", line + host + proof + sized, may),
        broken_off("before_the_body", "9112 8", line + host + proof + sized + end, may),
        broken_off("in_the_body", "9112 8", framed(sized, "{first}"), may),
        broken_off("in_a_body_that_is_declared_longer", "9112 8", framed("Content-Length: 1{size}\r\n", body),
                   may),
        broken_off("before_the_first_chunk", "9112 8", in_chunks(""), may),
        broken_off("in_a_chunk_size", "9112 8", in_chunks("{hex}"), may),
        broken_off("in_a_chunk", "9112 8", in_chunks("{hex}\r\n{first}"), may),
        broken_off("behind_a_chunk", "9112 8", in_chunks("{hex}\r\n{body}"), may),
        broken_off("before_the_last_chunk", "9112 8", in_chunks(one_chunk), may),
        broken_off("before_the_trailers", "9112 8", in_chunks(one_chunk + "0\r\n"), may),
        broken_off("in_the_trailers", "9112 8", in_chunks(one_chunk + "0\r\nX: y\r\n"), may),
        broken_off("in_the_last_line_end", "9112 8", in_chunks(one_chunk + "0\r\n\r"), may),
        {"while_we_are_to_continue",
         "9110 10.1.1",
         line + host + proof + "Expect: 100-continue\r\n" + sized + end,
         {100},
         ending::silence},
        {"behind_a_whole_request", "9112 9.6", under(line), {200}, ending::silence},
        {"behind_two_whole_requests", "9112 9.6", under(line) + under(line), {200, 200}, ending::silence},
        {"in_a_second_request", "9112 8", under(line) + "POST /hooks", {200}, ending::silence, may},
    };
}

std::vector<http_case> tricky_cases() {
    const auto picked = [](std::vector<http_case> from, std::initializer_list<std::string_view> names) {
        std::erase_if(from, [&](const http_case& one) {
            return std::find(names.begin(), names.end(), one.name) == names.end();
        });
        return from;
    };
    std::vector<http_case> all;
    for (auto& some : {picked(request_line_cases(), {"an_empty_line_before", "a_lone_cr_before"}),
                       picked(field_cases(), {"folded_with_a_space", "a_lone_lf_that_hides_a_length"}),
                       picked(chunk_cases(), {"two", "a_quoted_value", "a_lone_lf_in_a_quoted_value",
                                              "nothing_behind_the_data", "0x"}),
                       picked(trailer_cases(), {"several_behind_an_extension", "folded"}),
                       picked(expectation_cases(), {"to_continue_in_chunks"})})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

}  // namespace shopbell::test
