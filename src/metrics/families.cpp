#include "families.hpp"

namespace shopbell {

namespace {

metric_families::counters& counter(prometheus::Registry& in, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(in);
}

metric_families::histograms& histogram(prometheus::Registry& in, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(in);
}

}  // namespace

metric_families::metric_families()
    : requests(counter(registry, "shopbell_requests_total",
                       "Requests answered, by endpoint (empty: none) and status.")),
      abandoned(counter(registry, "shopbell_requests_abandoned_total",
                        "Requests whose client left before the answer was out.")),
      request_duration(histogram(registry, "shopbell_request_duration_seconds",
                                 "Time from a request's first byte to its answer's last.")),
      received(counter(registry, "shopbell_received_bytes_total",
                       "Bytes of requests received, header sections included.")),
      accepted(counter(registry, "shopbell_events_accepted_total",
                       "Events accepted: genuine, new and on stable storage.")),
      duplicate(counter(registry, "shopbell_events_duplicate_total",
                        "Deliveries that repeated one that was accepted before.")),
      unparsed(counter(registry, "shopbell_events_unparsed_total",
                       "Events accepted whose body could not be read.")),
      contradicted(counter(registry, "shopbell_events_contradicted_total",
                           "Events accepted whose unsigned header contradicted the signed body.")),
      rejected(counter(registry, "shopbell_rejections_total", "Requests refused, by reason.")),
      unrouted(counter(registry, "shopbell_events_unrouted_total",
                       "Events that no route takes; they stay in the inbox.")),
      same_content(counter(registry, "shopbell_events_same_content_total",
                           "Events accepted whose signed content came before under another id, which is not "
                           "signed: a replay, as a rule.")),
      codes_given(counter(registry, "shopbell_codes_given_total", "Codes given to buyers, repeats apart.")),
      codes_missing(counter(registry, "shopbell_codes_missing_total",
                            "Requests for a completed sale that were answered without a code.")),
      commit_duration(histogram(registry, "shopbell_commit_duration_seconds",
                                "Time that one group commit of the inbox took.")),
      commit_size(histogram(registry, "shopbell_commit_deliveries",
                            "Deliveries that one group commit of the inbox stored.")),
      commit_failures(
          counter(registry, "shopbell_commit_failures_total", "Group commits of the inbox that failed.")),
      deliveries(
          counter(registry, "shopbell_deliveries_total",
                  "Attempts to deliver an event to a sink, by outcome: delivered, failed (will be tried "
                  "again) or dead (given up).")),
      delivery_duration(histogram(registry, "shopbell_delivery_duration_seconds",
                                  "Time that one call of a sink took, with one event or a batch.")) {}

std::vector<std::uint64_t> counts_of(const prometheus::Histogram& durations) {
    std::vector<std::uint64_t> counts;
    std::uint64_t below = 0;
    for (const auto& bucket : durations.Collect().histogram.bucket) {
        counts.push_back(bucket.cumulative_count - below);
        below = bucket.cumulative_count;
    }
    return counts;
}

}  // namespace shopbell
