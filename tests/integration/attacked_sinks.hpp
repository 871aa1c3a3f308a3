#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// An event as it came to a sink; `place` ascends in the order they came.
struct came {
    std::string id;
    std::uint64_t place = 0;
};

/// A sink and the other end of it: a target that fails, hangs, blocks, lies and recovers as it is told, and
/// remembers what it took. All functions are for one thread.
class attacked_sink {
public:
    explicit attacked_sink(std::string name) : name_(std::move(name)) {}
    virtual ~attacked_sink() = default;
    attacked_sink(const attacked_sink&) = delete;
    attacked_sink& operator=(const attacked_sink&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// [[sink]] as TOML; some keys, of those that delivery does not depend on, at random.
    [[nodiscard]] std::string table(std::mt19937_64& random) const;

    /// Begins another fault, at random, but none of those; what it is.
    std::string misbehave(std::mt19937_64& random, const std::set<std::string>& without);
    virtual void heal() = 0;

    /// Behind all that came so far.
    [[nodiscard]] virtual std::uint64_t place() const = 0;
    /// All that came, repeats too.
    [[nodiscard]] virtual std::vector<came> arrivals() = 0;
    /// What came by a way that keeps no order.
    [[nodiscard]] virtual std::set<std::string> aside() { return {}; }

private:
    [[nodiscard]] virtual std::vector<std::string> faults() const { return {}; }
    virtual void begin(const std::string& /*fault*/, std::mt19937_64& /*random*/) {}
    [[nodiscard]] virtual std::string keys(std::mt19937_64& random) const = 0;
    [[nodiscard]] virtual std::string give_up_after() const { return "1h"; }

    const std::string name_;
};

/// A file whose place is taken by a FIFO, a full device or a stranger's lock.
[[nodiscard]] std::unique_ptr<attacked_sink> attack_file(std::string name, const std::string& folder);

/// A program that fails, hangs, refuses and leaves work behind.
[[nodiscard]] std::unique_ptr<attacked_sink> attack_program(std::string name, const std::string& folder);

/// An HTTP target with every bad answer; as a `steady` one it never has any.
[[nodiscard]] std::unique_ptr<attacked_sink> attack_target(std::string name, std::string give_up_after);
[[nodiscard]] std::unique_ptr<attacked_sink> steady_target(std::string name);

/// The daemon's own log, which is collected life by life.
class log_under_attack final : public attacked_sink {
public:
    explicit log_under_attack(std::string name) : attacked_sink(std::move(name)) {}

    /// While a daemon runs, how many lines it has written.
    void set_line(std::uint64_t line) noexcept { line_ = line; }
    /// All that it wrote in its life.
    void end_life(std::string_view log);

    void heal() override {}
    [[nodiscard]] std::uint64_t place() const override;
    [[nodiscard]] std::vector<came> arrivals() override { return all_; }

private:
    [[nodiscard]] std::string keys(std::mt19937_64&) const override { return "type = \"log\"\n"; }

    std::vector<came> all_;
    std::uint64_t life_ = 0;
    std::uint64_t line_ = 0;
};

}  // namespace shopbell::test
