#include "state_families.hpp"

#include <functional>
#include <string>
#include <utility>

namespace shopbell {

namespace {

using family = prometheus::MetricFamily;
using labels = std::vector<prometheus::ClientMetric::Label>;

double seconds(std::chrono::milliseconds span) {
    return std::chrono::duration<double>(span).count();
}

double seconds(time_point at) {
    return seconds(at.time_since_epoch());
}

/// A family as it is written down one sample after the other.
class made {
public:
    made(prometheus::MetricType type, std::string name, std::string help) {
        family_.name = std::move(name);
        family_.help = std::move(help);
        family_.type = type;
    }

    made& add(labels of, double value) {
        prometheus::ClientMetric one;
        one.label = std::move(of);
        if (family_.type == prometheus::MetricType::Counter)
            one.counter.value = value;
        else
            one.gauge.value = value;
        family_.metric.push_back(std::move(one));
        return *this;
    }

    family take() { return std::move(family_); }

private:
    family family_;
};

made gauge(std::string name, std::string help) {
    return {prometheus::MetricType::Gauge, std::move(name), std::move(help)};
}

made counter(std::string name, std::string help) {
    return {prometheus::MetricType::Counter, std::move(name), std::move(help)};
}

template <class Number>
family single(made of, Number value) {
    return of.add({}, static_cast<double>(value)).take();
}

using endpoint_value = std::function<std::optional<double>(const readings::endpoint&)>;

family by_endpoint(made of, const readings& present, const endpoint_value& value) {
    for (const auto& one : present.endpoints) {
        if (const auto known = value(one))
            of.add({{"endpoint", one.name}, {"provider", one.provider}}, *known);
    }
    return of.take();
}

template <class Number>
family by_sink(made of, const readings& present, Number readings::sink::*value) {
    for (const auto& one : present.sinks)
        of.add({{"sink", one.name}}, static_cast<double>(one.*value));
    return of.take();
}

family lag_seconds(const readings& present) {
    auto of = gauge("shopbell_sink_lag_seconds",
                    "Age of the oldest event that a sink has not had; 0 where it has all.");
    for (const auto& one : present.sinks)
        of.add({{"sink", one.name}}, seconds(one.lag));
    return of.take();
}

void add_program(std::vector<family>& into, const readings& present, time_point started) {
    into.push_back(gauge("shopbell_build_info", "What is running; the value is always 1.")
                       .add({{"version", SHOPBELL_VERSION}}, 1)
                       .take());
    into.push_back(single(gauge("shopbell_start_time_seconds", "When the process started, Unix time."),
                          seconds(started)));
    into.push_back(
        single(gauge("shopbell_time_seconds", "This machine's clock, Unix time."), seconds(present.at)));
    into.push_back(single(gauge("shopbell_ready", "Whether events can be committed now, as /readyz says."),
                          present.ready ? 1 : 0));
    into.push_back(single(gauge("shopbell_connections_open", "Connections of stores and proxies."),
                          present.open_connections));
    into.push_back(single(counter("shopbell_connections_refused_total",
                                  "Connections beyond [server] max_connections or the limit on open files."),
                          present.refused_connections));
    into.push_back(single(counter("shopbell_client_connections_refused_total",
                                  "Connections beyond [server] max_connections_per_client."),
                          present.refused_client_connections));
    if (present.certificate_ends)
        into.push_back(single(gauge("shopbell_tls_certificate_end_timestamp_seconds",
                                    "When the certificate of [server.tls] ends, Unix time; absent without."),
                              seconds(*present.certificate_ends)));
    into.push_back(single(counter("shopbell_log_lines_dropped_total",
                                  "Lines of the log lost because its output could not keep up."),
                          present.dropped_log_lines));
}

void add_inbox(std::vector<family>& into, const readings& present) {
    into.push_back(single(gauge("shopbell_inbox_min_free_bytes",
                                "Free disk space below which new events get 503 ([inbox] min_free)."),
                          present.min_free_disk));
    if (!present.stored)
        return;
    into.push_back(single(gauge("shopbell_inbox_events", "Events stored, estimated by their numbers."),
                          present.stored->events));
    into.push_back(
        single(gauge("shopbell_inbox_bytes", "Bytes of the inbox file in use."), present.stored->bytes));
    if (present.stored->free_disk)
        into.push_back(single(gauge("shopbell_inbox_free_disk_bytes", "Free space on the disk of the inbox."),
                              *present.stored->free_disk));
}

void add_endpoints(std::vector<family>& into, const readings& present) {
    using endpoint = readings::endpoint;
    using value = std::optional<double>;
    into.push_back(
        by_endpoint(gauge("shopbell_endpoint_last_accepted_timestamp_seconds",
                          "When the last event was accepted, Unix time; absent while none is known."),
                    present, [](const endpoint& one) {
                        return one.last_accepted ? value(seconds(*one.last_accepted)) : value();
                    }));
    into.push_back(by_endpoint(
        gauge("shopbell_endpoint_consecutive_failures",
              "Failures answered since the last success; Jumpseller pauses a webhook after eight."),
        present, [](const endpoint& one) { return value(one.consecutive_failures); }));
    into.push_back(
        by_endpoint(gauge("shopbell_endpoint_expect_every_seconds",
                          "How often something is expected (expect_every); absent where it is not said."),
                    present, [](const endpoint& one) {
                        return one.expect_every.count() > 0 ? value(seconds(one.expect_every)) : value();
                    }));
    into.push_back(
        by_endpoint(gauge("shopbell_endpoint_silent", "Whether nothing came for longer than expect_every."),
                    present, [](const endpoint& one) { return value(one.silent ? 1 : 0); }));
}

void add_codes(std::vector<family>& into, const readings& present) {
    auto left = gauge("shopbell_codes_left", "Codes that are left to be given, by product.");
    auto low = gauge("shopbell_codes_low", "Whether no more codes are left than the endpoint's low mark.");
    for (const auto& one : present.code_pools) {
        const labels of = {{"endpoint", one.endpoint}, {"product", one.product}};
        left.add(of, static_cast<double>(one.left));
        low.add(of, one.low ? 1 : 0);
    }
    into.push_back(left.take());
    into.push_back(low.take());
}

void add_sinks(std::vector<family>& into, const readings& present) {
    using sink = readings::sink;
    into.push_back(by_sink(gauge("shopbell_sink_lag_events", "Events that a sink has not had."), present,
                           &sink::lag_events));
    into.push_back(lag_seconds(present));
    into.push_back(by_sink(gauge("shopbell_sink_retrying", "Deliveries that wait for their next attempt."),
                           present, &sink::retrying));
    into.push_back(
        by_sink(gauge("shopbell_sink_dead_letters", "Deliveries given up, until a person decides."), present,
                &sink::dead));
    into.push_back(
        by_sink(gauge("shopbell_sink_in_flight", "Attempts under way."), present, &sink::in_flight));
    into.push_back(
        by_sink(gauge("shopbell_sink_paused", "Whether a person paused the sink."), present, &sink::paused));
    into.push_back(by_sink(gauge("shopbell_sink_probing",
                                 "Whether the sink fails again and again and is tried with one delivery at a "
                                 "time."),
                           present, &sink::probing));
    into.push_back(by_sink(
        gauge("shopbell_sink_held", "Whether this daemon delivers to the sink: 0 while another one does."),
        present, &sink::held));
    auto limits = gauge("shopbell_sink_rate_limit",
                        "Deliveries a second that a sink may have, where its rate is configured.");
    for (const auto& one : present.sinks) {
        if (one.rate_limit)
            limits.add({{"sink", one.name}}, *one.rate_limit);
    }
    into.push_back(limits.take());
}

}  // namespace

std::vector<family> state_families(const readings& present, time_point started) {
    std::vector<family> all;
    add_program(all, present, started);
    add_inbox(all, present);
    add_endpoints(all, present);
    add_codes(all, present);
    add_sinks(all, present);
    std::erase_if(all, [](const family& one) { return one.metric.empty(); });
    return all;
}

}  // namespace shopbell
