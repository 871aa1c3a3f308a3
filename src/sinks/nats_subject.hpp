#pragma once

#include "placeholders.hpp"

#include <shopbell/commerce/event.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// A NATS subject with places for what is known of an event, {type} and {endpoint}. What fills a place may
/// come from the network: it never becomes a wildcard, an empty token or a second argument of the protocol's
/// line, and never makes that line too long for the server. A type keeps its dots, an endpoint is one token.
class nats_subject {
public:
    /// Fails with `malformed` and what is wrong.
    [[nodiscard]] static result<nats_subject> parse(std::string_view text);

    [[nodiscard]] std::string expand(const event& about) const;

private:
    explicit nats_subject(std::vector<template_piece> pieces) noexcept : pieces_(std::move(pieces)) {}
    [[nodiscard]] std::string expand(std::string_view type, std::string_view endpoint) const;

    std::vector<template_piece> pieces_;
};

}  // namespace shopbell
