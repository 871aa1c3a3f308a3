#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/http/address.hpp>
#include <shopbell/http/message.hpp>
#include <shopbell/ingest/codes.hpp>
#include <shopbell/stores/catalog.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

class endpoint_watch;

/// One [[endpoint]]: a path at which one store delivers. Immutable.
struct endpoint {
    std::string name;
    std::string path;  ///< matched exactly against the request's path, as sent
    const provider_entry* kind = nullptr;
    std::unique_ptr<const provider> source;
    std::string verified_by;                  ///< of `source`
    std::span<const std::string_view> keeps;  ///< header fields, for the inbox; of `kind` or `source`
    http::networks allow;                     ///< client addresses; empty: all
    /// The owner is told when nothing came for that long; 0: nothing is expected.
    std::chrono::milliseconds expect_every{0};
    /// How a refusal looks, whoever makes it: at this path and at those behind it ("/hooks/shop/x").
    http::refusal_body refusals = http::refusal_body::json;
    bool keep_rejected = false;  ///< the bodies of refused requests are kept for the operator
    config::secret_sources secrets_from;
    std::optional<code_settings> codes;  ///< the answer carries a buyer's codes
    endpoint_watch* watch = nullptr;     ///< set by `endpoint_watches` before anything is received
};

using endpoints = std::vector<endpoint>;

/// What reads their stored deliveries.
[[nodiscard]] delivery_readers readers_of(const endpoints& all);

/// Reads every [[endpoint]] table of the file's root. Duplicate names and paths, unknown providers and
/// whatever the provider itself finds wrong go to the readers' problems.
[[nodiscard]] endpoints read_endpoints(config::reader& root);

}  // namespace shopbell
