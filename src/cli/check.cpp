#include <shopbell/cli/check.hpp>

#include "daemon_client.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>
#include <shopbell/core/clock.hpp>
#include <shopbell/core/json_writer.hpp>

namespace shopbell {

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

void write_array(json_writer& out, std::string_view key, const std::vector<std::string>& words) {
    out.key(key).begin_array();
    for (const auto& word : words)
        out.string(word);
    out.end_array();
}

/// What stands behind an address where TLS is spoken.
std::string tls_at(const http::server_settings& server, const http::listen_address& address) {
    if (server.tls == nullptr || !address.unix_path.empty())
        return {};
    return " (TLS, certificate until " + to_date(server.tls->ends()) + ")";
}

std::vector<std::string> texts_of(const std::vector<http::listen_address>& addresses) {
    std::vector<std::string> all;
    for (const auto& one : addresses)
        all.push_back(one.to_string());
    return all;
}

std::string_view origin_of(const code_settings& codes) {
    return codes.from_pool ? "pool" : "program";
}

/// What would be served, for people.
void print_summary(const configuration& all, std::ostream& out) {
    out << "ok\n";
    for (const auto& address : all.server.listen)
        out << "listen " << address.to_string() << tls_at(all.server, address) << '\n';
    if (all.admin.listen)
        out << "admin " << all.admin.listen->to_string() << '\n';
    out << "inbox " << describe_place(all.inbox) << '\n';
    for (const auto& one : all.endpoints)
        out << "endpoint " << one.name << ": POST " << one.path << " from " << one.kind->name
            << (one.codes ? ", codes from a " + std::string(origin_of(*one.codes)) : "") << '\n';
    for (const auto& one : all.sinks)
        out << "sink " << one.name << ": " << one.type << '\n';
    for (const auto& one : all.routes)
        out << "route" << (one.name.empty() ? "" : " ") << one.name << ": " << joined(one.events) << " of "
            << joined(one.endpoints) << (one.where.empty() ? "" : " where conditions hold") << " to "
            << joined(one.sinks) << '\n';
}

void write_problems(json_writer& out, const config::problems& found) {
    out.key("problems").begin_array();
    for (const auto& one : found.sorted()) {
        const bool is_warning = one.severity == config::severity::warning;
        out.begin_object().field("file", found.file());
        out.key("line").integer(one.where.line).key("column").integer(one.where.column);
        out.field("severity", is_warning ? "warning" : "error").field("message", one.message).end_object();
    }
    out.end_array();
}

void write_summary(json_writer& out, const configuration& all) {
    write_array(out, "listen", texts_of(all.server.listen));
    if (all.server.tls)
        out.field("certificate_ends", to_rfc3339(all.server.tls->ends()));
    if (all.admin.listen)
        out.field("admin", all.admin.listen->to_string());
    out.field("inbox", describe_place(all.inbox));
    out.key("endpoints").begin_array();
    for (const auto& one : all.endpoints) {
        out.begin_object().field("name", one.name).field("path", one.path).field("provider", one.kind->name);
        if (one.codes)
            out.field("codes", origin_of(*one.codes));
        out.end_object();
    }
    out.end_array().key("sinks").begin_array();
    for (const auto& one : all.sinks)
        out.begin_object().field("name", one.name).field("type", one.type).end_object();
    out.end_array().key("routes").begin_array();
    for (const auto& one : all.routes) {
        out.begin_object().field("name", one.name);
        write_array(out, "events", one.events);
        write_array(out, "endpoints", one.endpoints);
        write_array(out, "sinks", one.sinks);
        out.end_object();
    }
    out.end_array();
}

std::string body_of(const routes& all) {
    json_writer out;
    out.begin_object().key("routes").begin_array();
    for (const auto& one : all) {
        std::vector<std::string> conditions;
        for (const auto& each : one.where)
            conditions.push_back(each.text());
        out.begin_object();
        write_array(out, "events", one.events);
        write_array(out, "endpoints", one.endpoints);
        write_array(out, "where", conditions);
        write_array(out, "sinks", one.sinks);
        out.end_object();
    }
    out.end_array().end_object();
    return out.take();
}

/// What a reload would take away from each sink, by the daemon that runs with the configuration's admin
/// address. Nothing where none runs.
result<std::optional<json::document>> ask_of_losses(const configuration& all) {
    if (!all.admin.listen)
        return std::optional<json::document>();
    const auto there = is_listening(reachable(*all.admin.listen));
    if (!there)
        return there.error();
    if (!*there)
        return std::optional<json::document>();
    const auto daemon = make_daemon_client(all.admin);
    auto answer = ask_json(*daemon, "POST", api_path({"routes", "preview"}), body_of(all.routes));
    if (!answer)
        return answer.error();
    return std::optional(*std::move(answer));
}

void print_losses(const json::value& losses, std::ostream& out) {
    for (const auto& one : losses.elements()) {
        const auto* const bound = one.find("at_least");
        const bool at_least = bound != nullptr && bound->text() == "true";
        const auto events = number_of(one, "events");
        out << "reload: " << (at_least ? "at least " : "") << events
            << (events == 1 ? " accepted event is" : " accepted events are") << " no longer routed to sink "
            << text_of(one, "sink") << ", which has not had " << (events == 1 ? "it" : "them") << '\n';
    }
}

void print_document(const config::problems& found, const configuration& all, const json::value* losses,
                    std::ostream& out) {
    json_writer document;
    document.begin_object().key("ok").boolean(!found.has_errors());
    write_problems(document, found);
    if (!found.has_errors())
        write_summary(document, all);
    if (losses != nullptr)
        document.key("no_longer_routed").raw(losses->raw());
    document.end_object();
    out << document.text() << '\n';
}

}  // namespace

int check(const std::string& path, bool json, std::ostream& out, std::ostream& err) {
    config::problems found(path);
    const auto all = load(path, found);
    std::optional<json::document> answer;
    if (!found.has_errors()) {
        if (auto asked = ask_of_losses(all))
            answer = *std::move(asked);
        else
            err << "what a reload would change could not be asked of the running daemon: "
                << asked.error().reason << '\n';
    }
    const auto* const losses = answer ? answer->root().find("losses") : nullptr;
    if (json) {
        print_document(found, all, losses, out);
        return found.has_errors() ? exit_configuration : exit_done;
    }
    report(found, config::severity::warning, err);
    if (found.has_errors())
        return exit_configuration;
    print_summary(all, out);
    if (losses != nullptr)
        print_losses(*losses, out);
    return exit_done;
}

}  // namespace shopbell
