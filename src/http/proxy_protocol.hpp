#pragma once

#include "forwarding.hpp"
#include "request_rules.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace shopbell::http {

/// Reads the header of the PROXY protocol, version 1 or 2, with which a proxy begins a connection to say for
/// whom it has opened it (HAProxy, doc/proxy-protocol.txt). No I/O.
///
///   version 1 = "PROXY " ( "TCP4" / "TCP6" ) SP source SP destination SP port SP port CRLF
///             / "PROXY UNKNOWN" *text CRLF                        ; at most 107 bytes
///   version 2 = signature version-and-command family length       ; 12, 1, 1 and 2 bytes
///               addresses *TLV                                    ; `length` bytes, 4 KiB at most
///
/// Takes not a byte more than the header: what follows may be TLS.
class proxy_header {
public:
    /// Takes what belongs to the header from the front: how many bytes that were, at least one where there
    /// are some. What is left is the connection's own, or comes again next time with more behind it.
    [[nodiscard]] checked<std::size_t> take(std::string_view bytes);

    [[nodiscard]] bool begun() const noexcept { return !text_.empty(); }
    [[nodiscard]] bool done() const noexcept { return done_; }

    /// The client's address. Nothing where the proxy speaks for itself (LOCAL, a health check), does not know
    /// (UNKNOWN), or names one that is no address of TCP.
    [[nodiscard]] const optional_address& source() const noexcept { return source_; }

private:
    [[nodiscard]] std::size_t portion(std::string_view bytes) const noexcept;
    checked<bool> look();
    checked<bool> read_line();
    checked<bool> read_block();

    std::string text_;
    optional_address source_;
    bool done_ = false;
};

}  // namespace shopbell::http
