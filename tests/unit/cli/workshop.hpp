#pragma once

#include "support/temp_dir.hpp"

#include <string>
#include <string_view>

namespace shopbell::test {

/// A folder with a configuration of three endpoints in it, for the commands to read.
class workshop {
public:
    /// `listen` is the value of [server] listen; `more` stands at the end of the file.
    explicit workshop(std::string_view listen = "[\"127.0.0.1:8080\"]", std::string_view more = "");

    /// The configuration's path.
    [[nodiscard]] std::string config() const { return folder_.file("shopbell.toml"); }
    [[nodiscard]] std::string file(std::string_view name) const { return folder_.file(name); }

private:
    temp_dir folder_;
};

/// What a command printed and returned.
struct printed {
    int status;
    std::string out, err;
};

}  // namespace shopbell::test
