#include "refusal_lines.hpp"

namespace shopbell::http {

namespace {

/// The answers that a request alone brings about. 503 is not among them, that is our trouble; 501 and 505 are
/// for codings and versions of HTTP that nobody honest uses.
bool is_of_their_making(unsigned status) noexcept {
    const bool no_answer = status == 0;
    return no_answer || (status >= 400 && status < 500) || status == 501 || status == 505;
}

}  // namespace

refusal_lines::refusal_lines(line_allowance allowed, log& lines, log_level level) noexcept
    : budget_(allowed), lines_(lines), level_(level), interval_(allowed.summary) {}

bool refusal_lines::take(unsigned status) {
    return !is_of_their_making(status) || budget_.take(status, std::chrono::steady_clock::now());
}

void refusal_lines::summarise() {
    for (const auto& one : budget_.collect()) {
        const bool answered = one.kind != 0;
        log_fields fields;
        if (answered)
            fields.push_back({"status", static_cast<long long>(one.kind)});
        fields.push_back({"suppressed", static_cast<long long>(one.lines)});
        lines_.write(level_, answered ? "refused requests not logged" : "clients that left not logged",
                     fields);
    }
}

}  // namespace shopbell::http
