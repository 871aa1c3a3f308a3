#include <shopbell/rejections/rejection_log.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace shopbell {

namespace {

void write_given(json_writer& out, std::string_view name, std::string_view text) {
    if (!text.empty())
        out.field(name, text);
}

void write_number(json_writer& out, std::string_view name, std::uint64_t number) {
    out.key(name).integer(static_cast<long long>(number));
}

/// A step that ends in a command.
struct command_step {
    std::string_view text;
    std::string_view command;
};

constexpr command_step take_up = {"Check the changed configuration and let the daemon read it",
                                  "shopbell check && systemctl reload shopbell"};
constexpr command_step make_handshake = {"Make the handshake anew from the account's address and password",
                                         "shopbell handshake --email ADDRESS"};
constexpr command_step look_at_clock = {"See whether this machine's clock is right", "timedatectl"};

/// What follows the change that the diagnosis asks for.
struct follow_up {
    std::string_view cause;
    command_step step;
};

constexpr std::array follow_ups = {
    follow_up{"age", look_at_clock},
    follow_up{"handshake_wrong", make_handshake},
    follow_up{"handshake_wrong", take_up},
    follow_up{"handshake_half_made", make_handshake},
    follow_up{"handshake_half_configured", make_handshake},
    follow_up{"handshake_half_configured", take_up},
    follow_up{"handshake_changed", take_up},
    follow_up{"secret_white_space", take_up},
    follow_up{"secret_quoted", take_up},
    follow_up{"secret_letter_case", take_up},
    follow_up{"secret_encoding", take_up},
    follow_up{"former_secret", take_up},
    follow_up{"other_endpoint", take_up},
    follow_up{"signature_wrong", take_up},
    follow_up{"token_wrong", take_up},
    follow_up{"token_changed", take_up},
    follow_up{"basic_user", take_up},
    follow_up{"basic_password", take_up},
    follow_up{"basic_wrong", take_up},
    follow_up{"other_store", take_up},
    follow_up{"other_kind_of_store", take_up},
    follow_up{"address_not_allowed", take_up},
    follow_up{"proxy_not_trusted", take_up},
    follow_up{"proxy_address", take_up},
    follow_up{"public_url", take_up},
};

/// Between what is wrong and what to change.
constexpr std::string_view advice_mark = ": ";

void write_advice(json_writer& out, const likely_cause& found) {
    const std::string_view diagnosis = found.text;
    if (diagnosis.empty())
        return;
    const auto colon = diagnosis.find(advice_mark);
    out.field("summary", summary_of(found)).key("steps").begin_array();
    if (colon != std::string_view::npos)
        out.begin_object().field("text", diagnosis.substr(colon + advice_mark.size())).end_object();
    for (const auto& [cause, step] : follow_ups) {
        if (cause == found.cause)
            out.begin_object().field("text", step.text).field("command", step.command).end_object();
    }
    out.end_array();
}

void write_fields(json_writer& out, const headers& fields) {
    out.key("headers").begin_array();
    for (const auto& one : fields) {
        out.begin_object().field("name", one.name);
        write_given(out, "value", one.value);
        out.end_object();
    }
    out.end_array();
}

void write_body(json_writer& out, const rejection_record& one) {
    if (one.body.empty())
        return;
    if (is_utf8(one.body))
        out.field("body", one.body);
    else
        out.field("body_base64", base64_encode(one.body));
    if (one.body_cut)
        out.key("body_cut").boolean(true);
}

std::string text_in(const json::value& object, std::string_view name) {
    const auto* const found = object.find(name);
    return found == nullptr ? std::string() : std::string(found->text());
}

std::uint64_t number_in(const json::value& object, std::string_view name) {
    const auto text = text_in(object, name);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

time_point time_in(const json::value& object, std::string_view name) {
    return parse_timestamp(text_in(object, name)).value_or(time_point());
}

headers fields_in(const json::value& object) {
    headers fields;
    if (const auto* const all = object.find("headers"); all != nullptr) {
        for (const auto& one : all->elements())
            fields.push_back({text_in(one, "name"), text_in(one, "value")});
    }
    return fields;
}

rejection_record record_in(const json::value& object) {
    rejection_record one;
    one.number = number_in(object, "number");
    one.endpoint = text_in(object, "endpoint");
    one.provider = text_in(object, "provider");
    one.status = static_cast<unsigned>(number_in(object, "status"));
    one.reason = text_in(object, "reason");
    one.found = {text_in(object, "diagnosis"), text_in(object, "proven") == "true", text_in(object, "cause")};
    one.first = time_in(object, "first_time");
    one.last = time_in(object, "time");
    one.count = number_in(object, "count");
    one.client = text_in(object, "client");
    one.network = network_of(one.client);
    one.method = text_in(object, "method");
    one.path = text_in(object, "path");
    one.fields = fields_in(object);
    one.bytes = number_in(object, "bytes");
    one.body = object.find("body_base64") == nullptr
                   ? text_in(object, "body")
                   : base64_decode(text_in(object, "body_base64")).value_or("");
    one.body_cut = text_in(object, "body_cut") == "true";
    return one;
}

}  // namespace

std::string_view summary_of(const likely_cause& found) noexcept {
    return std::string_view(found.text).substr(0, found.text.find(advice_mark));
}

void write_rejection(json_writer& out, const rejection_record& one) {
    out.begin_object();
    write_number(out, "number", one.number);
    out.field("time", to_rfc3339(one.last)).field("first_time", to_rfc3339(one.first));
    write_number(out, "count", one.count);
    write_given(out, "endpoint", one.endpoint);
    write_given(out, "provider", one.provider);
    write_number(out, "status", one.status);
    out.field("reason", one.reason);
    write_given(out, "diagnosis", one.found.text);
    write_given(out, "cause", one.found.cause);
    write_advice(out, one.found);
    out.key("proven").boolean(one.found.proven);
    write_given(out, "client", one.client);
    write_given(out, "method", one.method);
    write_given(out, "path", one.path);
    write_fields(out, one.fields);
    write_number(out, "bytes", one.bytes);
    write_body(out, one);
    out.end_object();
}

std::string rejection_log::to_json() const {
    const std::lock_guard guard(mutex_);
    json_writer out;
    out.begin_object().key("rejections").begin_array();
    for (const auto* const one : latest_first())
        write_rejection(out, *one);
    out.end_array().end_object();
    return out.take();
}

result<void> rejection_log::read_json(std::string_view text) {
    const auto document = json::document::parse(text);
    if (!document)
        return document.error();
    const auto* const all = document->root().find("rejections");
    if (all == nullptr)
        return failure{errc::malformed, "there are no rejections in it"};
    const std::lock_guard guard(mutex_);
    for (const auto& each : all->elements()) {
        auto one = record_in(each);
        auto& its = by_endpoint_[one.endpoint];
        if (its.size() == most)
            continue;
        last_number_ = std::max(last_number_, one.number);
        its.push_back(std::move(one));
    }
    return {};
}

}  // namespace shopbell
