#include <shopbell/http/message.hpp>

#include <shopbell/core/json_writer.hpp>

namespace shopbell::http {

response response::error(unsigned status, std::string_view text) {
    json_writer body;
    body.begin_object().field("error", text).end_object();
    return response(status, body.take());
}

response response::refusal(unsigned status, refusal_body how) {
    if (how == refusal_body::json)
        return error(status, error_text(status));
    response empty(status, {});
    empty.content_type.clear();
    return empty;
}

std::string_view error_text(unsigned status) noexcept {
    switch (status) {
        case 400:
            return "bad request";
        case 401:
            return "unauthorized";
        case 403:
            return "forbidden";
        case 404:
            return "not found";
        case 405:
            return "method not allowed";
        case 408:
            return "request timeout";
        case 411:
            return "length required";
        case 413:
            return "content too large";
        case 414:
            return "uri too long";
        case 415:
            return "unsupported media type";
        case 417:
            return "expectation failed";
        case 431:
            return "request header fields too large";
        case 500:
            return "internal error";
        case 501:
            return "not implemented";
        case 503:
            return "service unavailable";
        case 505:
            return "http version not supported";
        default:
            return status < 500 ? "refused" : "internal error";
    }
}

}  // namespace shopbell::http
