#pragma once

#include <shopbell/cli/operator_command.hpp>

#include <istream>
#include <string>
#include <vector>

namespace shopbell {

struct codes_options {
    enum class action : unsigned char { add, list, make_void };
    action what = action::list;
    std::string endpoint = {};
    std::string product = {};
    std::vector<std::string> codes = {};  ///< to make void; "-": those on the standard input
    bool show = false;                    ///< whole codes, not their ends
};

/// `shopbell codes add|list|void`: the codes that an endpoint gives to buyers. Those to add stand on `in`,
/// one a line.
[[nodiscard]] int codes(const std::string& config_path, const codes_options& options, std::istream& in,
                        const command_output& to);

}  // namespace shopbell
