#pragma once

#include "operations.hpp"

#include <shopbell/http/message.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Who may have what is at a path (access.hpp).
enum class access_rule : unsigned char {
    machines,   ///< who has a token, where one is configured: refuse_stranger
    files,      ///< the inspector's files: refuse_page_access
    operators,  ///< the interface: refuse_access
};

/// One row of what [admin] listen serves.
struct admin_route {
    std::string_view method;  ///< "GET" stands for HEAD as well
    std::string_view path;  ///< "*" is a segment that the operation takes, "**" one or more that it looks at
    access_rule access = access_rule::operators;
    asio::awaitable<http::response> (*run)(api_state& in, api_call call) = nullptr;
    bool changes = false;
    std::vector<std::string_view> parameters = {};  ///< of the interface: any other one is refused
};

[[nodiscard]] std::span<const admin_route> admin_routes();

/// What a request asks for.
struct found_route {
    const admin_route* row = nullptr;  ///< null: there is nothing at the path, or not with that method
    std::string allowed;               ///< the methods that there are, where the request's is another
    access_rule access = access_rule::machines;  ///< also where there is nothing
    std::vector<std::string> open;               ///< the segments in the places of "*"
};
[[nodiscard]] found_route find_route(const http::request_head& head);

/// 404 or 405; nothing where there is a row.
[[nodiscard]] std::optional<http::response> refuse_route(const found_route& found);

}  // namespace shopbell
