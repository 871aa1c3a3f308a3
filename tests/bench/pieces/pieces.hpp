#pragma once

#include <string>

namespace shopbell::bench {

// Each makes its pieces known to Google Benchmark, which runs them later.

void add_crypto_pieces();
/// What the answer to a store pays for besides: looking at the body, far enough to name the event.
void add_acceptance_pieces();
/// What delivery makes of a stored body.
void add_event_pieces();
void add_routing_pieces();
/// `folder`: where inboxes are made, on the disk that is to be measured.
void add_inbox_pieces(const std::string& folder);

}  // namespace shopbell::bench
