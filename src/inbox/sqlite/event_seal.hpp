#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace shopbell {

/// A sum over everything that an event is, stored with it and compared whenever it is read. SQLite notices
/// damage to the structure of its file, not to what stands in it: an event must never be delivered with
/// bytes that the store did not send. Against accidents, not against forgery.
class event_seal {
public:
    /// The part that takes time, over what the store sent: computed before the one thread that all wait for.
    /// `lines` are the header fields as stored.
    [[nodiscard]] static std::uint64_t of_content(std::string_view endpoint, std::string_view provider,
                                                  std::string_view type, std::string_view subject,
                                                  std::string_view store, std::string_view lines,
                                                  std::string_view body) noexcept;

    /// Over the texts of any row, which cannot run into each other.
    [[nodiscard]] static std::uint64_t of_parts(std::span<const std::string_view> parts) noexcept;

    /// With what it is known by here; when it was accepted its id tells. SQLite's integers are signed.
    [[nodiscard]] static std::int64_t of_event(std::uint64_t content, sequence number,
                                               std::string_view id) noexcept;
};

}  // namespace shopbell
