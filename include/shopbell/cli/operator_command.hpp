#pragma once

#include <shopbell/cli/operator_client.hpp>
#include <shopbell/core/result.hpp>

#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace shopbell {

/// Where a command prints.
struct command_output {
    std::ostream& out;
    std::ostream& err;
    bool json = false;
    bool terminal = false;  ///< a person sees what is printed
};

/// Runs `work` on the operator's interface that the configuration at that path leads to, prints its failure
/// as "shopbell NAME: reason", and returns the exit status: that of `work`, 2 for what was asked wrongly
/// (`malformed`), 1 for any other failure, 78 for a bad configuration.
[[nodiscard]] int run_operator_command(const std::string& config_path, std::string_view name,
                                       operator_access how, const command_output& to,
                                       const std::function<result<int>(operator_client&)>& work);

/// A part of an answer that goes on while it says "next": asks again with that as the cursor. `visit` gets
/// each part and returns whether to go on.
[[nodiscard]] result<void> ask_through(operator_client& from, const std::string& method,
                                       const std::string& target, const std::string& body,
                                       const std::function<bool(const json::value&)>& visit);

/// The items of a long list, `most` at most, part by part as they come.
[[nodiscard]] result<void> list_through(operator_client& from, const std::string& target,
                                        std::string_view key, std::size_t most,
                                        const std::function<void(std::span<const json::value>)>& visit);

/// A filter over events as the command line gives it; empty: any.
struct event_choice {
    std::string type, endpoint, since, until, subject;

    [[nodiscard]] bool empty() const noexcept {
        return type.empty() && endpoint.empty() && since.empty() && until.empty() && subject.empty();
    }
};

/// Adds what is set. Times back from now become fixed ones, so that all parts of an answer mean the same.
/// Fails with `malformed` where one is none.
[[nodiscard]] result<void> add_choice(std::string& target, const event_choice& chosen);

}  // namespace shopbell
