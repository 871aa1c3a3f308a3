#include <shopbell/http/handler.hpp>

#include <utility>

namespace shopbell::http {

namespace {

class whole_request final : public exchange {
public:
    whole_request(request_head head, std::function<boost::asio::awaitable<response>(request)> answer)
        : head_(std::move(head)), answer_(std::move(answer)) {}

    [[nodiscard]] boost::asio::awaitable<response> finish(std::string body) override {
        return answer_(request(std::move(head_), std::move(body)));
    }

private:
    request_head head_;
    std::function<boost::asio::awaitable<response>(request)> answer_;
};

}  // namespace

std::unique_ptr<exchange> make_exchange(request_head head,
                                        std::function<boost::asio::awaitable<response>(request)> answer) {
    return std::make_unique<whole_request>(std::move(head), std::move(answer));
}

}  // namespace shopbell::http
