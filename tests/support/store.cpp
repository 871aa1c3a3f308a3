#include "support/store.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>

#include <algorithm>
#include <array>

namespace shopbell::test {
namespace {

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::array<unsigned char, 32> mac{};
    unsigned size = 0;
    ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(message), message.size(), mac.data(),
           &size);
    return {mac.begin(), mac.end()};
}

bool same_name(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

std::string store_request::bytes(std::string_view method) const {
    std::string text = std::string(method) + ' ' + path + " HTTP/1.1\r\nHost: shop.example.com\r\n";
    for (const auto& field : fields)
        text += field.name + ": " + field.value + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

store_request store_request::with(std::string_view name, std::string value) const {
    auto changed = *this;
    changed.fields.push_back({std::string(name), std::move(value)});
    return changed;
}

store_request store_request::without(std::string_view name) const {
    auto changed = *this;
    std::erase_if(changed.fields, [name](const header& one) { return same_name(one.name, name); });
    return changed;
}

store_request store_request::with_body(std::string other) const {
    auto changed = *this;
    changed.body = std::move(other);
    return changed;
}

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string base64_bytes(std::string_view text) {
    std::string bytes(3 * (text.size() / 4), '\0');
    const int size = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                       static_cast<int>(text.size()));
    const auto padding = std::count(text.begin(), text.end(), '=');
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size - padding));
    return bytes;
}

std::string hmac_sha256_base64(std::string_view key, std::string_view message) {
    return base64(hmac_sha256(key, message));
}

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : hmac_sha256(key, message)) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

store_request jumpseller_request(std::string_view event, std::string body, std::string_view token) {
    store_request made;
    made.path = "/hooks/jumpseller";
    made.fields = {{"Content-Type", "application/json"},
                   {"Jumpseller-Event", std::string(event)},
                   {"Jumpseller-Store-Code", "mystore"},
                   {"Jumpseller-Triggered-At", "2026-01-01 10:18:51.829 UTC"},
                   {"Jumpseller-Hmac-Sha256", hmac_sha256_base64(token, body)}};
    made.body = std::move(body);
    return made;
}

std::string jumpseller_order(long long number, std::string_view status_enum, std::string_view note) {
    return R"({"order":{"id":)" + std::to_string(number) + R"(,"status_enum":")" + std::string(status_enum) +
           R"(","currency":"CLP","total":27990.10,"additional_information":")" + std::string(note) +
           R"(","customer":{"id":"201","email":"buyer@example.com"}}})";
}

std::string jumpseller_stock(long long product, int stock) {
    return R"({"product":{"id":)" + std::to_string(product) + R"(,"name":"Mug","stock":)" +
           std::to_string(stock) + "}}";
}

store_request ejunkie_request(std::string_view txn_id, std::string_view proof) {
    store_request made;
    made.path = "/hooks/ejunkie";
    made.fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    made.body =
        "payment_status=Completed&txn_type=expresscheckout&mc_gross=398.5&mc_currency=USD&client_id=41000"
        "&payer_email=buyer%40example.net&num_cart_items=1&item_name1=Widget&quantity1=1&txn_id=" +
        std::string(txn_id) + "&handshake=" + std::string(proof);
    return made;
}

store_request usaepay_signed(std::string body, std::string_view key) {
    store_request made;
    made.path = "/hooks/usaepay";
    made.fields = {{"Content-Type", "application/json"}, {"X-Signature", hmac_sha256_hex(key, body)}};
    made.body = std::move(body);
    return made;
}

store_request usaepay_request(std::string_view event_id, std::string_view key) {
    return usaepay_signed(
        R"({"type":"event","event_triggered":"2026-01-02 03:04:05","event_type":"transaction.sale.success",)"
        R"("event_body":{"merchant":{"merch_key":"mk1"},"object":{"type":"transaction","key":"k-)" +
            std::string(event_id) + R"(","amount":"12.50","result_code":"A"}},"event_id":")" +
            std::string(event_id) + R"("})",
        key);
}

}  // namespace shopbell::test
