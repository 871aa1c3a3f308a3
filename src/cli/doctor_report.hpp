#pragma once

#include <shopbell/cli/operator_command.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

enum class grade : unsigned char { ok, warn, fail };

/// What one check of `shopbell doctor` found.
struct finding {
    grade how = grade::ok;
    std::string check;    ///< "inbox-space", "sink"
    std::string subject;  ///< which one, where there are several: a sink's name, an address, a URL
    std::string text;     ///< what was seen, or what is wrong
    std::string advice;   ///< how to mend it; empty where nothing is to be done
};
using findings = std::vector<finding>;

/// "warn sink crm: text; advice"
[[nodiscard]] std::string to_line(const finding& one);

/// Prints findings as they come, or in the end as one JSON document.
class doctor_report {
public:
    explicit doctor_report(const command_output& to) : to_(&to) {}
    /// Prints nothing and keeps everything.
    doctor_report() = default;

    void add(finding one);
    void add(findings several);
    /// Something to know beforehand. Among the findings, or beside the document.
    void note(std::string_view text);
    /// Prints the document; call once.
    void finish();

    /// Those that are kept: all, or none where they are printed as they come.
    [[nodiscard]] const findings& kept() const noexcept { return all_; }
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

private:
    const command_output* to_ = nullptr;
    findings all_;  // of the document, or of nobody's output
    bool has_failed_ = false;
};

/// "312 B", "1.5 MiB", "12 GiB"
[[nodiscard]] std::string to_human_size(std::uint64_t bytes);

}  // namespace shopbell
