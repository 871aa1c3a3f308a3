#include "ejunkie_support.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>

#include <algorithm>
#include <set>

namespace shopbell {
namespace {

using namespace ejunkie_test;

constexpr std::string_view other_handshake = "0123456789abcdef0123456789abcdef";

std::string with_handshake(std::string_view fields) {
    return std::string(fields).append("&handshake=").append(handshake);
}

// The configuration.

TEST(ejunkie_handshake, is_the_digest_of_the_email_and_the_digest_of_the_password) {
    EXPECT_EQ(md5_hex("user@example.com" + md5_hex("ExamplePassword")), handshake);
}

TEST(ejunkie_configuration, takes_one_or_several_handshakes) {
    EXPECT_EQ(make("handshake = \"" + std::string(handshake) + "\"").problems, "");
    const auto two =
        "handshake = [\"" + std::string(handshake) + "\", \"" + std::string(other_handshake) + "\"]";
    EXPECT_EQ(make(two).problems, "");
}

TEST(ejunkie_configuration, names_the_missing_handshake) {
    const auto problems = make("").problems;
    EXPECT_NE(problems.find("handshake is missing"), std::string::npos) << problems;
    EXPECT_NE(problems.find("shopbell handshake --email ADDRESS"), std::string::npos) << problems;
}

TEST(ejunkie_configuration, refuses_what_is_no_md5_without_showing_it) {
    const std::string rows[] = {
        "6B6833ACA1F51DC7CA84723DBA452A79",  "6b6833aca1f51dc7ca84723dba452a7",
        "6b6833aca1f51dc7ca84723dba452a790", "ExamplePassword-not-a-digest-at-",
        "g1234567890123456789012345678901",
    };
    for (const auto& value : rows) {
        const auto problems = make("handshake = \"" + value + "\"").problems;
        EXPECT_NE(problems.find("shopbell handshake --email ADDRESS"), std::string::npos) << problems;
        EXPECT_EQ(problems.find(value), std::string::npos) << problems;
    }
    const auto mixed = make("handshake = [\"" + std::string(handshake) + "\", \"short\"]").problems;
    EXPECT_NE(mixed.find("32 lower-case"), std::string::npos) << mixed;
}

TEST(ejunkie_configuration, takes_no_handshake_only_in_so_many_words) {
    EXPECT_EQ(make("", true).problems, "");
    const auto both = make("handshake = \"" + std::string(handshake) + "\"", true).problems;
    EXPECT_NE(both.find("contradict"), std::string::npos) << both;
}

// Who is let in.

TEST(ejunkie, accepts_the_two_documented_samples) {
    const auto dialect = genuine_provider();
    const auto first = accepted_of(*dialect, e1);
    EXPECT_EQ(first.type, "ejunkie.order.paid");
    EXPECT_EQ(first.subject, "order/6MF00000000000000");
    EXPECT_EQ(first.store, "41000");
    EXPECT_FALSE(first.repeats_latest_only);

    const auto second = accepted_of(*dialect, e2);
    EXPECT_EQ(second.type, "ejunkie.order.paid");
    EXPECT_EQ(second.subject, "order/au-60000000001");
    EXPECT_EQ(second.locality, 60000000001U);
}

TEST(ejunkie, accepts_the_old_and_the_new_handshake_at_once) {
    const auto both =
        make("handshake = [\"" + std::string(other_handshake) + "\", \"" + std::string(handshake) + "\"]");
    accepted_of(*both.dialect, e1);
    accepted_of(*both.dialect, "txn_id=1&handshake=" + std::string(other_handshake));
}

struct refusal_row {
    const char* name;
    std::string body;
    unsigned status;
    const char* reason;  ///< part of it
};

void PrintTo(const refusal_row& row, std::ostream* out) {
    *out << row.name;
}

class ejunkie_refuses : public testing::TestWithParam<refusal_row> {};

TEST_P(ejunkie_refuses, and_tells_only_the_operator_why) {
    const auto refused = refusal_of(*genuine_provider(), GetParam().body);
    EXPECT_EQ(refused.status, GetParam().status);
    EXPECT_NE(refused.reason.find(GetParam().reason), std::string::npos) << refused.reason;
    EXPECT_EQ(to_lower(refused.reason).find("6b6833"), std::string::npos) << refused.reason;
    EXPECT_EQ(refused.reason.find("ATTACK"), std::string::npos) << refused.reason;
}

INSTANTIATE_TEST_SUITE_P(
    rows, ejunkie_refuses,
    testing::Values(
        refusal_row{"empty_body", "", 401, "no handshake field"},
        refusal_row{"no_handshake", "txn_id=1", 401, "no handshake field"},
        refusal_row{"handshake_in_another_case", "txn_id=1&Handshake=" + std::string(handshake), 401,
                    "no handshake field"},
        refusal_row{"empty_handshake", "txn_id=1&handshake=", 401, "is empty"},
        refusal_row{"handshake_without_value", "txn_id=1&handshake", 401, "is empty"},
        refusal_row{"wrong_handshake", "txn_id=1&handshake=ATTACK", 401, "not the one configured"},
        refusal_row{"one_wrong_digit", "txn_id=1&handshake=6b6833aca1f51dc7ca84723dba452a70", 401,
                    "not the one configured"},
        refusal_row{"cut_short", "txn_id=1&handshake=6b6833aca1f51dc7ca84723dba452a7", 401,
                    "not the one configured"},
        refusal_row{"followed_by_nul", "txn_id=1&handshake=6b6833aca1f51dc7ca84723dba452a79%00", 401,
                    "not the one configured"},
        refusal_row{"upper_case", "txn_id=1&handshake=6B6833ACA1F51DC7CA84723DBA452A79", 401,
                    "not the one configured"},
        refusal_row{"space_around", "txn_id=1&handshake=+6b6833aca1f51dc7ca84723dba452a79", 401,
                    "not the one configured"},
        refusal_row{"two_handshakes_right_first", with_handshake("txn_id=1") + "&handshake=ATTACK", 400,
                    "repeated with different values"},
        refusal_row{"two_handshakes_right_last", with_handshake("handshake=ATTACK&txn_id=1"), 400,
                    "repeated with different values"},
        refusal_row{"two_handshakes_one_empty", with_handshake("handshake=&txn_id=1"), 400,
                    "repeated with different values"},
        refusal_row{"two_txn_ids", with_handshake("txn_id=1&txn_id=ATTACK"), 400, "txn_id is repeated"},
        refusal_row{"two_amounts", with_handshake("txn_id=1&mc_gross=10&mc_gross=10.01"), 400,
                    "mc_gross is repeated"},
        refusal_row{"two_amounts_one_name_escaped", with_handshake("txn_id=1&mc_gross=10&mc%5Fgross=1"), 400,
                    "mc_gross is repeated"},
        refusal_row{"two_statuses", with_handshake("txn_id=1&payment_status=Completed&payment_status="), 400,
                    "payment_status is repeated"},
        refusal_row{"json", "{\"handshake\":\"6b6833aca1f51dc7ca84723dba452a79\"}", 401,
                    "no handshake field"},
        refusal_row{"wrong_handshake_before_pollution", "txn_id=1&txn_id=2&handshake=ATTACK", 401,
                    "not the one configured"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ejunkie, accepts_what_is_repeated_with_one_value) {
    const auto dialect = genuine_provider();
    for (const auto* fields : {"txn_id=1&txn_id=1&mc_gross=5&mc_gross=5&payment_status=&payment_status=",
                               "txn_id=1&mc_gross=199&mc_gross=199.00&mc_gross=+1.99e2",
                               "txn_id=1&payment_status=Completed&payment_status=completed+&txn_id=+1",
                               "txn_id=1&mc_gross=&mc_gross="}) {
        const auto body = with_handshake(fields) + "&handshake=" + std::string(handshake);
        EXPECT_EQ(accepted_of(*dialect, body).type, "ejunkie.order.paid") << fields;
    }
}

TEST(ejunkie, accepts_a_handshake_under_an_escaped_name) {
    accepted_of(*genuine_provider(), "txn_id=1&h%61ndshake=" + std::string(handshake));
}

TEST(ejunkie, refuses_bodies_that_say_they_are_no_form_before_they_are_read) {
    const auto dialect = genuine_provider();
    for (const auto* type : {"multipart/form-data; boundary=x", "Multipart/Mixed", "application/json",
                             "APPLICATION/JSON;charset=utf-8", "application/cloudevents+json"}) {
        const headers fields = {{"content-type", type}};
        const auto early = dialect->screen(fields);
        ASSERT_TRUE(early) << type;
        EXPECT_EQ(early->status, 400U);
        EXPECT_EQ(refusal_of(*dialect, e1, fields).status, 400U) << type;
    }
}

TEST(ejunkie, takes_any_other_content_type_or_none_for_a_form) {
    const auto dialect = genuine_provider();
    for (const auto* type : {"application/x-www-form-urlencoded",
                             "application/x-www-form-urlencoded; charset=UTF-8", "text/plain", ""}) {
        const headers fields = {{"Content-Type", type}};
        EXPECT_FALSE(dialect->screen(fields)) << type;
        accepted_of(*dialect, e1, fields);
    }
    EXPECT_FALSE(dialect->screen({}));
}

TEST(ejunkie, asks_for_no_handshake_where_none_is_configured) {
    const auto open = make("", true);
    EXPECT_EQ(accepted_of(*open.dialect, "txn_id=1").subject, "order/1");
    EXPECT_EQ(accepted_of(*open.dialect, "txn_id=1&handshake=anything").subject, "order/1");
    EXPECT_EQ(refusal_of(*open.dialect, "txn_id=1&txn_id=2").status, 400U);
}

// What it is called.

struct type_row {
    const char* fields;
    const char* type;
};

TEST(ejunkie, names_the_event_by_its_status) {
    const type_row rows[] = {
        {"", "ejunkie.order.paid"},
        {"payment_status=", "ejunkie.order.paid"},
        {"payment_status=+", "ejunkie.order.paid"},
        {"payment_status=Completed", "ejunkie.order.paid"},
        {"payment_status=+COMPLETED%0A", "ejunkie.order.paid"},
        {"payment_status=Completed&txn_type=cart", "ejunkie.order.paid"},
        {"payment_status=Completed&txn_type=cash", "ejunkie.order.pending"},
        {"payment_status=Completed&txn_type=+Cash+", "ejunkie.order.pending"},
        {"payment_status=Refunded&txn_type=cash", "ejunkie.order.pending"},
        {"txn_type=cash", "ejunkie.order.pending"},
        {"txn_type=cashier", "ejunkie.order.paid"},
        {"payment_status=pending", "ejunkie.order.pending"},
        {"payment_status=Refunded", "ejunkie.order.refunded"},
        {"payment_status=Reversed", "ejunkie.order.reversed"},
        {"payment_status=Canceled-Reversal", "ejunkie.order.canceled_reversal"},
        {"payment_status=Canceled_Reversal", "ejunkie.order.canceled_reversal"},
        {"payment_status=Canceled+-+Reversal", "ejunkie.order.canceled_reversal"},
        {"payment_status=In-Progress", "ejunkie.order.in_progress"},
        {"payment_status=Partially-Refunded", "ejunkie.order.partially_refunded"},
        {"payment_status=%E9%E9", "ejunkie.order.other"},
        {"payment_status=%00", "ejunkie.order.other"},
        {"payment_status=---", "ejunkie.order.other"},
        {"payment_status=a..b%0Ac", "ejunkie.order.a_b_c"},
    };
    const auto dialect = genuine_provider();
    for (const auto& row : rows)
        EXPECT_EQ(accepted_of(*dialect, with_handshake("txn_id=1&" + std::string(row.fields))).type, row.type)
            << row.fields;
}

TEST(ejunkie, keeps_the_type_short) {
    const auto taken = accepted_of(*genuine_provider(),
                                   with_handshake("txn_id=1&payment_status=" + std::string(100'000, 'x')));
    EXPECT_LE(taken.type.size(), 100U);
}

struct subject_row {
    const char* fields;
    const char* subject;
    std::uint64_t locality;
};

TEST(ejunkie, names_the_subject_by_the_first_id_that_is_there) {
    const subject_row rows[] = {
        {"txn_id=T1&ej_txn_id=2&invoice=3", "order/T1", 1},
        {"txn_id=+&ej_txn_id=2&invoice=3", "order/2", 2},
        {"ej_txn_id=&invoice=wc3", "order/wc3", 3},
        {"txn_id=au-60000000001", "order/au-60000000001", 60000000001},
        {"txn_id=12ab34cd", "order/12ab34cd", 34},
        {"txn_id=abc", "order/abc", 0},
        {"txn_id=999999999999999999", "order/999999999999999999", 999999999999999999},
        {"txn_id=1234567890123456789", "order/1234567890123456789", 234567890123456789},
        {"txn_id=1000000000000000000000000000000000000007", "order/1000000000000000000000000000000000000007",
         7},
        {"txn_id=%E9&charset=iso-8859-1", "order/é", 0},
        {"txn_id=a%0Ab", "", 0},
    };
    const auto dialect = genuine_provider();
    for (const auto& row : rows) {
        const auto taken = accepted_of(*dialect, with_handshake(row.fields));
        EXPECT_EQ(taken.subject, row.subject) << row.fields;
        EXPECT_EQ(taken.locality, row.locality) << row.fields;
        EXPECT_NE(taken.type, "ejunkie.unparsed") << row.fields;
    }
}

TEST(ejunkie, takes_a_genuine_body_without_any_id_as_unparsed) {
    const auto dialect = genuine_provider();
    const auto body = with_handshake("client_id=41000&txn_id=&foo=bar");
    const auto taken = accepted_of(*dialect, body);
    EXPECT_EQ(taken.type, "ejunkie.unparsed");
    EXPECT_EQ(taken.subject, "");
    EXPECT_EQ(taken.store, "41000");
    EXPECT_EQ(taken.identity, body);
    EXPECT_EQ(describe(body).order, "");
    EXPECT_NE(describe(body).problem.find("txn_id"), std::string::npos);
    EXPECT_EQ(at(describe(body).payload, "/foo"), "bar");
}

std::string identity_of(std::string_view fields) {
    return accepted_of(*genuine_provider(), with_handshake(fields)).identity;
}

TEST(ejunkie, knows_a_repetition_by_account_transaction_and_position) {
    const auto first = identity_of("client_id=1&txn_id=2&item_cart_position=3&mc_gross=5");
    EXPECT_EQ(first, identity_of("mc_gross=6&item_cart_position=3&txn_id=2&client_id=1&invoice=9"));
    EXPECT_EQ(identity_of("client_id=1&txn_id=2"), identity_of("client_id=1&txn_id=2&item_cart_position="));
    std::set<std::string> different = {first};
    for (const auto* fields : {
             "client_id=1&txn_id=2",
             "client_id=1&txn_id=2&item_cart_position=1",
             "client_id=12&txn_id=&ej_txn_id=2&item_cart_position=3",
             "txn_id=2&item_cart_position=3",
             "client_id=1&txn_id=23",
             "client_id=1&txn_id=&ej_txn_id=2",
             "client_id=1&invoice=2",
             "client_id=1&txn_id=2%00&item_cart_position=3",
         })
        EXPECT_TRUE(different.insert(identity_of(fields)).second) << fields;
}

TEST(ejunkie, knows_pending_completed_and_refunded_apart) {
    const auto identity = [](std::string_view fields) {
        return identity_of("client_id=1&txn_id=2&" + std::string(fields));
    };
    const auto completed = identity("payment_status=Completed");
    for (const auto* same : {"", "payment_status=", "payment_status=+completed%0A",
                             "payment_status=COMPLETED", "txn_type=cart", "txn_type=cashier&mc_gross=5"})
        EXPECT_EQ(identity(same), completed) << same;
    std::set<std::string> different = {completed};
    for (const auto* other : {"payment_status=Pending", "payment_status=Refunded", "payment_status=Reversed",
                              "txn_type=cash", "txn_type=cash&payment_status=Pending"})
        EXPECT_TRUE(different.insert(identity(other)).second) << other;
    EXPECT_EQ(identity("txn_type=+CASH+&payment_status=Completed"), identity("txn_type=cash"));
}

TEST(ejunkie, names_the_identity_of_earlier_versions_as_well) {
    const auto dialect = genuine_provider();
    const auto pending = accepted_of(*dialect, with_handshake("txn_id=2&payment_status=Pending"));
    const auto completed = accepted_of(*dialect, with_handshake("txn_id=2"));
    EXPECT_EQ(pending.former_identity, completed.former_identity);
    EXPECT_NE(pending.former_identity, pending.identity);
    EXPECT_FALSE(completed.recurs);
}

// What `shopbell send` makes of it.

TEST(ejunkie_samples, are_accepted_as_what_they_promise) {
    const auto dialect = genuine_provider();
    std::set<std::string> names, identities;
    for (const auto& one : ejunkie_entry().samples()) {
        EXPECT_TRUE(names.insert(one.event).second) << one.event;
        const auto made = dialect->sign(one.event, one.body, signing::genuine);
        const auto taken = accepted_of(*dialect, made.body, made.fields);
        EXPECT_EQ(taken.type, one.type) << one.event;
        EXPECT_TRUE(identities.insert(taken.identity).second) << one.event;
        const auto data = describe(made.body);
        EXPECT_EQ(data.problem, "") << one.event;
        EXPECT_NE(at(data.order, "/placed_at"), "(none)") << one.event;
    }
    for (const auto* name : {"completed", "completed-product", "cash", "pending", "refunded", "reversed",
                             "canceled_reversal", "denied", "expired", "failed", "voided", "processed",
                             "created", "in_progress", "partially_refunded"})
        EXPECT_TRUE(names.contains(name)) << name;
}

TEST(ejunkie_sign, breaks_the_handshake_when_asked_to) {
    const auto dialect = genuine_provider();
    for (const auto& one : ejunkie_entry().samples()) {
        const auto made = dialect->sign(one.event, one.body, signing::broken);
        EXPECT_EQ(refusal_of(*dialect, made.body, made.fields).status, 401U) << one.event;
    }
}

TEST(ejunkie_sign, puts_the_first_handshake_in_place_of_any_other) {
    const auto both =
        make("handshake = [\"" + std::string(handshake) + "\", \"" + std::string(other_handshake) + "\"]");
    const auto made = both.dialect->sign("", "a=%zz&handshake=x&b=1&h%61ndshake=y", signing::genuine);
    EXPECT_EQ(made.body, "a=%zz&handshake=" + std::string(handshake) + "&b=1");
    EXPECT_EQ(value_of(made.fields, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(ejunkie_sign, adds_no_handshake_where_none_is_configured) {
    EXPECT_EQ(make("", true).dialect->sign("", "txn_id=1", signing::genuine).body, "txn_id=1");
}

TEST(ejunkie_entry, finds_the_proof_in_a_body_however_it_is_written) {
    const auto proof = ejunkie_entry().proof;
    EXPECT_EQ(proof("a=1&handshake=cafe0123&b=2"), "cafe0123");
    EXPECT_EQ(proof("hand%73hake=caf%650123&handshake=cafe0123"), "cafe0123");
    EXPECT_EQ(proof("a=1"), "");
    EXPECT_EQ(proof(""), "");
}

TEST(ejunkie_entry, keeps_the_content_type_and_nothing_else) {
    const auto keeps = ejunkie_entry().keeps;
    EXPECT_EQ(std::vector<std::string_view>(keeps.begin(), keeps.end()),
              std::vector<std::string_view>{"Content-Type"});
    EXPECT_EQ(ejunkie_entry().name, "ejunkie");
}

// What is meant to hurt.

TEST(ejunkie, takes_hostile_bodies_without_harm) {
    const auto dialect = genuine_provider();
    const std::string bodies[] = {
        with_handshake(std::string(400'000, '&')),
        with_handshake(std::string("txn_id=1&a=\0%00&\0=1", 20)),
        with_handshake("txn_id=1&num_cart_items=1000000000000000000"),
        with_handshake("txn_id=1&num_cart_items=" + std::string(40, '9')),
        with_handshake("txn_id=1&num_cart_items=-1&item_cart_position=0"),
        with_handshake("txn_id=" + std::string(500'000, '9')),
        with_handshake("txn_id=1&mc_gross=" + std::string(500'000, '9')),
        with_handshake("txn_id=1&payment_date=" + std::string(500'000, ':')),
        with_handshake("txn_id=1&charset=" + std::string(500'000, 'x')),
        with_handshake("txn_id=%FF%FE&charset=%00&%80=%80"),
        with_handshake("txn_id=1&custom=" + std::string(400'000, '[')),
    };
    for (const auto& body : bodies) {
        accepted_of(*dialect, body);
        const auto data = describe(body);
        EXPECT_TRUE(json::document::parse(data.payload)) << data.payload.substr(0, 100);
        EXPECT_LT(data.problem.size(), 10'000U);
        EXPECT_TRUE(is_utf8(data.problem));
    }
}

TEST(ejunkie, takes_a_hundred_thousand_fields) {
    std::string body = with_handshake("txn_id=1&num_cart_items=100000");
    for (int x = 1; x <= 100'000; ++x) {
        body += "&item_name" + std::to_string(x) + "=a";
        body += "&quantity" + std::to_string(x) + "=many";
    }
    accepted_of(*genuine_provider(), body);
    const auto data = describe(body);
    EXPECT_NE(at(data.order, "/items/999"), "(none)");
    EXPECT_EQ(at(data.order, "/items/1000"), "(none)");
    EXPECT_NE(data.problem.find("num_cart_items"), std::string::npos) << data.problem;
    EXPECT_EQ(at(data.payload, "/item_name100000"), "a");
}

}  // namespace
}  // namespace shopbell
