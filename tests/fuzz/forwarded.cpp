#include "forwarding.hpp"
#include "fuzz.hpp"

#include <shopbell/core/text.hpp>

using namespace shopbell;

namespace {

constexpr std::string_view stranger = "198.51.100.7";

http::networks read_networks(std::string_view text) {
    http::networks all;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (const auto block = http::network::parse(text.substr(0, end)))
            all.push_back(*block);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

headers read_fields(std::string_view lines) {
    headers fields;
    while (!lines.empty()) {
        const auto [line, rest] = fuzz::split_line(lines);
        const auto colon = std::min(line.find(':'), line.size());
        fields.push_back({std::string(line.substr(0, colon)),
                          std::string(trim(line.substr(std::min(colon + 1, line.size()))))});
        lines = rest;
    }
    return fields;
}

/// What a client of the proxies' client makes of it, who puts an address of his choice in front.
headers with_a_lie(headers fields) {
    for (auto& field : fields) {
        if (iequals(field.name, "X-Forwarded-For")) {
            field.value.insert(0, std::string(stranger) + ", ");
            return fields;
        }
    }
    return fields;
}

}  // namespace

// First line: trusted proxies. Second: the connection's other end. Rest: header fields.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [blocks, more] = fuzz::split_line(fuzz::as_text(data, size));
    const auto [other_end, lines] = fuzz::split_line(more);
    const auto trusted = read_networks(blocks);
    const auto fields = read_fields(lines);
    http::optional_address peer;
    boost::system::error_code error;
    if (const auto address = http::asio::ip::make_address(other_end, error); !error)
        peer = address;

    const auto found = http::client_address(peer, fields, trusted);
    const auto id = http::forwarded_request_id(peer, fields, trusted);
    fuzz::require(id.find_first_of(" \t\r\n\"\\") == std::string::npos && id.size() <= 128,
                  "an id is a short token");
    if (!http::is_trusted(peer, trusted)) {
        fuzz::require(found == peer && id.empty(), "a stranger says nothing about others");
        return 0;
    }
    if (found && !http::contains(trusted, *found) && count(fields, "X-Forwarded-For") > 0)
        fuzz::require(http::client_address(peer, with_a_lie(fields), trusted) == found,
                      "what the client puts in front changes nothing");
    return 0;
}
