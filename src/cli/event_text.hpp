#pragma once

#include <shopbell/core/json.hpp>

#include <ostream>

namespace shopbell {

// What the interface says of one event, GET /api/events/{id}, for people.

void print_envelope(std::ostream& out, const json::value& answer);
void print_headers(std::ostream& out, const json::value& answer);
/// One of the answer's deliveries, with every attempt.
void print_delivery(std::ostream& out, const json::value& delivery);
void print_data(std::ostream& out, const json::value& answer);

}  // namespace shopbell
