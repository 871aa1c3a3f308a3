#include <shopbell/cli/check.hpp>
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

/// What would be served, for people.
void print_summary(const configuration& all, std::ostream& out) {
    out << "ok\n";
    for (const auto& address : all.server.listen)
        out << "listen " << address.to_string() << tls_at(all.server, address) << '\n';
    if (all.admin.listen)
        out << "admin " << all.admin.listen->to_string() << '\n';
    out << "inbox " << all.inbox.path << '\n';
    for (const auto& one : all.endpoints)
        out << "endpoint " << one.name << ": POST " << one.path << " from " << one.kind->name << '\n';
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
    out.field("inbox", all.inbox.path);
    out.key("endpoints").begin_array();
    for (const auto& one : all.endpoints)
        out.begin_object()
            .field("name", one.name)
            .field("path", one.path)
            .field("provider", one.kind->name)
            .end_object();
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

void print_document(const config::problems& found, const configuration& all, std::ostream& out) {
    json_writer document;
    document.begin_object().key("ok").boolean(!found.has_errors());
    write_problems(document, found);
    if (!found.has_errors())
        write_summary(document, all);
    document.end_object();
    out << document.text() << '\n';
}

}  // namespace

int check(const std::string& path, bool json, std::ostream& out, std::ostream& err) {
    config::problems found(path);
    const auto all = load(path, found);
    if (json) {
        print_document(found, all, out);
        return found.has_errors() ? exit_configuration : exit_done;
    }
    report(found, config::severity::warning, err);
    if (found.has_errors())
        return exit_configuration;
    print_summary(all, out);
    return exit_done;
}

}  // namespace shopbell
