#pragma once

#include <shopbell/config/problem.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/crypto/secret.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::config {

constexpr std::chrono::milliseconds longest_duration = std::chrono::hours(24 * 36'500);  ///< 100 years
constexpr std::uint64_t largest_size = std::uint64_t{1} << 50;                           ///< 1024TiB

/// What may stand in a secret.
enum class secret_kind : unsigned char {
    token,     ///< letters, digits and signs, as a program makes them: no white space anywhere
    password,  ///< what a person may have chosen
    document,  ///< a text of several lines, such as a private key
};

/// Where the secret of one key came from, and how many values it has; never what they are.
struct secret_source {
    enum class form : unsigned char { literal, file, environment, credential };
    std::string key;  ///< "hooks_token"
    form from = form::literal;
    std::size_t count = 0;
    std::vector<std::string> names = {};  ///< the files, variables or credentials
};
using secret_sources = std::vector<secret_source>;

/// Reads one TOML table, key by key, and remembers which keys were asked for. Nothing throws and nothing is
/// printed: whatever is wrong (missing, wrong type, out of range, unreadable secret) goes to `problems` with
/// the position of the value, and the call returns its fallback. When the reader goes out of scope, every key
/// that nobody asked for is reported as unknown, with a "did you mean" drawn from those that were asked for.
///
/// One mistake, one problem: what `error` says about a key is dropped where reading that key has already
/// failed, so callers may check a fallback as if it had been written. A reader over something that could not
/// be read at all (a syntax error, a table of the wrong type) reports nothing more.
///
/// Providers and sinks take their own keys from it and keep plain values; TOML stays behind this class.
class reader {
public:
    reader(reader&&) noexcept;
    reader& operator=(reader&&) = delete;
    ~reader();

    [[nodiscard]] bool has(std::string_view key) const;
    /// Present and a table, not an array of them or anything else.
    [[nodiscard]] bool has_table(std::string_view key) const;
    /// Makes the key known without reading it.
    void know(std::string_view key);

    /// Present and a string, or the fallback. The second form reports a missing or empty value.
    [[nodiscard]] std::string string(std::string_view key, std::string_view fallback);
    [[nodiscard]] std::string required_string(std::string_view key);

    [[nodiscard]] bool boolean(std::string_view key, bool fallback);
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                       std::int64_t max);

    /// "250ms" "10s" "5m" "12h" "30d", from `min` to `max`.
    [[nodiscard]] std::chrono::milliseconds duration(
        std::string_view key, std::chrono::milliseconds fallback,
        std::chrono::milliseconds min = std::chrono::milliseconds(0),
        std::chrono::milliseconds max = longest_duration);
    /// Bytes: "0" "512" "64KiB" "1MiB" "2GiB", from `min` to `max`.
    [[nodiscard]] std::uint64_t size(std::string_view key, std::uint64_t fallback, std::uint64_t min = 0,
                                     std::uint64_t max = largest_size);

    /// An array of strings.
    [[nodiscard]] std::vector<std::string> strings(std::string_view key, std::vector<std::string> fallback);
    /// A string, or an array of strings.
    [[nodiscard]] std::vector<std::string> texts(std::string_view key);
    /// A table of name = "value" pairs, in the order of the file.
    [[nodiscard]] headers string_table(std::string_view key);

    /// The index of the value among `choices`; anything else is reported with the list and a "did you mean".
    [[nodiscard]] std::size_t one_of(std::string_view key, std::span<const std::string_view> choices,
                                     std::size_t fallback);

    /// K, K_file, K_env or K_credential (interface.md, section 3), each one value or an array. Empty where
    /// none is given. What nobody can have meant is taken away: a byte order mark, UTF-16, line ends around
    /// it. Reported: an empty value, an unreadable file, an unset variable, more than one of the four forms;
    /// and as a warning, a literal secret in the file, and what is in the secret but hardly meant.
    [[nodiscard]] shopbell::secrets secret(std::string_view key, secret_kind kind = secret_kind::password);
    /// Whether any of the four forms is there.
    [[nodiscard]] bool has_secret(std::string_view key) const;
    /// Of the secrets read so far from this table and the tables in it.
    [[nodiscard]] const secret_sources& sources_of_secrets() const noexcept;

    /// The content of the file whose path the key gives. Reported: a missing or empty value, a file that
    /// cannot be read or is larger than 64KiB; the text is then empty.
    [[nodiscard]] std::string required_file(std::string_view key);
    /// The same for a file that holds a secret; nothing where it cannot be read or is empty. It is one of
    /// `file::secret_files`, and others who get at it are warned of.
    [[nodiscard]] std::optional<shopbell::secret> required_secret_file(std::string_view key);

    /// The sub-table of that name; an empty one where it is absent.
    [[nodiscard]] reader table(std::string_view key);
    /// The elements of an array of tables ([[key]]), in the order of the file.
    [[nodiscard]] std::vector<reader> tables(std::string_view key);

    /// Takes every remaining key as known: the table is wrong in a way that says nothing about them (an
    /// unknown provider).
    void ignore_unknown() noexcept;

    /// Reports at the key's value (or, where it is absent, at the table). The key then counts as known.
    void error(std::string_view key, std::string message);
    void warn(std::string_view key, std::string message);
    /// Reports at one element of the array that is the key's value.
    void error(std::string_view key, std::size_t element, std::string message);
    /// Reports at the table's own line.
    void error(std::string message);
    void warn(std::string message);

    struct state;  ///< for the implementation only

private:
    friend class file;
    explicit reader(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

/// A parsed TOML file. It owns what its readers look at and outlives them.
class file {
public:
    /// A syntax error or an unreadable file goes to `problems`, and the root is then empty.
    /// `found` outlives the file.
    file(const std::string& path, problems& found);
    /// The same from text in memory, under the name `found.file()`.
    [[nodiscard]] static file from_text(std::string_view toml, problems& found);
    file(file&&) noexcept;
    ~file();

    [[nodiscard]] reader root() const;

    /// The files that its readers took secrets from so far (K_file), each once, whether they could be read or
    /// not. Credentials are not among them: systemd guards those.
    [[nodiscard]] std::vector<std::string> secret_files() const;

private:
    struct state;
    explicit file(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

/// "10s" and its kin; nothing for anything else or beyond `longest_duration`.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "64KiB" and its kin (KiB, MiB, GiB, TiB, B or no unit); nothing for anything else or beyond
/// `largest_size`.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that `parse_duration` and `parse_size` read back as the same value.
[[nodiscard]] std::string to_text(std::chrono::milliseconds duration);
[[nodiscard]] std::string to_text(std::uint64_t bytes);

}  // namespace shopbell::config
