#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

// What the owner of a store is told of requests that were refused, by the real program.

namespace shopbell::test {
namespace {

const std::string order = jumpseller_order(1026);

store_request signed_as(std::string signature, std::string body = order) {
    auto one = jumpseller_request("order_paid", std::move(body)).without("Jumpseller-Hmac-Sha256");
    return one.with("Jumpseller-Hmac-Sha256", std::move(signature));
}

std::string in_upper_case(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return upper;
}

store_request at(std::string path, store_request one) {
    one.path = std::move(path);
    return one;
}

class refusing_daemon : public ::testing::Test {
protected:
    void configure(std::string endpoints = three_endpoints()) {
        place.write_config(
            {.server = "max_body = \"64KiB\"", .operated = true, .endpoints = std::move(endpoints)});
    }
    void start() { running.emplace(place.config()); }

    [[nodiscard]] nlohmann::json latest() const {
        const auto all = place.ask({"rejections", "--limit", "1"});
        return all.empty() ? nlohmann::json() : all[0];
    }

    void expect(const store_request& one, unsigned status, const std::string& says,
                std::string_view method = "POST") {
        EXPECT_EQ(running->send(one, method).status, status) << says;
        const auto told = latest();
        EXPECT_EQ(told.value("status", 0U), status) << told;
        EXPECT_NE(told.value("diagnosis", "").find(says), std::string::npos) << told;
    }

