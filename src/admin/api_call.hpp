#pragma once

#include <shopbell/admin/operator_api.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/http/message.hpp>
#include <shopbell/inbox/archive.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shopbell {

/// A request that says something wrong: answered 400 with the reason.
[[nodiscard]] failure malformed(std::string reason);

/// The decoded parameters of a query. One that is there but empty counts as not given.
class parameters {
public:
    /// Fails with `malformed` where it is no query or repeats a name.
    [[nodiscard]] static result<parameters> parse(std::string_view query);

    parameters() = default;
    explicit parameters(std::vector<std::pair<std::string, std::string>> all) : all_(std::move(all)) {}

    /// The value, or empty.
    [[nodiscard]] std::string_view value(std::string_view name) const noexcept;
    [[nodiscard]] bool has(std::string_view name) const noexcept { return !value(name).empty(); }
    [[nodiscard]] std::vector<std::string_view> names() const;

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

/// The decoded segments of a path; nothing where it is malformed.
[[nodiscard]] std::optional<std::vector<std::string>> split_path(std::string_view path);

/// A request to one operation. A class with a constructor: it travels through coroutines.
class api_call {
public:
    api_call(std::vector<std::string> from_path, parameters from_query, http::request whole)
        : segments(std::move(from_path)), query(std::move(from_query)), request(std::move(whole)) {}
    std::vector<std::string> segments;  ///< those that the operation's path leaves open
    parameters query;
    http::request request;
    api_caller caller;
};

/// type, endpoint, subject, since, until, state. Fails with `malformed` and what is wrong.
[[nodiscard]] result<event_filter> read_filter(const parameters& query, time_point present);

/// A parameter that is given as 1, or is not.
[[nodiscard]] result<bool> read_switch(const parameters& query, std::string_view name);

/// Whether personal data is to be hidden: where that is asked for, and always from who may only look.
[[nodiscard]] result<bool> wants_mask(const api_call& call);

/// limit, from 1 to 1000; 50 where it is not given.
[[nodiscard]] result<std::size_t> read_limit(const parameters& query);

/// A number that an earlier answer gave as "next".
[[nodiscard]] std::optional<sequence> read_number(std::string_view text);

/// How far a walk over the events that were there when it began has come: "AFTER-UP_TO".
struct range_cursor {
    sequence after = 0;
    sequence up_to = 0;

    [[nodiscard]] static std::optional<range_cursor> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

}  // namespace shopbell
