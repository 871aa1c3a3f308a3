#include <shopbell/cli/pretty_json.hpp>

#include <shopbell/core/json_writer.hpp>

namespace shopbell {

namespace {

void append(std::string& out, const json::value& value, std::size_t level);

void begin_line(std::string& out, std::size_t level) {
    out += '\n';
    out.append(2 * level, ' ');
}

void append_members(std::string& out, const json::value& object, std::size_t level) {
    bool first = true;
    for (const auto& [name, content] : object.members()) {
        if (!first)
            out += ',';
        first = false;
        begin_line(out, level);
        out += json_writer().string(name).text() + ": ";
        append(out, content, level);
    }
}

void append_elements(std::string& out, const json::value& array, std::size_t level) {
    bool first = true;
    for (const auto& element : array.elements()) {
        if (!first)
            out += ',';
        first = false;
        begin_line(out, level);
        append(out, element, level);
    }
}

void append(std::string& out, const json::value& value, std::size_t level) {
    if (value.is_object() && !value.members().empty()) {
        out += '{';
        append_members(out, value, level + 1);
        begin_line(out, level);
        out += '}';
    } else if (value.is_array() && !value.elements().empty()) {
        out += '[';
        append_elements(out, value, level + 1);
        begin_line(out, level);
        out += ']';
    } else if (value.is_object() || value.is_array()) {
        out += value.is_object() ? "{}" : "[]";
    } else {
        out += value.raw();
    }
}

}  // namespace

std::string pretty_json(const json::value& value) {
    std::string out;
    append(out, value, 0);
    return out;
}

}  // namespace shopbell
