#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace shopbell::http {

/// A Beast body that keeps a message's beginning and only counts the rest: a remote server decides neither
/// how much memory its answer takes (string_body reserves whatever Content-Length says) nor how long it gets.
struct response_prefix {
    struct value_type {
        std::string text;
        std::uint64_t size = 0;
        std::size_t most_kept = 0;
        std::function<void(std::string_view)> consume;  ///< not empty: takes all bytes, and none are kept
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
                take(std::string_view(static_cast<const char*>(bytes.data()), bytes.size()));
                taken += bytes.size();
            }
            body_.size += taken;
            return taken;
        }

        void finish(boost::system::error_code& error) { error = {}; }

    private:
        void take(std::string_view bytes) {
            if (body_.consume)
                body_.consume(bytes);
            else
                body_.text.append(bytes.substr(0, body_.most_kept - body_.text.size()));
        }

        value_type& body_;
    };
};

}  // namespace shopbell::http
