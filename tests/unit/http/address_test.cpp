#include <shopbell/http/address.hpp>

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

struct listen_row {
    const char* name;
    std::string_view text;
    std::string_view read_back;  ///< empty: refused
};

class a_listen_address : public testing::TestWithParam<listen_row> {};

TEST_P(a_listen_address, is_an_address_with_a_port_or_a_socket_path) {
    const auto& row = GetParam();
    const auto parsed = listen_address::parse(row.text);
    EXPECT_EQ(parsed ? parsed->to_string() : "", row.read_back);
}

const std::string long_path = "unix:/" + std::string(120, 'x');

INSTANTIATE_TEST_SUITE_P(
    forms, a_listen_address,
    testing::Values(
        listen_row{"ipv4", "127.0.0.1:8080", "127.0.0.1:8080"},
        listen_row{"ipv6", "[::1]:8080", "[::1]:8080"}, listen_row{"any_ipv4", "0.0.0.0:80", "0.0.0.0:80"},
        listen_row{"port_zero", "127.0.0.1:0", "127.0.0.1:0"},
        listen_row{"highest_port", "127.0.0.1:65535", "127.0.0.1:65535"},
        listen_row{"unix_socket", "unix:/run/x.sock", "unix:/run/x.sock"},
        listen_row{"no_port", "127.0.0.1", ""}, listen_row{"empty_port", "127.0.0.1:", ""},
        listen_row{"port_too_high", "127.0.0.1:65536", ""}, listen_row{"port_with_sign", "127.0.0.1:+80", ""},
        listen_row{"port_with_rest", "127.0.0.1:80x", ""}, listen_row{"no_address", ":8080", ""},
        listen_row{"a_name", "localhost:8080", ""}, listen_row{"ipv6_without_brackets", "::1:8080", ""},
        listen_row{"ipv4_in_brackets", "[127.0.0.1]:80", ""}, listen_row{"no_path", "unix:", ""},
        listen_row{"path_too_long_for_a_socket", long_path, ""}, listen_row{"nothing", "", ""}),
    [](const auto& row) { return row.param.name; });

struct network_row {
    const char* name;
    std::string_view block;
    std::string_view address;
    bool inside;
};

class a_network : public testing::TestWithParam<network_row> {};

TEST_P(a_network, contains_the_addresses_of_its_block) {
    const auto& row = GetParam();
    const auto block = network::parse(row.block);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->contains(asio::ip::make_address(row.address)), row.inside);
}

INSTANTIATE_TEST_SUITE_P(
    blocks, a_network,
    testing::Values(network_row{"first", "203.0.113.0/24", "203.0.113.0", true},
                    network_row{"last", "203.0.113.0/24", "203.0.113.255", true},
                    network_row{"next", "203.0.113.0/24", "203.0.114.0", false},
                    network_row{"odd_length_inside", "10.0.0.0/9", "10.127.255.255", true},
                    network_row{"odd_length_outside", "10.0.0.0/9", "10.128.0.0", false},
                    network_row{"host_bits_do_not_matter", "10.0.0.77/8", "10.9.9.9", true},
                    network_row{"one_address", "203.0.113.7", "203.0.113.7", true},
                    network_row{"not_its_neighbour", "203.0.113.7", "203.0.113.6", false},
                    network_row{"everything", "0.0.0.0/0", "8.8.8.8", true},
                    network_row{"everything_is_of_its_family", "0.0.0.0/0", "::1", false},
                    network_row{"ipv6", "2001:db8::/32", "2001:db8:ffff::1", true},
                    network_row{"ipv6_outside", "2001:db8::/32", "2001:db9::1", false},
                    network_row{"mapped_address_in_ipv4_block", "127.0.0.0/8", "::ffff:127.0.0.1", true},
                    network_row{"ipv4_address_in_mapped_block", "::ffff:10.0.0.0/104", "10.1.2.3", true},
                    network_row{"mapped_block_ends", "::ffff:10.0.0.0/104", "11.1.2.3", false}),
    [](const auto& row) { return row.param.name; });

TEST(networks, refuse_what_is_no_block) {
    for (const std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1",
                                        "10.0.0.0/8x", "10.0.0/8", "010.0.0.1", "example.com"})
        EXPECT_FALSE(network::parse(text)) << text;
}

TEST(networks, contain_what_any_block_contains) {
    const networks blocks{*network::parse("127.0.0.0/8"), *network::parse("::1")};
    EXPECT_TRUE(contains(blocks, asio::ip::make_address("::1")));
    EXPECT_FALSE(contains(blocks, asio::ip::make_address("::2")));
    EXPECT_FALSE(contains({}, asio::ip::make_address("127.0.0.1")));
}

}  // namespace
}  // namespace shopbell::http
