#include "support/operator_line.hpp"

#include "support/raw_client.hpp"

#include <system_error>

namespace shopbell::test {

operator_answer operator_line::ask(const std::string& method, const std::string& target,
                                   const std::string& body) const {
    operator_answer told;
    told.document = nlohmann::json::object();
    try {
        raw_client line(socket_);
        auto answer = line.ask(method + ' ' + target +
                               " HTTP/1.1\r\nHost: localhost\r\nX-Requested-With: test\r\nContent-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body);
        told.status = answer.status;
        told.text = std::move(answer.body);
    } catch (const std::system_error&) {
        return told;  // nobody listens
    }
    auto parsed = nlohmann::json::parse(told.text, nullptr, false);
    if (parsed.is_object())
        told.document = std::move(parsed);
    return told;
}

}  // namespace shopbell::test
