#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace shopbell::test {

/// The admin interface's answer; status 0 where there was none.
struct operator_answer {
    unsigned status = 0;
    std::string text;
    nlohmann::json document;  ///< an empty object where the text is no JSON object
};

/// The admin interface on a unix socket, asked over a connection for each request. May be used by several
/// threads at once.
class operator_line {
public:
    explicit operator_line(std::string socket) : socket_(std::move(socket)) {}

    [[nodiscard]] operator_answer ask(const std::string& method, const std::string& target,
                                      const std::string& body = {}) const;

private:
    const std::string socket_;
};

}  // namespace shopbell::test
