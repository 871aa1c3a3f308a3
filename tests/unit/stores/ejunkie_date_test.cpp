#include <shopbell/stores/ejunkie_documents.hpp>

#include <gtest/gtest.h>

namespace shopbell::ejunkie {
namespace {

struct date_row {
    const char* text;
    const char* instant;
};

TEST(payment_date, reads_every_documented_form) {
    const date_row rows[] = {
        {"12:34:56 Dec 21, 2012 MST", "2012-12-21T19:34:56.000Z"},
        {"12:34:56 Dec 21, 2012 MDT", "2012-12-21T18:34:56.000Z"},
        {"06:07:08 Jan 2, 2024 PST", "2024-01-02T14:07:08.000Z"},
        {"06:41:58 Oct 05, 2010 PDT", "2010-10-05T13:41:58.000Z"},
        {"12:00:00 Feb 29, 2024 EST", "2024-02-29T17:00:00.000Z"},
        {"12:00:00 Jul 04, 2024 EDT", "2024-07-04T16:00:00.000Z"},
        {"12:00:00 Mar 01, 2024 CST", "2024-03-01T18:00:00.000Z"},
        {"12:00:00 Apr 30, 2024 CDT", "2024-04-30T17:00:00.000Z"},
        {"00:00:00 May 31, 2024 GMT", "2024-05-31T00:00:00.000Z"},
        {"23:59:59 Jun 30, 2024 UTC", "2024-06-30T23:59:59.000Z"},
        {"18:30:30 Jan 1, 2000 PST", "2000-01-02T02:30:30.000Z"},
        {"20:00:00 Dec 31, 1999 MST", "2000-01-01T03:00:00.000Z"},
        {"12:00:00 Aug 1, 2024 UTC", "2024-08-01T12:00:00.000Z"},
        {"12:00:00 Sep 1, 2024 UTC", "2024-09-01T12:00:00.000Z"},
        {"12:00:00 Sept 1, 2024 UTC", "2024-09-01T12:00:00.000Z"},
        {"12:00:00 November 1, 2024 UTC", "2024-11-01T12:00:00.000Z"},
        {" 12:00:00  dec 1,2024 utc ", "2024-12-01T12:00:00.000Z"},
        {"9:00:00 Dec 1, 2024 UTC", "2024-12-01T09:00:00.000Z"},
    };
    for (const auto& row : rows) {
        const auto read = parse_payment_date(row.text);
        ASSERT_TRUE(read) << row.text << ": " << read.error().reason;
        EXPECT_EQ(to_rfc3339(*read), row.instant) << row.text;
    }
}

TEST(payment_date, claims_no_instant_for_an_unknown_zone) {
    for (const auto* text :
         {"12:34:56 Dec 21, 2012 CET", "12:34:56 Dec 21, 2012 +0700", "12:34:56 Dec 21, 2012 M",
          "12:34:56 Dec 21, 2012 MST7", "12:34:56 Dec 21, 2012 MST PST"}) {
        const auto read = parse_payment_date(text);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().reason.find("zone"), std::string::npos) << text;
    }
}

TEST(payment_date, refuses_what_is_no_date) {
    for (const auto* text : {"",
                             "now",
                             "12:34:56 Feb 30, 2024 MST",
                             "12:34:56 Feb 29, 2023 MST",
                             "12:34:56 Dec 32, 2012 MST",
                             "12:34:56 Dec 0, 2012 MST",
                             "24:00:00 Dec 21, 2012 MST",
                             "12:60:00 Dec 21, 2012 MST",
                             "12:34:61 Dec 21, 2012 MST",
                             "12:34 Dec 21, 2012 MST",
                             "12:34:56 Dez 21, 2012 MST",
                             "12:34:56 De 21, 2012 MST",
                             "12:34:56 12 21, 2012 MST",
                             "12:34:56 Dec 21 2012 MST",
                             "12:34:56 Dec 21, 12 MST",
                             "12:34:56 Dec 21, 20123 MST",
                             "12:34:56 Dec 21, 2012",
                             "12:34:56Dec 21, 2012 MST",
                             "-1:34:56 Dec 21, 2012 MST",
                             "2012-12-21T12:34:56Z",
                             "12:34:56 Dec 21, 2012MST",
                             "12:34:56  ,21, 2012 MST"}) {
        const auto read = parse_payment_date(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, errc::malformed) << text;
    }
}

}  // namespace
}  // namespace shopbell::ejunkie
