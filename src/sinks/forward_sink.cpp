#include "forward_sink.hpp"

#include "excerpt.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/sinks/retry_after.hpp>
#include <shopbell/sinks/standard_webhooks.hpp>

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

namespace asio = boost::asio;

void set_if_absent(headers& fields, std::string_view name, std::string_view value) {
    if (count(fields, name) == 0)
        fields.push_back({std::string(name), std::string(value)});
}

std::string describe(const http::incoming_response& answer) {
    std::string reason = "answered " + std::to_string(answer.status);
    if (answer.status >= 300 && answer.status < 400)
        reason += ", and redirects are not followed";
    if (const std::string text = excerpt(answer.body); !text.empty())
        (reason += ": ") += text;
    return reason;
}

bool may_recover(unsigned status) noexcept {
    return status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

result<std::string> body_of(const forward_settings& settings, const event& source) {
    switch (settings.body) {
        case forward_body::original:
            return source.original_body;
        case forward_body::rendered:
            return settings.message->render(source);
        case forward_body::event:
            break;
    }
    return source.document;
}

/// What the other side says is kept with the attempt and shown, and it may repeat what it was sent: the
/// credentials, or in the store's own body the proof that came with it.
std::string without_secrets(std::string text, const forward_settings& settings, const event& source) {
    const bool cut = text.size() >= longest_response;
    text = settings.known_secrets.redact(std::move(text), cut);
    if (settings.body != forward_body::original)
        return text;
    redactor proof;
    proof.add(source.original_proof);
    return proof.redact(std::move(text), cut);
}

/// Whether a field's value is, or holds, what nobody is to read.
bool is_confidential(const header& field, const forward_settings& settings) {
    return iequals(field.name, "Authorization") || iequals(field.name, "webhook-signature") ||
           settings.known_secrets.redact(field.value, false) != field.value;
}

std::string without_proof(std::string body, const event& one) {
    redactor proof;
    proof.add(one.original_proof);
    return proof.empty() ? body : proof.redact(std::move(body), false);
}

class forward_sink final : public sink {
public:
    forward_sink(forward_settings settings, std::unique_ptr<http::client> client) noexcept
        : settings_(std::move(settings)), client_(std::move(client)) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }

    [[nodiscard]] std::string address() const override { return settings_.address; }

    [[nodiscard]] result<sink_message> preview(const event& content) const override {
        auto request = make_request(settings_, content, now());
        if (!request)
            return request.error();
        sink_message message;
        message.method = request->method;
        message.url = settings_.address;
        for (auto& field : request->fields) {
            if (is_confidential(field, settings_))
                message.hidden.push_back(std::move(field.name));
            else
                message.fields.push_back(std::move(field));
        }
        message.body = without_proof(std::move(request->body), content);
        return message;
    }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        std::vector<outcome> outcomes;
        for (const auto& source : events) {
            auto request = make_request(settings_, *source, now());
            if (!request) {
                outcomes.emplace_back(reject{request.error().reason});
                continue;
            }
            auto answer = co_await client_->send(std::move(*request));
            if (!answer) {
                outcomes.emplace_back(retry{settings_.known_secrets.redact(answer.error().reason, false)});
                continue;
            }
            answer->body = without_secrets(std::move(answer->body), settings_, *source);
            outcomes.push_back(classify(*answer, now()));
        }
        co_return outcomes;
    }

    [[nodiscard]] asio::awaitable<sink_finding> probe() override {
        const auto tried = co_await client_->try_connection();
        sink_finding found;
        if (tried) {
            found.text = "connected to " + tried->peer;
            if (tried->certificate_ends)
                found.text += ", certificate good until " + to_date(*tried->certificate_ends);
        } else {
            found.how = sink_finding::grade::bad;
            found.code = tried.error().code;
            found.text = settings_.known_secrets.redact(tried.error().reason, false);
        }
        co_return found;
    }

private:
    const forward_settings settings_;
    const std::unique_ptr<http::client> client_;
};

}  // namespace

result<http::outgoing_request> make_request(const forward_settings& settings, const event& source,
                                            time_point at) {
    const bool original = settings.body == forward_body::original;
    auto content = body_of(settings, source);
    if (!content)
        return content.error();
    std::string& body = *content;
    headers fields = settings.fields;
    if (!settings.authorization.empty())
        fields.push_back({"Authorization", std::string(settings.authorization.reveal())});
    if (!settings.signing_keys.empty()) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
        fields.push_back({"webhook-id", source.id});
        fields.push_back({"webhook-timestamp", std::to_string(seconds)});
        fields.push_back(
            {"webhook-signature", sign_standard_webhook(settings.signing_keys, source.id, seconds, body)});
    }
    if (original) {
        const headers ours = fields;
        for (const header& field : source.original_headers) {
            if (!is_reserved_header(field.name) && count(ours, field.name) == 0)
                fields.push_back(field);
        }
    } else {
        set_if_absent(fields, "Content-Type", settings.content_type);
    }
    return http::outgoing_request(settings.method, std::move(fields), std::move(body));
}

outcome classify(const http::incoming_response& answer, time_point at) {
    const std::string response = as_response(answer.body);
    if (answer.status >= 200 && answer.status < 300)
        return delivered{response, answer.status};
    if (!may_recover(answer.status))
        return reject{describe(answer), response, answer.status};
    return retry{describe(answer), parse_retry_after(value_of(answer.fields, "Retry-After"), at), response,
                 answer.status};
}

std::unique_ptr<sink> make_forward(forward_settings settings, std::unique_ptr<http::client> client) {
    return std::make_unique<forward_sink>(std::move(settings), std::move(client));
}

bool is_reserved_header(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 11> reserved{"Host",
                                                        "Content-Length",
                                                        "Transfer-Encoding",
                                                        "Connection",
                                                        "Keep-Alive",
                                                        "Upgrade",
                                                        "Expect",
                                                        "TE",
                                                        "Trailer",
                                                        "Proxy-Connection",
                                                        "Proxy-Authorization"};
    return std::ranges::any_of(reserved, [name](std::string_view known) { return iequals(known, name); });
}

}  // namespace shopbell
