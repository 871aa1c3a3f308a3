#pragma once

#include <shopbell/core/file_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace shopbell::test {

/// One HTTP answer as it came.
struct raw_answer {
    unsigned status = 0;  ///< 0: there was none
    std::string head;     ///< status line and fields
    std::string body;

    /// The value of the first field of that name, or empty.
    [[nodiscard]] std::string field(std::string_view name) const;
};

struct from_address {
    std::string text;
};

/// A blocking connection that sends any bytes, HTTP or not. Reads give up after ten seconds and fail the
/// test.
class raw_client {
public:
    explicit raw_client(std::uint16_t port, const std::string& address = "127.0.0.1");
    /// To 127.0.0.1, from that address of this machine's, such as "127.0.0.2".
    raw_client(std::uint16_t port, const from_address& source);
    explicit raw_client(const std::string& unix_path);
    raw_client(raw_client&&) = default;
    virtual ~raw_client() = default;

    /// Sends what it can; a connection that the server has closed is no failure here.
    virtual void send(std::string_view bytes);

    /// The same, each byte in a segment of its own (TCP_NODELAY).
    void send_in_segments(std::string_view bytes);

    /// The same over a unix socket, and waits until the server has read it all or ended the connection: what
    /// is sent next is read next.
    void send_to_be_read(std::string_view bytes);

    void finish();  ///< no more will be sent (half-close)
    void reset();   ///< closes with RST

    /// The next answer, with its body as Content-Length says, or without one (`head_only`).
    [[nodiscard]] raw_answer receive(bool head_only = false);

    /// Everything until the server closes.
    [[nodiscard]] std::string receive_all();

    /// Waits for the end; false where bytes come instead.
    [[nodiscard]] bool closed_by_server();

    /// Waits, without reading, for a connection that is gone in both directions.
    [[nodiscard]] bool cut_off() const;

    /// Whether anything, also the end, comes within `time`.
    [[nodiscard]] bool hears_within(std::chrono::milliseconds time) const;

    /// Sends and receives one.
    [[nodiscard]] raw_answer ask(std::string_view bytes);

protected:
    /// At most `size` bytes; 0 or less at the end.
    virtual long take(char* into, std::size_t size);
    /// Whether something can be taken without waiting.
    [[nodiscard]] virtual bool has_more() const { return false; }
    [[nodiscard]] int socket() const noexcept { return socket_.get(); }

private:
    bool fill();

    file_descriptor socket_;
    std::string buffer_;
};

}  // namespace shopbell::test
