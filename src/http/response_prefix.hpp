#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

namespace shopbell::http {

/// A Beast body that keeps a message's beginning and only counts the rest: a remote server decides neither
/// how much memory its answer takes (string_body reserves whatever Content-Length says) nor how long it gets.
struct response_prefix {
    static constexpr std::size_t most_kept = 2048;

    struct value_type {
        std::string text;
        std::uint64_t size = 0;
    };

    class reader {
    public:
        template <bool IsRequest, class Fields>
        reader(boost::beast::http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}

        void init(const boost::optional<std::uint64_t>&, boost::system::error_code& error) { error = {}; }

        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
            error = {};
            std::size_t taken = 0;
            for (auto one = boost::asio::buffer_sequence_begin(buffers);
                 one != boost::asio::buffer_sequence_end(buffers); ++one) {
                const boost::asio::const_buffer bytes = *one;
                const std::size_t kept = std::min(bytes.size(), most_kept - body_.text.size());
                body_.text.append(static_cast<const char*>(bytes.data()), kept);
                taken += bytes.size();
            }
            body_.size += taken;
            return taken;
        }

        void finish(boost::system::error_code& error) { error = {}; }

    private:
        value_type& body_;
    };
};

}  // namespace shopbell::http
