// refusal_timing [ROUNDS [BODY_BYTES]]: does the time that a refusal takes tell what was wrong?
//
// Each store's endpoint is asked about deliveries that are wrong in one way each, one after the other in a
// new random order every round, so that whatever else the machine does falls on all of them alike. The bodies
// are of one length, and every delivery is judged from the same place in memory. Printed for each kind: the
// median, the 99th percentile, how far its median is from that of the first kind, and Welch's t of the two.
// A kind differs where the distance is both certain and large enough for somebody far away; then the exit
// status is 1.

#include <shopbell/config/reader.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/form.hpp>
#include <shopbell/stores/registry.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace shopbell {
namespace {

/// Over the internet 15 microseconds have been told apart, with thousands of requests (Crosby, Wallach and
/// Riedi, "Opportunities and Limits of Remote Timing Attacks", 2009).
constexpr double largest_difference = 200;  // ns
/// From here on a difference is taken for certain (Reparaz, Balasch and Verbauwhede, "Dude, is my code
/// constant time?", 2017).
constexpr double largest_t = 4.5;
/// Interrupts and other programs: the slowest of the measurements say nothing about us.
constexpr double kept_share = 0.9;

/// A delivery that is wrong in one way, and how long each of its refusals took.
struct attempt {
    const char* what;
    headers fields;
    std::string body;
    std::vector<double> nanoseconds = {};
};

/// The first attempt is what the others are held against.
struct scene {
    const char* name;
    std::unique_ptr<const provider> endpoint;
    std::vector<attempt> attempts;
};

std::unique_ptr<const provider> make(std::string_view store, std::string_view toml) {
    config::problems found("refusal_timing");
    std::unique_ptr<const provider> made;
    {
        const auto file = config::file::from_text(toml, found);
        auto keys = file.root();
        made = find_provider(store)->make(keys, false);
    }
    if (found.has_errors())
        std::abort();
    return made;
}

std::string json_of(std::size_t size) {
    const std::string start = R"({"order":{"id":1026,"note":")";
    const std::string end = R"("}})";
    return start + std::string(size - std::min(size, start.size() + end.size()), 'x') + end;
}

sha256_digest changed_at(sha256_digest mac, std::size_t at) {
    mac.at(at) ^= 1U;
    return mac;
}

constexpr std::size_t first = 0, middle = 16, last = 31;

scene jumpseller(std::size_t size) {
    const auto body = json_of(size);
    const auto mac = hmac_sha256("the token", body);
    const auto proof = [&](const std::string& value) {
        return headers{{"Content-Type", "application/json"}, {"Jumpseller-Hmac-Sha256", value}};
    };
    const auto wrong = [&](std::size_t at) { return proof(base64_encode(as_text(changed_at(mac, at)))); };
    return {"jumpseller",
            make("jumpseller", "hooks_token = ['the token', 'the next one']"),
            {{"wrong signature, first byte", wrong(first), body},
             {"wrong signature, middle byte", wrong(middle), body},
             {"wrong signature, last byte", wrong(last), body},
             {"another signature", proof(base64_encode(as_text(sha256("guess")))), body},
             {"not base64", proof(std::string(44, '!')), body},
             {"hex", proof(hex_encode(as_text(mac))), body},
             {"empty header", proof(""), body},
             {"header twice", {wrong(first)[1], wrong(last)[1]}, body},
             {"unknown header", {{"Content-Type", "application/json"}, {"X-Hmac", "guess"}}, body},
             {"no header", {{"Content-Type", "application/json"}}, body}}};
}

scene usaepay_signature(std::size_t size) {
    const auto body = json_of(size);
    const auto mac = hmac_sha256("the key", body);
    const auto proof = [&](const std::string& value) {
        return headers{{"Content-Type", "application/json"}, {"X-Signature", value}};
    };
    const auto wrong = [&](std::size_t at) { return proof(hex_encode(as_text(changed_at(mac, at)))); };
    return {"usaepay, signature",
            make("usaepay", "signature_key = 'the key'"),
            {{"wrong signature, first byte", wrong(first), body},
             {"wrong signature, last byte", wrong(last), body},
             {"another signature", proof(hex_encode(as_text(sha256("guess")))), body},
             {"not hex", proof(std::string(64, '!')), body},
             {"base64", proof(base64_encode(as_text(mac))), body},
             {"unknown header", {{"Content-Type", "application/json"}, {"X-Hmac", "guess"}}, body},
             {"no header", {{"Content-Type", "application/json"}}, body}}};
}

headers with_basic(const std::string& credentials) {
    return {{"Content-Type", "application/json"}, {"Authorization", "Basic " + base64_encode(credentials)}};
}

scene usaepay_basic(std::size_t size) {
    const auto body = json_of(size);
    return {"usaepay, Basic",
            make("usaepay", "basic_user = 'store'\nbasic_password = ['right-one', 'other-one']"),
            {{"wrong password, first byte", with_basic("store:xight-one"), body},
             {"wrong password, last byte", with_basic("store:right-onx"), body},
             {"wrong password, shorter", with_basic("store:right"), body},
             {"wrong user, right password", with_basic("stord:right-one"), body},
             {"wrong user, shorter", with_basic("st:right-one"), body},
             {"both wrong", with_basic("stord:xight-one"), body},
             {"no colon", with_basic("store right-one"), body},
             {"not base64", {{"Content-Type", "application/json"}, {"Authorization", "Basic !"}}, body},
             {"no header", {{"Content-Type", "application/json"}}, body}}};
}

