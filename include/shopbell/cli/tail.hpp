#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

/// Takes server-sent events (HTML Living Standard, section 9.2.6) apart as their bytes come, and gives the
/// data of each that is whole.
class event_data_reader {
public:
    [[nodiscard]] std::vector<std::string> take(std::string_view bytes);

private:
    std::string line_;
    std::string data_;
};

/// `shopbell tail`: a line for each event as it is accepted, until it is interrupted or nobody reads on.
[[nodiscard]] int tail(const std::string& config_path, const std::string& type, const command_output& to);

}  // namespace shopbell
