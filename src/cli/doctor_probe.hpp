#pragma once

#include "doctor_report.hpp"
#include "doctor_target.hpp"

#include <shopbell/cli/operator_client.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/setup/configuration.hpp>

#include <string>

namespace shopbell {

/// Sends a genuinely signed probe the way of a store and compares what the daemon has stored with what was
/// sent; where only the store can sign, one that is to be refused. Then, where the proof protects the body, a
/// forged one of the largest size, which must come through to be refused. `stored`: where to look the event
/// up; null: nowhere.
[[nodiscard]] findings examine_way(const configuration& all, const probe_target& target,
                                   operator_client* stored);

/// The probe as it was sent.
struct sent_probe {
    const endpoint* at = nullptr;
    signed_webhook webhook;
    std::string url;
};

/// How the stored event (GET /api/events/{id}, and its original) differs from what was sent; empty where it
/// does not.
[[nodiscard]] std::string differences(const sent_probe& sent, const json::value& event,
                                      const std::string& original);

/// A certificate that ends soon; nothing where it does not.
[[nodiscard]] findings judge_certificate(const std::string& url, const http::connection_facts& seen,
                                         time_point present);

/// The daemon's own certificate, where it speaks TLS itself.
[[nodiscard]] finding judge_own_certificate(const http::tls_identity& shown, time_point present);

}  // namespace shopbell
