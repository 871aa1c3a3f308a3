#include "http_fuzz.hpp"
#include "request_parser.hpp"

using namespace shopbell;

namespace {

constexpr http::body_limits limits{1000, 200};

struct outcome {
    unsigned refused = 0;
    bool done = false;
    std::size_t taken = 0;
    std::string body;
    friend bool operator==(const outcome&, const outcome&) = default;
};

/// What becomes of the bytes when they come in pieces of that size.
outcome read_in_pieces(std::string_view bytes, std::size_t piece) {
    http::request_parser reader(1024);
    (void)reader.take_head("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    reader.limit_body(limits);
    outcome seen;
    for (std::size_t come = 0; come < bytes.size() && !reader.done();) {
        come = std::min(bytes.size(), come + piece);
        const auto taken = reader.take_body(bytes.substr(seen.taken, come - seen.taken));
        if (!taken)
            return {taken.error().status, false, 0, ""};
        seen.taken += *taken;
    }
    seen.done = reader.done();
    seen.body = reader.body();
    return seen;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::as_text(data, size);
    const auto whole = read_in_pieces(bytes, std::max<std::size_t>(size, 1));
    for (const std::size_t piece : {1U, 7U})
        fuzz::require(read_in_pieces(bytes, piece) == whole, "a body does not depend on the pieces");
    fuzz::require(whole.body.size() <= limits.data, "a body keeps within its limit");
    if (!whole.done)
        return 0;
    auto rest = bytes;
    fuzz::require(fuzz::read_chunks(rest) == whole.body, "a body is what its chunks hold");
    fuzz::require(rest.size() == size - whole.taken, "and ends where they end");
    return 0;
}