    shop place;
    std::optional<daemon> running;
};

TEST_F(refusing_daemon, says_what_to_change) {
    configure();
    start();
    expect(signed_as(hmac_sha256_hex(hooks_token, order)), 401,
           "if it were written in base64 and not in hexadecimal: something between Jumpseller and here");
    expect(signed_as(hmac_sha256_base64(hooks_token, order), order + "\n"), 401,
           "if the body did not end in a line break: something between Jumpseller and here changes bodies");
    expect(signed_as(hmac_sha256_base64(hooks_token, "{\"a\": 1}"), "{\"a\":1}"), 401,
           "if the body were the same JSON with a space behind each comma and colon");
    expect(signed_as(hmac_sha256_base64("", order)), 401, "if hooks_token were empty");
    expect(jumpseller_request("order_paid", order).without("Jumpseller-Hmac-Sha256"), 401,
           "has no Jumpseller-Hmac-Sha256 header");
    expect(jumpseller_request("order_paid", order, "another-token"), 401, "compare hooks_token with what");
    expect(jumpseller_request("order_paid", order)
               .without("Jumpseller-Store-Code")
               .with("Jumpseller-Store-Code", "otherstore"),
           403, "is of another store than \"mystore\"");
    expect(ejunkie_request("TXN1", in_upper_case(handshake)), 401, "right but for capital and small letters");
    expect(usaepay_signed("{}", signature_key)
               .without("X-Signature")
               .with("X-Signature", hmac_sha256_base64(signature_key, "{}")),
           401, "if it were written in hexadecimal and not in base64");
    expect(at("/hooks/jumpseller", usaepay_request("e1")), 401, "is right for the endpoint \"usaepay\"");
    expect(at("/hooks/jumpseler", jumpseller_request("order_paid", order)), 404,
           "but \"jumpseller\" has /hooks/jumpseller: correct the address");
    expect(at("/hooks/ejunkie", {.path = {}, .fields = {}, .body = {}}), 405, "Stores deliver with POST",
           "GET");
    expect(jumpseller_request("order_paid", order).with("Content-Encoding", "gzip"), 415, "is compressed");
    expect(jumpseller_request("order_paid", std::string(70'000, ' ')), 413, "larger than max_body");

    const auto told = run_shopbell(place.config(), {"rejections", "--limit", "2"});
    EXPECT_NE(told.output.find("\n  diagnosis  The body is compressed (Content-Encoding)"), told.output.npos)
        << told.output;
    EXPECT_EQ(running->send(jumpseller_request("order_paid", order)).status, 200U);
    EXPECT_EQ(running->stop().code, 0);
}

/// The bytes in UTF-16, as PowerShell saves a text.
std::string in_utf16(std::string_view ascii) {
    std::string bytes = "\xFF\xFE";
    for (const char c : ascii)
        bytes.append({c, '\0'});
    return bytes;
}

TEST_F(refusing_daemon, takes_secrets_as_other_programs_save_them) {
    const std::string token(hooks_token);
    const std::string saved[] = {
        "\xEF\xBB\xBF" + token, token + "\n\n",           token + " \r\n",
        token + "\r",           in_utf16(token + "\r\n"), "\n" + token + "\n",
        token + "\xC2\xA0\n",   token + "\xE2\x80\x8B\n", " \t" + token,
    };
    std::string endpoints;
    int number = 0;
    for (const auto& bytes : saved) {
        const auto name = "shop" + std::to_string(++number);
        write_file(place.file(name), bytes);
        std::filesystem::permissions(place.file(name), std::filesystem::perms{0600});
        endpoints += "[[endpoint]]\nname = \"" + name + "\"\npath = \"/hooks/" + name +
                     "\"\nprovider = \"jumpseller\"\nhooks_token_file = \"" + place.file(name) + "\"\n";
    }
    configure(endpoints);
    const auto checked = run_shopbell(place.config(), {"check"});
    EXPECT_EQ(checked.status.code, 0) << checked.errors;
    EXPECT_EQ((checked.output + checked.errors).find("warning"), std::string::npos)
        << checked.output << checked.errors;
    start();
    for (int one = 1; one <= number; ++one)
        EXPECT_EQ(
            running->send(at("/hooks/shop" + std::to_string(one), jumpseller_request("order_paid", order)))
                .status,
            200U)
            << one;
}

TEST_F(refusing_daemon, names_what_is_not_seen_in_a_secret) {
    const std::string token(hooks_token);
    write_file(place.file("token"), token.substr(0, 5) + "\xE2\x80\x8B" + token.substr(5));
    write_file(place.file("password"), "correct horse\xC2\xA0");
    for (const auto* name : {"token", "password"})
        std::filesystem::permissions(place.file(name), std::filesystem::perms{0600});
    configure("[[endpoint]]\nname = \"a\"\npath = \"/a\"\nprovider = \"jumpseller\"\nhooks_token_file = \"" +
              place.file("token") +
              "\"\n[[endpoint]]\nname = \"b\"\npath = \"/b\"\nprovider = \"usaepay\"\nbasic_user = "
              "\"store\"\nbasic_password_file = \"" +
              place.file("password") + "\"\n");
    const auto checked = run_shopbell(place.config(), {"check"});
    const auto told = checked.output + checked.errors;
    EXPECT_NE(told.find("has U+200B (zero width space) in it, which is hardly meant"), told.npos) << told;
    EXPECT_NE(told.find("ends with U+00A0 (no-break space), which is hardly meant"), told.npos) << told;
    EXPECT_EQ(told.find("correct horse"), told.npos);
    start();
    expect(at("/a", jumpseller_request("order_paid", order)), 401,
           "if hooks_token had no white space and no characters that are not seen in it");
    expect(at("/b", usaepay_signed("{}").with("Authorization", "Basic " + base64("store:correct horse"))),
           401, "password is right but for white space or quotes around the configured one");
}

TEST_F(refusing_daemon, knows_the_old_secret_after_a_reload) {
    configure();
    start();
    auto endpoints = three_endpoints();
    endpoints.replace(endpoints.find(hooks_token), hooks_token.size(), "new-hooks-token");
    configure(endpoints);
    running->signal(SIGHUP);
    (void)running->wait_for_log({R"("message":"reloaded")"});
    expect(jumpseller_request("order_paid", order), 401,
           "is right for the secret that this endpoint had until the configuration was reloaded");
}

TEST_F(refusing_daemon, still_knows_after_a_restart_and_while_it_is_stopped) {
    configure();
    start();
    expect(signed_as(hmac_sha256_hex(hooks_token, order)), 401, "not in hexadecimal");
    EXPECT_EQ(running->stop().code, 0);
    const auto known = latest();
    EXPECT_NE(known.value("diagnosis", "").find("not in hexadecimal"), std::string::npos) << known;
    start();
    EXPECT_EQ(latest(), known);

    expect(ejunkie_request("TXN1", in_upper_case(handshake)), 401, "capital and small letters");
    wait_for_text(place.inbox() + ".rejections", "capital and small letters");
    running->kill();
    start();
    EXPECT_NE(latest().value("diagnosis", "").find("capital and small letters"), std::string::npos);
}

TEST_F(refusing_daemon, keeps_a_body_where_the_endpoint_says_so) {
    configure(three_endpoints() + "keep_rejected = true\n");  // the last one's: usaepay
    start();
    const auto body = std::string("{\"event_type\":\"x\"}");
    (void)running->send(usaepay_signed(body, "wrong"));
    EXPECT_EQ(latest().value("body", ""), body);
    (void)running->send(jumpseller_request("order_paid", order, "wrong"));
    EXPECT_FALSE(latest().contains("body"));
    EXPECT_EQ(latest().value("bytes", 0U), order.size());
    EXPECT_EQ(running->stop().code, 0);
    EXPECT_NE(read_file(place.inbox() + ".rejections").find("event_type"), std::string::npos);
}

/// Kilobytes of memory that the process has used at most.
long peak_of(const daemon& running) {
    std::istringstream status(read_file("/proc/" + std::to_string(running.id()) + "/status"));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:"))
            return std::stol(line.substr(6));
    }
    return 0;
}

TEST_F(refusing_daemon, stays_small_in_a_flood_that_hides_nothing_of_the_store) {
    constexpr int forged_count = 10'000;
    configure(three_endpoints() + "keep_rejected = true\n");
    start();
    const auto store = [](store_request one) { return one.with("X-Forwarded-For", "203.0.113.50"); };
    EXPECT_EQ(running->send(store(signed_as(hmac_sha256_hex(hooks_token, order)))).status, 401U);
    (void)latest();
    const auto before = peak_of(*running);

    // Every hundred of them from another network, with bodies that are kept.
    raw_client stranger(running->port());
    for (int i = 0; i < forged_count; ++i) {
        const auto network = "10." + std::to_string(i / 100) + ".0.1";
        const auto forged = usaepay_signed(std::string(4000, 'x'), "guess" + std::to_string(i % 7))
                                .with("X-Forwarded-For", network);
        ASSERT_EQ(stranger.ask(forged.bytes()).status, 401U);
        if (i % 1000 == 999) {
            EXPECT_EQ(running->send(store(jumpseller_request("order_paid", jumpseller_order(i)))).status,
                      200U);
        }
    }
    EXPECT_EQ(running->send(store(ejunkie_request("TXN1", in_upper_case(handshake)))).status, 401U);

    // In a flood the latest waits its turn.
    std::vector<nlohmann::json> all;
    const auto tells = [&](std::string_view what) {
        all = place.ask({"rejections", "--limit", "1000"});
        return std::ranges::any_of(
            all, [&](const auto& one) { return one.value("diagnosis", "").find(what) != std::string::npos; });
    };
    EXPECT_TRUE(eventually([&] { return tells("capital and small letters"); })) << "what came at its end";
    EXPECT_TRUE(tells("not in hexadecimal")) << "what came before the flood";

    std::uint64_t forged = 0;
    std::size_t rows = 0;
    for (const auto& one : all) {
        if (one.value("endpoint", "") != "usaepay")
            continue;
        ++rows;
        forged += one.value("count", std::uint64_t{0});
    }
    EXPECT_LE(rows, 50U);
    EXPECT_LE(forged, static_cast<std::uint64_t>(forged_count));
    const auto grown = peak_of(*running) - before;
#ifndef SHOPBELL_SANITIZED  // which keeps what is freed
    EXPECT_LT(grown, 32 * 1024) << "KiB";
#endif
    EXPECT_EQ(running->stop().code, 0);
    const auto size = std::filesystem::file_size(place.inbox() + ".rejections");
    EXPECT_LT(size, 1024U * 1024U);
    std::printf("%d forged: %zu rows, %ju bytes of file, %ld KiB of memory more\n", forged_count, rows,
                static_cast<std::uintmax_t>(size), grown);
}

}  // namespace
}  // namespace shopbell::test
