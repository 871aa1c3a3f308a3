#include "proxy_protocol.hpp"

#include "grammar.hpp"
#include "mismatch.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>

namespace shopbell::http {

namespace {

namespace ip = asio::ip;

constexpr std::size_t longest_line = 107;
/// The signature, version and command, family, length.
constexpr std::size_t fixed_part = 16;
constexpr std::size_t longest_block = 4096;

refusal malformed_header(std::string_view why) {
    return {400, why, mismatch::malformed_proxy_header};
}

/// Whether one is the beginning of the other.
bool begin_alike(std::string_view a, std::string_view b) noexcept {
    const auto size = std::min(a.size(), b.size());
    return a.substr(0, size) == b.substr(0, size);
}

unsigned byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

ip::address unmapped(const ip::address_v6& address) {
    if (address.is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address);
    return address;
}

bool is_port_number(std::string_view text) noexcept {
    const bool digits = !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
    return digits && (text.size() < 5 || text <= "65535");
}

/// An address of that family, in its usual form and without a zone.
optional_address parse_address(std::string_view text, bool v4) {
    boost::system::error_code error;
    const auto address = ip::make_address(text, error);
    if (error || address.is_v4() != v4 || text.find('%') != text.npos)
        return std::nullopt;
    if (v4)
        return address;
    return unmapped(address.to_v6());
}

/// The words between single spaces; empty where there are not that many.
template <std::size_t count>
std::array<std::string_view, count> words(std::string_view text) {
    std::array<std::string_view, count> all;
    for (std::size_t i = 0; i < count; ++i) {
        const auto space = text.find(' ');
        const bool last = i + 1 == count;
        if (last != (space == text.npos))
            return {};
        all[i] = text.substr(0, space);
        text.remove_prefix(last ? text.size() : space + 1);
    }
    return all;
}

template <class Address>
typename Address::bytes_type bytes_of(std::string_view block) {
    typename Address::bytes_type bytes;
    std::copy_n(block.begin(), bytes.size(), bytes.begin());
    return bytes;
}

}  // namespace

checked<std::size_t> proxy_header::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (!done_ && taken < bytes.size()) {
        const auto more = portion(bytes.substr(taken));
        text_ += bytes.substr(taken, more);
        taken += more;
        const auto seen = look();
        if (!seen)
            return seen.error();
        done_ = *seen;
    }
    return taken;
}

/// How many of these bytes belong to the header for certain. Of what is not known yet: one.
std::size_t proxy_header::portion(std::string_view bytes) const noexcept {
    const std::string_view text = text_;
    if (text.starts_with(proxy_line_start)) {
        const auto end = bytes.find('\n');
        return std::min(end == bytes.npos ? bytes.size() : end + 1, longest_line + 1 - text.size());
    }
    if (!text.starts_with(proxy_signature))
        return 1;
    const auto whole = text.size() < fixed_part
                           ? fixed_part
                           : fixed_part + byte_at(text, fixed_part - 2) * 256 + byte_at(text, fixed_part - 1);
    return std::min(bytes.size(), whole - text.size());
}

/// Whether it is whole.
checked<bool> proxy_header::look() {
    const std::string_view text = text_;
    const bool is_line = begin_alike(text, proxy_line_start);
    if (!is_line && !begin_alike(text, proxy_signature))
        return refusal{400, "no PROXY protocol header from a trusted proxy", mismatch::no_proxy_header};
    if (!is_line)
        return text.size() < fixed_part ? checked<bool>(false) : read_block();
    if (text.ends_with('\n'))
        return read_line();
    if (text.size() >= longest_line)
        return malformed_header("a PROXY protocol line too long");
    return false;
}

checked<bool> proxy_header::read_line() {
    std::string_view line = text_;
    if (!line.ends_with("\r\n") || line.size() > longest_line)
        return malformed_header("malformed PROXY protocol line");
    line.remove_suffix(2);
    line.remove_prefix(proxy_line_start.size());
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN "))
        return true;
    const auto [protocol, source, destination, from_port, to_port] = words<5>(line);
    const bool v4 = protocol == "TCP4";
    if (!v4 && protocol != "TCP6")
        return malformed_header("malformed PROXY protocol line");
    source_ = parse_address(source, v4);
    if (!source_ || !parse_address(destination, v4) || !is_port_number(from_port) || !is_port_number(to_port))
        return malformed_header("malformed PROXY protocol line");
    return true;
}

checked<bool> proxy_header::read_block() {
    constexpr unsigned version = 2, local = 0, proxied = 1;
    constexpr unsigned inet = 1, inet6 = 2, local_socket = 3, stream = 1, datagram = 2;
    constexpr std::size_t inet_block = 12, inet6_block = 36, local_socket_block = 216;

    const std::string_view text = text_;
    const auto block = text.substr(fixed_part);
    const std::size_t length = byte_at(text, fixed_part - 2) * 256 + byte_at(text, fixed_part - 1);
    const unsigned command = byte_at(text, proxy_signature.size()) & 0xfU;
    if (byte_at(text, proxy_signature.size()) >> 4U != version || command > proxied)
        return malformed_header("a PROXY protocol header of an unknown version or command");
    if (length > longest_block)
        return malformed_header("a PROXY protocol header too large");
    const unsigned family = byte_at(text, proxy_signature.size() + 1) >> 4U;
    const unsigned transport = byte_at(text, proxy_signature.size() + 1) & 0xfU;
    if (command != local) {
        if (family > local_socket || transport > datagram)
            return malformed_header("a PROXY protocol header of an unknown family");
        constexpr std::array<std::size_t, 4> least = {0, inet_block, inet6_block, local_socket_block};
        if (length < least[family])
            return malformed_header("a PROXY protocol header too short for its addresses");
    }
    if (block.size() < length)
        return false;
    if (command != local && transport == stream && family == inet)
        source_ = ip::address_v4(bytes_of<ip::address_v4>(block));
    if (command != local && transport == stream && family == inet6)
        source_ = unmapped(ip::address_v6(bytes_of<ip::address_v6>(block)));
    return true;
}

}  // namespace shopbell::http
