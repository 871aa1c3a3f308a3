#include <shopbell/http/address.hpp>

#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace shopbell::http {

namespace {

constexpr std::string_view unix_scheme = "unix:";
constexpr unsigned v4_bits = 32;
constexpr unsigned v6_bits = 128;
constexpr unsigned mapped_bits = v6_bits - v4_bits;

/// Decimal digits only: no sign, no space, nothing behind them.
std::optional<unsigned> parse_number(std::string_view text, unsigned largest) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > largest)
        return std::nullopt;
    return value;
}

std::optional<listen_address> parse_unix(std::string_view path) {
    if (path.empty() || path.size() >= sizeof(::sockaddr_un::sun_path) || path.find('\0') != path.npos)
        return std::nullopt;
    listen_address parsed;
    parsed.unix_path = path;
    return parsed;
}

std::optional<asio::ip::address> parse_host(std::string_view text) {
    const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
    if (bracketed)
        text = text.substr(1, text.size() - 2);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (error || address.is_v6() != bracketed)
        return std::nullopt;
    return address;
}

asio::ip::address without_mapping(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

template <std::size_t Size>
bool same_prefix(const std::array<unsigned char, Size>& a, const std::array<unsigned char, Size>& b,
                 unsigned bits) {
    const std::size_t whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

}  // namespace

std::optional<listen_address> listen_address::parse(std::string_view text) {
    if (text.starts_with(unix_scheme))
        return parse_unix(text.substr(unix_scheme.size()));
    const auto colon = text.rfind(':');
    if (colon == text.npos)
        return std::nullopt;
    const auto host = parse_host(text.substr(0, colon));
    const auto number = parse_number(text.substr(colon + 1), 65535);
    if (!host || !number)
        return std::nullopt;
    listen_address parsed;
    parsed.ip = *host;
    parsed.port = static_cast<std::uint16_t>(*number);
    return parsed;
}

std::string listen_address::to_string() const {
    if (!unix_path.empty())
        return std::string(unix_scheme) + unix_path;
    const std::string host = ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
    return host + ":" + std::to_string(port);
}

std::optional<network> network::parse(std::string_view text) {
    const auto slash = text.find('/');
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text.substr(0, slash), error);
    if (error)
        return std::nullopt;

    network block;
    block.length_ = address.is_v4() ? v4_bits : v6_bits;
    if (slash != text.npos) {
        const auto length = parse_number(text.substr(slash + 1), block.length_);
        if (!length)
            return std::nullopt;
        block.length_ = *length;
    }
    block.prefix_ = address;
    // A block of mapped addresses is an IPv4 block written in another way.
    if (address.is_v6() && block.length_ >= mapped_bits && address.to_v6().is_v4_mapped()) {
        block.prefix_ = without_mapping(address);
        block.length_ -= mapped_bits;
    }
    return block;
}

bool network::contains(const asio::ip::address& address) const noexcept {
    const auto candidate = without_mapping(address);
    if (candidate.is_v4() != prefix_.is_v4())
        return false;
    if (candidate.is_v4())
        return same_prefix(candidate.to_v4().to_bytes(), prefix_.to_v4().to_bytes(), length_);
    return same_prefix(candidate.to_v6().to_bytes(), prefix_.to_v6().to_bytes(), length_);
}

bool contains(const networks& blocks, const asio::ip::address& address) noexcept {
    return std::any_of(blocks.begin(), blocks.end(),
                       [&](const network& block) { return block.contains(address); });
}

}  // namespace shopbell::http