scene usaepay_both(std::size_t size) {
    const auto body = json_of(size);
    const auto mac = hmac_sha256("the key", body);
    const auto with = [&](const sha256_digest& sent, const std::string& credentials) {
        auto fields = with_basic(credentials);
        fields.push_back({"X-Signature", hex_encode(as_text(sent))});
        return fields;
    };
    return {"usaepay, both",
            make("usaepay", "signature_key = 'the key'\nbasic_user = 'store'\nbasic_password = 'right-one'"),
            {{"both wrong", with(changed_at(mac, first), "store:xight-one"), body},
             {"wrong signature, right password", with(changed_at(mac, first), "store:right-one"), body},
             {"right signature, wrong password", with(mac, "store:xight-one"), body},
             {"right signature, wrong user", with(mac, "stord:right-one"), body},
             {"no signature, right password", with_basic("store:right-one"), body},
             {"no signature, wrong password", with_basic("store:xight-one"), body},
             {"right signature, no password",
              {{"Content-Type", "application/json"}, {"X-Signature", hex_encode(as_text(mac))}},
              body},
             {"nothing at all", {{"Content-Type", "application/json"}}, body}}};
}

scene ejunkie(std::size_t size) {
    const std::string right = "5f4dcc3b5aa765d61d8327deb882cf99";
    const auto body = [&](const std::string& field, const std::string& value) {
        const std::string start = "txn_id=1026&custom=";
        const std::string end = field.empty() ? "" : "&" + field + "=" + value;
        return start + std::string(size - std::min(size, start.size() + end.size()), 'x') + end;
    };
    const auto wrong = [&](std::size_t at) {
        auto value = right;
        value.at(at) = value.at(at) == '0' ? '1' : '0';
        return body("handshake", value);
    };
    const headers fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    return {"ejunkie",
            make("ejunkie", "handshake = ['" + right + "', '0123456789abcdef0123456789abcdef']"),
            {{"wrong handshake, first byte", fields, wrong(first)},
             {"wrong handshake, middle byte", fields, wrong(middle)},
             {"wrong handshake, last byte", fields, wrong(last)},
             {"upper case", fields, body("handshake", "5F4DCC3B5AA765D61D8327DEB882CF99")},
             {"shorter", fields, body("handshake", right.substr(0, middle))},
             {"empty", fields, body("handshake", "")},
             {"unknown field", fields, body("handshaxe", right)},
             {"no field", fields, body("", "")}}};
}

double time_refusal(const provider& endpoint, const webhook& one) {
    const auto start = std::chrono::steady_clock::now();
    const auto answer = endpoint.accept(one);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    if (!std::holds_alternative<refusal>(answer))
        std::abort();
    return took.count();
}

void measure(scene& of, std::size_t rounds) {
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same order in every run
    std::vector<std::size_t> order(of.attempts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::string body;  // all of them are read from here
    headers fields;
    const auto warm_up = rounds / 10;
    for (std::size_t round = 0; round < rounds + warm_up; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (const auto at : order) {
            auto& one = of.attempts[at];
            body.assign(one.body);
            fields.assign(one.fields.begin(), one.fields.end());
            const auto took = time_refusal(*of.endpoint, {fields, body});
            if (round >= warm_up)
                one.nanoseconds.push_back(took);
        }
    }
    for (auto& one : of.attempts)
        std::ranges::sort(one.nanoseconds);
}

double quantile(const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

struct spread {
    double mean, variance_of_mean;
};

spread spread_of(const std::vector<double>& sorted) {
    const auto count = kept_share * static_cast<double>(sorted.size());
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(count);
    const double mean = std::accumulate(sorted.begin(), end, 0.0) / count;
    const auto square = [mean](double sum, double one) { return sum + (one - mean) * (one - mean); };
    return {mean, std::accumulate(sorted.begin(), end, 0.0, square) / (count - 1) / count};
}

double welch_t(const std::vector<double>& a, const std::vector<double>& b) {
    const auto x = spread_of(a);
    const auto y = spread_of(b);
    return (x.mean - y.mean) / std::sqrt(x.variance_of_mean + y.variance_of_mean);
}

/// False: one of the kinds differs.
bool report(const scene& of) {
    const auto& reference = of.attempts.front().nanoseconds;
    const double usual = quantile(reference, 0.5);
    bool alike = true;
    std::printf("%s\n  %-34s %9s %9s %9s %9s\n", of.name, "", "median ns", "p99 ns", "off by", "Welch t");
    for (const auto& one : of.attempts) {
        const double median = quantile(one.nanoseconds, 0.5);
        const double off = median - usual;
        const double t = welch_t(one.nanoseconds, reference);
        const bool differs = std::abs(off) > largest_difference && std::abs(t) > largest_t;
        alike = alike && !differs;
        std::printf("  %-34s %9.0f %9.0f %+9.0f %+9.1f%s\n", one.what, median,
                    quantile(one.nanoseconds, 0.99), off, t, differs ? "  DIFFERS" : "");
    }
    return alike;
}

int run(std::size_t rounds, std::size_t size) {
    std::printf("%zu refusals of each kind, bodies of %zu bytes\n", rounds, size);
    bool alike = true;
    for (const auto& make_scene : {jumpseller, usaepay_signature, usaepay_basic, usaepay_both, ejunkie}) {
        auto one = make_scene(size);
        measure(one, rounds);
        alike = report(one) && alike;
    }
    return alike ? EXIT_SUCCESS : EXIT_FAILURE;
}

std::size_t number(const char* text, std::size_t least) {
    return std::max<std::size_t>(std::strtoul(text, nullptr, 10), least);
}

}  // namespace
}  // namespace shopbell

int main(int argc, char** argv) {
    constexpr std::size_t usual_rounds = 20'000, usual_size = 2048, fewest = 100;
    return shopbell::run(argc > 1 ? shopbell::number(argv[1], fewest) : usual_rounds,
                         argc > 2 ? shopbell::number(argv[2], fewest) : usual_size);
}
