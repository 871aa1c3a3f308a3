#include <shopbell/cli/rejections.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>

namespace shopbell {

namespace {

/// "2026-11-22T02:29:56Z  jumpseller  401  POST /hooks/jumpseller from 203.0.113.7, 3 times since ..."
void print_headline(std::ostream& out, const json::value& one) {
    const auto endpoint = text_of(one, "endpoint");
    out << to_seconds(text_of(one, "time")) << "  "
        << (endpoint.empty() ? "(no endpoint)" : printable(endpoint)) << "  " << text_of(one, "status");
    if (const auto method = text_of(one, "method"); !method.empty())
        out << "  " << printable(method) << ' ' << printable(text_of(one, "path"));
    if (const auto client = text_of(one, "client"); !client.empty())
        out << " from " << printable(client);
    if (const auto count = number_of(one, "count"); count > 1)
        out << ", " << count << " times since " << to_seconds(text_of(one, "first_time"));
    out << '\n';
}

void print_rejection(std::ostream& out, const json::value& one) {
    print_headline(out, one);
    out << "  reason     " << printable(text_of(one, "reason")) << '\n';
    if (const auto diagnosis = text_of(one, "diagnosis"); !diagnosis.empty())
        out << "  diagnosis  " << printable(diagnosis) << '\n';
}

result<int> list(operator_client& from, std::size_t limit, const command_output& to) {
    bool any = false;
    const auto show = [&](std::span<const json::value> items) {
        for (const auto& one : items) {
            if (to.json)
                to.out << one.raw() << '\n';
            else
                print_rejection(to.out << (any ? "\n" : ""), one);
            any = true;
        }
        to.out.flush();
    };
    if (const auto done = list_through(from, api_path({"rejections"}), "rejections", limit, show); !done)
        return done.error();
    if (!to.json && !any)
        to.err << "no rejections\n";
    return exit_done;
}

}  // namespace

int rejections(const std::string& config_path, std::size_t limit, const command_output& to) {
    return run_operator_command(config_path, "rejections", operator_access::reading, to,
                                [&](operator_client& from) { return list(from, limit, to); });
}

}  // namespace shopbell
