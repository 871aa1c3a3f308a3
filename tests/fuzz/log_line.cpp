#include "log_line.hpp"
#include "fuzz.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>

#include <spdlog/details/log_msg.h>

using namespace shopbell;

namespace {

/// Anything that ends a line, or that a terminal obeys: the controls of ASCII and, in UTF-8, those of ISO
/// 8859-1.
bool holds_a_control(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        const bool is_c1 =
            byte == 0xC2 && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || is_c1)
            return true;
    }
    return false;
}

void require_one_line(log_format format, std::string_view message, const log_fields& fields) {
    const auto payload = format_payload(format, message, fields);
    spdlog::memory_buf_t buffer;
    line_formatter(format).format({time_point(), {}, "fuzz", spdlog::level::warn, payload}, buffer);
    const std::string_view line(buffer.data(), buffer.size());
    fuzz::require(!holds_a_control(line), "nothing in a line ends it or steers a terminal");
    fuzz::require(is_utf8(line), "a line is UTF-8");
    if (format != log_format::json)
        return;
    const auto parsed = json::document::parse(line, json::document::max_depth + 1);
    fuzz::require(parsed.has_value(), "a line is JSON");
    fuzz::require(parsed->root().find("message")->text() == to_utf8_lossy(message),
                  "it says what it was given");
}

}  // namespace

// First line: a message. Rest: a value of a stranger's, which a log sink may have been told to show whole.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [message, value] = fuzz::split_line(fuzz::as_text(data, size));
    log_fields fields = {{"path", std::string(value)}};
    const auto parsed = json::document::parse(value);
    // A payload reaches the log on one line.
    if (parsed && value.find_first_of("\r\n") == std::string_view::npos)
        fields.push_back({"event", raw_json(std::string(value))});
    for (const auto format : {log_format::json, log_format::text})
        require_one_line(format, message, fields);
    return 0;
}
