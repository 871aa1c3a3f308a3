#include "workshop.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/sign.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace shopbell {
namespace {

using test::printed;
using test::workshop;

class signing_a_body : public testing::Test {
protected:
    printed sign_as(const std::string& provider, const std::string& endpoint, const std::string& body) {
        std::istringstream in(body);
        std::ostringstream out;
        std::ostringstream err;
        const int status = sign(shop_.config(), provider, endpoint, in, out, err);
        return {status, out.str(), err.str()};
    }

    workshop shop_;
};

// The body, key and signature of providers.md 1.3.
constexpr auto mug = R"({"product":{"id":1001,"name":"Café Mug","price":12.5,"stock":0,"sku":null}})";

TEST_F(signing_a_body, prints_jumpseller_s_header) {
    const auto run = sign_as("jumpseller", "main-shop", mug);
    EXPECT_EQ(run.status, exit_done);
    EXPECT_NE(run.out.find("Jumpseller-Hmac-Sha256: 7y1/kOkFTK8GlXKpKClHICicOlf/aHhtKa+/fxG4Vsg=\n"),
              std::string::npos)
        << run.out;
    EXPECT_EQ(run.err, "");
}

TEST_F(signing_a_body, takes_the_first_endpoint_of_the_provider_unless_told) {
    EXPECT_NE(sign_as("jumpseller", "", mug).out.find("7y1/kOkFTK8GlXKpKClHICicOlf/aHhtKa+/fxG4Vsg="),
              std::string::npos);
    EXPECT_EQ(
        sign_as("jumpseller", "second-shop", mug).out.find("7y1/kOkFTK8GlXKpKClHICicOlf/aHhtKa+/fxG4Vsg="),
        std::string::npos);
}

TEST_F(signing_a_body, prints_ejunkie_s_field) {
    const auto run = sign_as("ejunkie", "downloads", "txn_id=1");
    EXPECT_EQ(run.out,
              "Content-Type: application/x-www-form-urlencoded\n"
              "handshake=6b6833aca1f51dc7ca84723dba452a79\n");
}

TEST_F(signing_a_body, prints_usaepay_s_header) {
    // U1 of providers.md 3.2.
    const auto run = sign_as(
        "usaepay", "cards",
        R"({"type":"event","event_triggered":"2024-01-02 03:04:05","event_type":"ach.returned","event_body":{"merchant":{"merch_key":"mk1"},"object":{"type":"transaction","key":"k1","refnum":"42","orderid":"","check":{"trackingcode":"T1"},"uri":"transactions/k1"},"changes":{"old":{"status":"S","returned":null,"reason":""},"new":{"status":"R","returned":"2024-01-03","reason":"R01"}}},"event_id":"e1"})");
    EXPECT_NE(run.out.find("X-Signature: 2000f2c1cd933212c51547cf9c2f14c1bd3bbdc5ee0c6a8d8900db68e0c2b3ad\n"),
              std::string::npos)
        << run.out;
}

TEST_F(signing_a_body, refuses_what_it_does_not_know) {
    EXPECT_EQ(sign_as("shopify", "", "x").status, exit_usage);
    const auto unknown = sign_as("jumpseller", "main-shp", "x");
    EXPECT_EQ(unknown.status, exit_usage);
    EXPECT_EQ(unknown.err,
              "shopbell sign: no endpoint is named \"main-shp\" (did you mean \"main-shop\"?); there are: "
              "main-shop second-shop downloads cards\n");
    const auto other = sign_as("jumpseller", "cards", "x");
    EXPECT_EQ(other.status, exit_usage);
    EXPECT_EQ(other.err, "shopbell sign: endpoint \"cards\" receives usaepay, not jumpseller\n");
}

TEST_F(signing_a_body, needs_a_good_configuration) {
    test::write_file(shop_.config(), "[server]\nlisten = 1\n");
    const auto run = sign_as("jumpseller", "", "x");
    EXPECT_EQ(run.status, exit_configuration);
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(":2:10: "), std::string::npos) << run.err;
    EXPECT_NE(run.err.find(" problems\n"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace shopbell
