// make_requests FILE COUNT [FIRST [ENDPOINT]]: the requests that the load generators send, made and signed
// beforehand, for Jumpseller or for the endpoint whose keys the TOML file ENDPOINT has.
//
// FILE gets COUNT whole HTTP requests, one behind the other, that deliver the orders FIRST, FIRST + 1, ... to
// /hooks/jumpseller. All are of one length, so that the n-th is found without an index; the length is
// printed. Besides the signature as Jumpseller sends it they carry the same one in hexadecimal
// (X-Signature-Hex), for contenders that know no other.

#include "orders.hpp"

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/catalog.hpp>
#include <shopbell/stores/provider.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace shopbell::bench {
namespace {

std::string request_of(const provider& endpoint, std::string body) {
    auto one = endpoint.sign(order_event, std::move(body), signing::genuine);
    one.fields.push_back({"X-Signature-Hex", hex_encode(as_text(hmac_sha256(hooks_token, one.body)))});
    one.fields.push_back({"Content-Length", std::to_string(one.body.size())});
    std::string text = "POST /hooks/jumpseller HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n";
    for (const auto& field : one.fields)
        text += field.name + ": " + field.value + "\r\n";
    return text + "\r\n" + one.body;
}

/// LuaJIT hashes no more of a string than these (lj_str.c): requests that are alike there would make wrk
/// slow.
bool differ_where_lua_looks(const std::string& one, const std::string& other) {
    const auto size = one.size();
    for (const auto at : {size / 4 - 1, size / 2 - 2}) {
        if (one.compare(at, 4, other, at, 4) == 0)
            return false;
    }
    return true;
}

std::unique_ptr<const provider> read_endpoint(const std::string& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    config::problems found(path);
    std::unique_ptr<const provider> made;
    {
        const auto keys = config::file::from_text(text, found);
        auto table = keys.root();
        const auto* const kind = find_store(table.required_string("provider"));
        if (kind != nullptr)
            made = kind->make(table, false);
    }
    if (made == nullptr || !found.sorted().empty())
        throw std::runtime_error(path + " is no endpoint");
    return made;
}

void make(const std::string& path, std::uint64_t count, std::uint64_t first, const char* endpoint_file) {
    const auto endpoint = endpoint_file == nullptr ? jumpseller_endpoint() : read_endpoint(endpoint_file);
    const order_maker orders;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const auto reference = request_of(*endpoint, orders.body(order_maker::most));
    for (auto number = first; number < first + count; ++number) {
        const auto one = request_of(*endpoint, orders.body(number));
        if (one.size() != reference.size())
            throw std::logic_error("the requests are not of one length");
        if (number == first && !differ_where_lua_looks(one, reference))
            throw std::logic_error("the requests are too much alike");
        file << one;
    }
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path);
    std::printf("%zu\n", reference.size());
}

}  // namespace
}  // namespace shopbell::bench

int main(int argc, char** argv) {
    constexpr std::uint64_t usual_first = 5'000'000'000;
    if (argc < 3 || argc > 5) {
        std::fputs("usage: make_requests FILE COUNT [FIRST [ENDPOINT]]\n", stderr);
        return 2;
    }
    try {
        shopbell::bench::make(argv[1], std::strtoull(argv[2], nullptr, 10),
                              argc > 3 ? std::strtoull(argv[3], nullptr, 10) : usual_first,
                              argc > 4 ? argv[4] : nullptr);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "make_requests: %s\n", failure.what());
        return 1;
    }
}
