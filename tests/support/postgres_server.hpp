#pragma once

#include "support/process.hpp"
#include "support/reserved_port.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell::test {

/// A real PostgreSQL 15 (Debian's package), on a loopback port and in a folder of its own, with TLS and a
/// certificate for localhost. It ends with the test. The database is "shop"; its user "shop" may do
/// everything in it and needs no password; "guarded" needs the password "s3cret of postgres", and TLS.
class postgres_server {
public:
    [[nodiscard]] static bool is_installed();

    /// `settings`: "name=value", more of what postgresql.conf may hold.
    explicit postgres_server(std::vector<std::string> settings = {});
    struct standby_of {
        const postgres_server& primary;  ///< a running one
        int place = 1;                   ///< each has its own
    };
    /// A copy that follows it, on 127.0.0.(1 + place) and the same port. In synchronous_standby_names it is
    /// "standby", at other places "standby2", "standby3", ...
    explicit postgres_server(standby_of what);
    ~postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_->number(); }
    [[nodiscard]] const std::string& address() const noexcept { return address_; }
    [[nodiscard]] std::string ca_file() const { return folder_.file("ca.pem"); }

    void crash();   ///< at once, without a word to anybody
    void start();   ///< with what was committed before
    void kill();    ///< all its processes by the kernel, as when the machine fails
    void freeze();  ///< all its processes, until `thaw`
    void thaw();
    void promote();                                     ///< makes a standby the primary
    void follow(const postgres_server& primary) const;  ///< this one instead of the one of its making
    [[nodiscard]] bool is_running() const noexcept { return process_.has_value(); }

    /// What psql prints for this SQL, as the owner of everything: rows as lines, columns with | in between.
    std::string ask(const std::string& sql) const;

private:
    std::string run_psql(const std::string& database, const std::string& sql) const;
    [[nodiscard]] command as_its_user(command what) const;
    void write_certificates() const;
    void initialise() const;

    [[nodiscard]] std::string way_to(const postgres_server& primary) const;
    void signal_all(int number) const;
    void give_to_its_user() const;

    temp_dir folder_;
    std::shared_ptr<const reserved_port> port_ = std::make_shared<reserved_port>();
    std::string address_ = "127.0.0.1";
    std::string name_;  ///< as a standby
    std::vector<std::string> settings_;
    std::optional<process> process_;
};

}  // namespace shopbell::test
