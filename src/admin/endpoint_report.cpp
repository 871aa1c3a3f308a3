#include "endpoint_report.hpp"

#include "attention.hpp"

namespace shopbell {

namespace {

void write_last_failure(json_writer& out, const readings::endpoint& endpoint, const rejection_log* refused) {
    out.key("last_failure").begin_object().field("at", to_rfc3339(*endpoint.last_failure));
    out.key("status").integer(endpoint.last_failure_status);
    if (const auto latest = refused == nullptr ? std::nullopt : refused->latest_of(endpoint.name)) {
        out.key("rejection").integer(static_cast<long long>(latest->number));
        if (!latest->found.text.empty())
            out.field("summary", summary_of(latest->found));
    }
    out.end_object();
}

}  // namespace

void write_endpoint(json_writer& out, const readings::endpoint& endpoint, const rejection_log* refused) {
    out.begin_object()
        .field("name", endpoint.name)
        .field("provider", endpoint.provider)
        .field("path", endpoint.path)
        .field("state", state_of(endpoint));
    out.key("failures_in_a_row").integer(endpoint.consecutive_failures);
    if (endpoint.pauses_after > 0)
        out.key("pauses_after").integer(endpoint.pauses_after);
    if (endpoint.last_accepted)
        out.field("last_accepted_at", to_rfc3339(*endpoint.last_accepted));
    if (endpoint.expect_every.count() > 0)
        out.key("expect_every_s")
            .integer(std::chrono::floor<std::chrono::seconds>(endpoint.expect_every).count());
    if (endpoint.last_failure)
        write_last_failure(out, endpoint, refused);
    out.end_object();
}

}  // namespace shopbell
