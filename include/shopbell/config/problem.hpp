#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shopbell::config {

/// A place in the configuration file. Lines and columns count from 1; 0 means the file as a whole.
struct position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

enum class severity : unsigned char { error, warning };

/// Problems for which there is a remedy beside correcting the file.
enum class problem_kind : unsigned char {
    other,
    no_credentials_directory,  ///< systemd did not start this process, and its secrets are not there
};

struct problem {
    config::severity severity;
    position where;
    std::string message;
    problem_kind kind = problem_kind::other;
};

/// Everything that was found wrong with one file. Collected, so that all of it is reported in one go.
class problems {
public:
    explicit problems(std::string file) : file_(std::move(file)) {}

    void add(severity level, position where, std::string message, problem_kind kind = problem_kind::other);

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] bool has_errors() const noexcept;
    /// In the order of the file.
    [[nodiscard]] std::vector<problem> sorted() const;
    /// "FILE:LINE:COLUMN: message", warnings marked as such.
    [[nodiscard]] std::string describe(const problem& one) const;

private:
    std::string file_;
    std::vector<problem> all_;
};

}  // namespace shopbell::config
