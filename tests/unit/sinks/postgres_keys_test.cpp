#include "../src/sinks/postgres_sink.hpp"

#include "made_sink.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

TEST(a_table, is_quoted_part_by_part) {
    EXPECT_EQ(quote_table("events").value(), R"("events")");
    EXPECT_EQ(quote_table("shop.events").value(), R"("shop"."events")");
    EXPECT_EQ(quote_table(R"(Odd "name"; DROP TABLE x)").value(), R"("Odd ""name""; DROP TABLE x")");
    EXPECT_EQ(quote_table(std::string(63, 'a')).value(), '"' + std::string(63, 'a') + '"');
    for (const auto& name : {std::string(), std::string("."), std::string("a."), std::string(".a"),
                             std::string("a.b.c"), std::string(64, 'a'), std::string("a\0b", 3)})
        EXPECT_FALSE(quote_table(name)) << name;
}

TEST(an_sqlstate, says_who_is_at_fault) {
    for (const auto* const state :
         {"", "08006", "25006", "28P01", "3D000", "3F000", "40001", "40P01", "42P01", "42501", "53100",
          "53300", "55P03", "57014", "57P01", "58030", "XX000"})
        EXPECT_EQ(blame_for(state), postgres_blame::server) << state;
    for (const auto* const state : {"22P05", "22P02", "22003", "22021", "23502", "23514", "54000"})
        EXPECT_EQ(blame_for(state), postgres_blame::event) << state;
    for (const auto* const state : {"P0001", "38000", "0A000", "21000"})
        EXPECT_EQ(blame_for(state), postgres_blame::unclear) << state;
}

class postgres_keys : public ::testing::Test {
protected:
    std::vector<std::string> problems(const std::string& toml) {
        (void)bench_.make("postgres", toml);
        return bench_.problems;
    }
    std::string only_problem(const std::string& toml) {
        const auto all = problems(toml);
        EXPECT_EQ(all.size(), 1U) << toml;
        return all.empty() ? std::string() : all.front();
    }
    static bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

    sink_workbench bench_;
    temp_dir folder_;
};

constexpr const char* least_keys = "hosts = \"db1\"\ndatabase = \"shop\"\nuser = \"u\"\ntable = \"events\"\n";

TEST_F(postgres_keys, name_the_database_the_user_and_the_table) {
    EXPECT_EQ(problems(least_keys), std::vector<std::string>());
    EXPECT_EQ(problems("").size(), 4U);
    const auto target =
        bench_.make("postgres",
                    "hosts = [\"db1\", \"db2\"]\nport = 5433\ndatabase = \"shop\"\nuser = \"u\"\n"
                    "table = \"shop.events\"\ncreate = true\n");
    ASSERT_NE(target, nullptr);
    EXPECT_EQ(target->address(), R"(db1,db2/shop table "shop"."events")");
    const auto one = make_event("e1");
    one->document = R"({"id":"e1","data":{"payload":{"total":27990.0}}})";
    EXPECT_EQ(target->preview(*one).value().body, R"({"payload":{"total":27990.0}})");
}

TEST_F(postgres_keys, are_refused_with_what_is_wrong) {
    const std::string rest = "database = \"shop\"\nuser = \"u\"\ntable = \"events\"\n";
    EXPECT_TRUE(has(only_problem("hosts = []\n" + rest), "names no host"));
    for (const std::string host : {"db1:5432 x", "postgres://u:p@db1/shop", "db1,db2", "host=db1"})
        EXPECT_TRUE(
            has(only_problem("hosts = \"" + host + "\"\n" + rest), "sink.toml:1:9: \"hosts\" expects names"))
            << host;
    EXPECT_TRUE(has(only_problem("hosts = \"db1\"\ndatabase = \"shop\"\nuser = \"u\"\ntable = \"a.b.c\"\n"),
                    "\"table\" expects a name"));
    EXPECT_TRUE(has(only_problem(std::string(least_keys) + "port = 0\n"), "\"port\""));
    EXPECT_TRUE(has(only_problem(std::string(least_keys) + "ca_file = \"/nonexistent\"\n"), "/nonexistent"));
    write_file(folder_.file("ca.pem"), "no certificate");
    EXPECT_TRUE(
        has(only_problem(std::string(least_keys) + "ca_file = \"" + folder_.file("ca.pem") + "\"\n"), "PEM"));
}

}  // namespace
}  // namespace shopbell::test
