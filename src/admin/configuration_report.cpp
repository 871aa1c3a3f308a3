#include <shopbell/admin/configuration_report.hpp>

#include <shopbell/config/reader.hpp>
#include <shopbell/core/json_writer.hpp>

namespace shopbell {

namespace {

void write_names(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.key(name).begin_array();
    for (const auto& text : texts)
        out.string(text);
    out.end_array();
}

void write_limit(json_writer& out, std::string_view name, std::uint64_t number) {
    out.key(name).integer(static_cast<long long>(number));
}

std::string_view to_word(config::secret_source::form from) {
    switch (from) {
        case config::secret_source::form::file:
            return "file";
        case config::secret_source::form::environment:
            return "env";
        case config::secret_source::form::credential:
            return "credential";
        case config::secret_source::form::literal:
            break;
    }
    return "literal";
}

/// Where each secret came from and how many values it has: nothing of the values.
void describe_secrets(json_writer& out, const config::secret_sources& all) {
    if (all.empty())
        return;
    out.key("secrets").begin_object();
    for (const auto& source : all) {
        const bool in_files = source.from == config::secret_source::form::file;
        out.key(source.key).begin_object();
        write_limit(out, "set", source.count);
        out.field("from", to_word(source.from));
        if (!source.names.empty())
            out.field(in_files ? "path" : "name", source.names.front());
        if (source.names.size() > 1)
            write_names(out, in_files ? "paths" : "names", source.names);
        out.end_object();
    }
    out.end_object();
}

void describe_endpoints(json_writer& out, const endpoints& all) {
    out.key("endpoints").begin_array();
    for (const auto& endpoint : all) {
        out.begin_object()
            .field("name", endpoint.name)
            .field("path", endpoint.path)
            .field("provider", endpoint.kind->name)
            .key("proof")
            .boolean(endpoint.source->demands_proof())
            .key("allow")
            .boolean(!endpoint.allow.empty())
            .key("keep_rejected")
            .boolean(endpoint.keep_rejected);
        if (endpoint.expect_every.count() > 0)
            out.field("expect_every", config::to_text(endpoint.expect_every));
        describe_secrets(out, endpoint.secrets_from);
        out.end_object();
    }
    out.end_array();
}

void describe_sinks(json_writer& out, const std::vector<configured_sink>& all) {
    out.key("sinks").begin_array();
    for (const auto& sink : all) {
        out.begin_object().field("name", sink.name).field("type", sink.type);
        if (const auto address = sink.target->address(); !address.empty())
            out.field("target", address);
        out.key("retry")
            .begin_object()
            .field("initial", config::to_text(sink.retry.initial))
            .field("max", config::to_text(sink.retry.max))
            .field("give_up_after", config::to_text(sink.retry.give_up_after))
            .end_object();
        write_limit(out, "concurrency", sink.concurrency);
        if (sink.rate)
            out.field("rate", to_text(*sink.rate));
        out.key("ordered").boolean(sink.ordered);
        describe_secrets(out, sink.secrets_from);
        out.end_object();
    }
    out.end_array();
}

void describe_routes(json_writer& out, const routes& all) {
    out.key("routes").begin_array();
    for (const auto& route : all) {
        out.begin_object().field("name", route.name);
        write_names(out, "events", route.events);
        write_names(out, "endpoints", route.endpoints);
        out.key("where").begin_array();
        for (const auto& condition : route.where)
            out.string(condition.text());
        out.end_array();
        write_names(out, "sinks", route.sinks);
        out.end_object();
    }
    out.end_array();
}

void describe_server(json_writer& out, const configuration& all) {
    std::vector<std::string> addresses;
    for (const auto& address : all.server.listen)
        addresses.push_back(address.to_string());
    out.key("server").begin_object();
    write_names(out, "listen", addresses);
    out.key("tls").boolean(all.server.tls != nullptr);
    write_limit(out, "max_body", all.server.max_body);
    write_limit(out, "max_header", all.server.max_header);
    write_limit(out, "max_connections", all.server.max_connections);
    out.field("header_timeout", config::to_text(all.server.header_timeout))
        .field("body_timeout", config::to_text(all.server.body_timeout))
        .field("idle_timeout", config::to_text(all.server.idle_timeout))
        .field("drain_timeout", config::to_text(all.drain_timeout));
    describe_secrets(out, all.server_secrets_from);
    out.end_object();
}

void describe_admin(json_writer& out, const admin_settings& admin) {
    out.key("admin").begin_object();
    out.field("listen", admin.listen ? admin.listen->to_string() : "");
    describe_secrets(out, admin.secrets_from);
    out.end_object();
}

void describe_inbox(json_writer& out, const inbox_engine& engine, const config::secret_sources& secrets) {
    const auto& common = common_settings(engine);
    const auto* const file = std::get_if<sqlite_settings>(&engine);
    out.key("inbox").begin_object().field("engine", file != nullptr ? "sqlite" : "postgres");
    if (file != nullptr)
        out.field("path", file->path);
    out.field("retain", config::to_text(common.retain));
    write_limit(out, "max_size", common.max_size);
    if (file != nullptr) {
        write_limit(out, "min_free", file->min_free);
    } else {
        const auto& servers = std::get<postgres_settings>(engine);
        write_names(out, "hosts", servers.hosts);
        out.field("database", servers.database).field("patience", config::to_text(servers.patience));
    }
    describe_secrets(out, secrets);
    out.end_object();
}

}  // namespace

std::string describe_configuration(const configuration& all) {
    json_writer out;
    out.begin_object();
    describe_endpoints(out, all.endpoints);
    describe_sinks(out, all.sinks);
    describe_routes(out, all.routes);
    describe_server(out, all);
    describe_admin(out, all.admin);
    describe_inbox(out, all.inbox, all.inbox_secrets_from);
    out.end_object();
    return out.take();
}

}  // namespace shopbell
