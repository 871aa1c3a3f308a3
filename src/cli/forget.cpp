#include <shopbell/cli/forget.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>

namespace shopbell {

namespace {

/// In the body, not in the address: those end in logs.
std::string body_of(const forget_options& options) {
    json_writer body;
    body.begin_object();
    if (!options.email.empty())
        body.field("email", options.email);
    if (!options.subject.empty())
        body.field("subject", options.subject);
    if (!options.endpoint.empty())
        body.field("endpoint", options.endpoint);
    body.end_object();
    return body.take();
}

/// How much was erased over all parts, and what the last of them said of copies.
struct erased {
    std::uint64_t events = 0;
    std::string clean_yourself = "[]";
    std::string may_have_copies = "[]";

    void add(const json::value& answer) {
        events += number_of(answer, "erased");
        if (const auto* const files = answer.find("clean_yourself"); files != nullptr)
            clean_yourself = files->raw();
        if (const auto* const others = answer.find("may_have_copies"); others != nullptr)
            may_have_copies = others->raw();
    }
};

void print_copies(std::string_view copies, std::string_view what, const command_output& to) {
    const auto all = json::document::parse(copies);
    if (!all)
        return;
    for (const auto& one : all->root().elements()) {
        const auto path = text_of(one, "path");
        to.out << what << ": sink " << printable(text_of(one, "sink")) << " ("
               << printable(text_of(one, "type")) << ')' << (path.empty() ? "" : " ") << printable(path)
               << '\n';
    }
}

void print(const erased& done, const command_output& to) {
    if (to.json) {
        json_writer out;
        out.begin_object().key("erased").integer(static_cast<long long>(done.events));
        out.key("clean_yourself").raw(done.clean_yourself);
        out.key("may_have_copies").raw(done.may_have_copies).end_object();
        to.out << out.text() << '\n';
        return;
    }
    to.out << "erased " << counted(done.events, "event") << '\n';
    print_copies(done.clean_yourself, "clean yourself", to);
    print_copies(done.may_have_copies, "may have copies", to);
}

/// What was done before a failure is told too: it stays done.
result<int> carry_out(operator_client& from, const forget_options& options, const command_output& to) {
    erased done;
    const auto finished =
        ask_through(from, "POST", api_path({"forget"}), body_of(options), [&done](const json::value& part) {
            done.add(part);
            return true;
        });
    if (finished || done.events > 0)
        print(done, to);
    if (!finished)
        return finished.error();
    return exit_done;
}

}  // namespace

int forget(const std::string& config_path, const forget_options& options, const command_output& to) {
    if (options.email.empty() == options.subject.empty()) {
        to.err << "shopbell forget: say who: --email ADDRESS or --subject S\nTry: shopbell forget --help\n";
        return exit_usage;
    }
    return run_operator_command(config_path, "forget", operator_access::changing, to,
                                [&](operator_client& from) { return carry_out(from, options, to); });
}

}  // namespace shopbell
