#pragma once

#include "support/process.hpp"
#include "support/reserved_port.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace shopbell::test {

/// A real PostgreSQL 15 (Debian's package), on a loopback port and in a folder of its own, with TLS and a
/// certificate for localhost. It ends with the test. The database is "shop"; its user "shop" may do
/// everything in it and needs no password; "guarded" needs the password "s3cret of postgres", and TLS.
class postgres_server {
public:
    [[nodiscard]] static bool is_installed();

    postgres_server();
    ~postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_.number(); }
    [[nodiscard]] std::string ca_file() const { return folder_.file("ca.pem"); }

    void crash();  ///< at once, without a word to anybody
    void start();  ///< with what was committed before

    /// What psql prints for this SQL, as the owner of everything: rows as lines, columns with | in between.
    std::string ask(const std::string& sql) const;

private:
    std::string run_psql(const std::string& database, const std::string& sql) const;
    [[nodiscard]] command as_its_user(command what) const;
    void write_certificates() const;
    void initialise() const;

    temp_dir folder_;
    reserved_port port_;
    std::optional<process> process_;
};

}  // namespace shopbell::test
