#include "fuzz.hpp"

#include <shopbell/http/address.hpp>
#include <shopbell/http/client.hpp>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    if (const auto url = http::url::parse(text)) {
        fuzz::require(!url->host.empty() && !url->port.empty(), "a URL names a host and a port");
        fuzz::require(url->target.starts_with('/'), "a target begins with a slash");
        fuzz::require((url->target + url->host_header()).find_first_of("\r\n ") == std::string::npos,
                      "nothing of a URL ends a header line");
    }
    if (const auto address = http::listen_address::parse(text)) {
        const auto again = http::listen_address::parse(address->to_string());
        fuzz::require(again && again->to_string() == address->to_string(),
                      "an address survives being written");
    }
    if (const auto block = http::network::parse(text))
        (void)block->contains(boost::asio::ip::make_address("192.0.2.1"));
    return 0;
}
