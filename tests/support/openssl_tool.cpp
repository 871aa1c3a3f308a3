#include "support/openssl_tool.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {

void make_certificate(const std::string& certificate, const std::string& key) {
    command one;
    one.arguments = {"/usr/bin/openssl",
                     "req",
                     "-x509",
                     "-noenc",
                     "-days",
                     "2",
                     "-newkey",
                     "ec",
                     "-pkeyopt",
                     "ec_paramgen_curve:P-256",
                     "-subj",
                     "/CN=hooks.example.com",
                     "-addext",
                     "subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:hooks.example.com",
                     "-keyout",
                     key,
                     "-out",
                     certificate};
    const auto made = run_command(one);
    EXPECT_EQ(made.status.code, 0) << made.errors;
}

finished s_client(std::uint16_t port, const std::vector<std::string>& more, const std::string& input) {
    command one;
    one.arguments = {"/usr/bin/openssl", "s_client", "-connect", "127.0.0.1:" + std::to_string(port),
                     "-ign_eof"};
    one.arguments.insert(one.arguments.end(), more.begin(), more.end());
    one.input = input;
    return run_command(one);
}

}  // namespace shopbell::test
