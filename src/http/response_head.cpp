#include "response_head.hpp"

#include "grammar.hpp"

#include <boost/beast/http/status.hpp>

#include <array>

namespace shopbell::http {

namespace {

void append_number(std::string& out, unsigned value, unsigned digits) {
    for (unsigned scale = digits == 4 ? 1000 : 10; scale > 0; scale /= 10)
        out += static_cast<char>('0' + value / scale % 10);
}

void append_status_line(std::string& out, unsigned status) {
    const auto phrase = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    out += "HTTP/1.1 ";
    out += std::to_string(status);
    out += ' ';
    out.append(phrase.data(), phrase.size());
    out += "\r\n";
}

}  // namespace

std::string http_date(std::chrono::sys_seconds at) {
    static constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto midnight = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss time(at - midnight);

    std::string out(days[std::chrono::weekday(midnight).c_encoding()]);
    out += ", ";
    append_number(out, static_cast<unsigned>(date.day()), 2);
    out += ' ';
    out += months[static_cast<unsigned>(date.month()) - 1];
    out += ' ';
    append_number(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    out += ' ';
    append_number(out, static_cast<unsigned>(time.hours().count()), 2);
    out += ':';
    append_number(out, static_cast<unsigned>(time.minutes().count()), 2);
    out += ':';
    append_number(out, static_cast<unsigned>(time.seconds().count()), 2);
    out += " GMT";
    return out;
}

const std::string& date_cache::text(std::chrono::sys_seconds now) {
    if (text_.empty() || now != second_) {
        second_ = now;
        text_ = http_date(now);
    }
    return text_;
}

bool has_body(unsigned status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

std::string response_head(const response& reply, const sending& how) {
    std::string out;
    out.reserve(256);
    append_status_line(out, reply.status);
    append_field(out, "Date", how.date);
    if (has_body(reply.status)) {
        if (!reply.content_type.empty())
            append_field(out, "Content-Type", reply.content_type);
        if (reply.stream == nullptr)
            append_field(out, "Content-Length", std::to_string(reply.body.size()));
        else if (how.http11)
            append_field(out, "Transfer-Encoding", "chunked");
    }
    if (!how.request_id.empty())
        append_field(out, "X-Request-Id", how.request_id);
    if (!how.keep_alive)
        append_field(out, "Connection", "close");
    else if (!how.http11)
        append_field(out, "Connection", "keep-alive");
    for (const auto& field : reply.fields)
        append_field(out, field.name, field.value);
    out += "\r\n";
    return out;
}

}  // namespace shopbell::http
