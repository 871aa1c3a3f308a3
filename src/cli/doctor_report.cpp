#include "doctor_report.hpp"

#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace shopbell {

namespace {

std::string_view to_word(grade how) noexcept {
    switch (how) {
        case grade::warn:
            return "warn";
        case grade::fail:
            return "fail";
        case grade::ok:
            break;
    }
    return "ok";
}

/// What others said may stand in it: one line, and nothing that a terminal obeys.
std::string on_one_line(std::string_view text) {
    auto line = printable(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

void write(json_writer& out, const finding& one) {
    out.begin_object().field("check", one.check);
    if (!one.subject.empty())
        out.field("subject", one.subject);
    out.field("result", to_word(one.how)).field("message", one.text);
    if (!one.advice.empty())
        out.field("advice", one.advice);
    out.end_object();
}

}  // namespace

std::string to_line(const finding& one) {
    std::string line(to_word(one.how));
    line.resize(5, ' ');
    line += one.check;
    if (!one.subject.empty())
        line += " " + one.subject;
    line += ": " + one.text;
    if (!one.advice.empty())
        line += "; " + one.advice;
    return on_one_line(line);
}

void doctor_report::add(finding one) {
    has_failed_ = has_failed_ || one.how == grade::fail;
    if (to_ == nullptr || to_->json)
        all_.push_back(std::move(one));
    else
        to_->out << to_line(one) << '\n' << std::flush;
}

void doctor_report::add(findings several) {
    for (auto& one : several)
        add(std::move(one));
}

void doctor_report::note(std::string_view text) {
    if (to_ == nullptr)
        return;
    auto& where = to_->json ? to_->err : to_->out;
    where << "note " << on_one_line(text) << '\n' << std::flush;
}

void doctor_report::finish() {
    if (to_ == nullptr || !to_->json)
        return;
    json_writer document;
    document.begin_object().key("ok").boolean(!has_failed_).key("checks").begin_array();
    for (const auto& one : all_)
        write(document, one);
    document.end_array().end_object();
    to_->out << document.text() << '\n';
}

std::string to_human_size(std::uint64_t bytes) {
    constexpr std::array units = {" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    if (bytes < 1024)
        return std::to_string(bytes) + " B";
    std::size_t unit = 0;
    auto tenths = bytes * 10 / 1024;
    if (bytes > UINT64_MAX / 10)
        tenths = bytes / 1024 * 10;
    for (; tenths >= 10240 && unit + 1 < units.size(); ++unit)
        tenths /= 1024;
    const auto whole = std::to_string(tenths / 10);
    const auto fraction = tenths % 10 == 0 || tenths >= 100 ? "" : "." + std::to_string(tenths % 10);
    return whole + fraction + units[unit];
}

}  // namespace shopbell
