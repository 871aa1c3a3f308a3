#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/ingest/endpoint_watches.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

namespace shopbell::test {

namespace {

std::string with_codes(const std::string& codes,
                       const std::string& proof = "handshake_env = \"SHOPBELL_TEST_HANDSHAKE\"\n") {
    return "[[endpoint]]\nname = \"codes\"\npath = \"/hooks/codes\"\nprovider = \"ejunkie\"\n" + proof +
           "[endpoint.codes]\n" + codes;
}

class codes_configuration : public ::testing::Test {
protected:
    codes_configuration() { ::setenv("SHOPBELL_TEST_HANDSHAKE", "6b6833aca1f51dc7ca84723dba452a79", 1); }

    endpoints read(const std::string& toml) {
        config::problems found("test.toml");
        endpoints all;
        {
            const auto source = config::file::from_text(toml, found);
            auto root = source.root();
            all = read_endpoints(root);
        }
        problems_.clear();
        for (const auto& one : found.sorted())
            problems_ += found.describe(one) + "\n";
        return all;
    }
    std::string problems_of(const std::string& toml) {
        (void)read(toml);
        return problems_;
    }

    std::string problems_;
};

TEST_F(codes_configuration, has_defaults) {
    const auto all = read(with_codes(""));
    EXPECT_EQ(problems_, "");
    ASSERT_TRUE(all.at(0).codes);
    EXPECT_TRUE(all[0].codes->from_pool);
    EXPECT_TRUE(all[0].codes->for_each_unit);
    EXPECT_EQ(all[0].codes->low, 20U);
    EXPECT_EQ(all[0].refusals, http::refusal_body::none);
}

TEST_F(codes_configuration, reads_its_keys) {
    auto all = read(with_codes("from = \"pool\"\nper = \"item\"\nlow = 3\nclosed = [\"100200\"]\n"));
    EXPECT_EQ(problems_, "");
    EXPECT_FALSE(all.at(0).codes->for_each_unit);
    EXPECT_EQ(all[0].codes->low, 3U);
    EXPECT_EQ(all[0].codes->closed, std::vector<std::string>{"100200"});
    all = read(with_codes("from = \"program\"\ncommand = [\"/bin/cat\", \"-u\"]\ntimeout = \"2s\"\n"));
    EXPECT_EQ(problems_, "");
    EXPECT_FALSE(all.at(0).codes->from_pool);
    EXPECT_NE(all[0].codes->maker, nullptr);
}

TEST_F(codes_configuration, says_what_is_wrong_and_where) {
    const struct {
        std::string toml;
        std::string problem;
    } rows[] = {
        {with_codes("form = \"pool\"\n"), "test.toml:7:1: unknown key \"form\" (did you mean \"from\"?)"},
        {with_codes("from = \"pol\"\n"),
         "test.toml:7:8: \"from\" expects one of \"pool\" or \"program\", got \"pol\""},
        {with_codes("per = \"each\"\n"),
         "test.toml:7:7: \"per\" expects one of \"unit\" or \"item\", got \"each\""},
        {with_codes("low = -1\n"), "test.toml:7:7: \"low\""},
        {with_codes("command = [\"/bin/cat\"]\n"),
         "test.toml:7:11: \"command\" is a key of from = \"program\""},
        {with_codes("from = \"program\"\n"), "\"command\" is missing"},
        {with_codes("from = \"program\"\ncommand = \"cat\"\n"), "test.toml:8:11: \"command\""},
        {with_codes("from = \"program\"\ncommand = [\"/no/such/program\"]\n"),
         "test.toml:8:11: \"command\": cannot run /no/such/program: No such file or directory"},
        {with_codes("from = \"program\"\ncommand = [\"/bin/cat\"]\nlow = 3\n"),
         "test.toml:9:7: \"low\" is a key of from = \"pool\""},
        {with_codes("from = \"program\"\ncommand = [\"/bin/cat\"]\nclosed = [\"1\"]\n"),
         "test.toml:9:10: \"closed\" is a key of from = \"pool\""},
        {with_codes("from = \"program\"\ncommand = [\"/bin/cat\"]\ntimeout = \"0s\"\n"),
         "test.toml:9:11: \"timeout\""},
        {with_codes("", "auth = \"none\"\n"), "warning: anyone who knows the path can take codes"},
        {"[[endpoint]]\nname = \"a\"\npath = \"/a\"\nprovider = \"usaepay\"\nsignature_key_env = \"PATH\"\n"
         "[endpoint.codes]\n",
         "only E-junkie mails the answer to the buyer"},
    };
    for (const auto& [toml, problem] : rows)
        EXPECT_NE(problems_of(toml).find(problem), std::string::npos) << problem << "\n" << problems_;
}

class code_watch_test : public ::testing::Test {
protected:
    code_watch_test() { watch_.configure(&settings_); }

    static std::vector<code_pool> pool(std::uint64_t left, std::uint64_t given) {
        return {{"codes", "100200", left, given}};
    }

    static code_settings low_at_two() {
        code_settings chosen;
        chosen.low = 2;
        return chosen;
    }

    const code_settings settings_ = low_at_two();
    metrics counts_;
    code_watch watch_{"codes", counts_.endpoint("codes", "ejunkie"), log::null()};
};

TEST_F(code_watch_test, names_a_pool_from_its_low_mark_on) {
    watch_.replace(pool(3, 0));
    EXPECT_TRUE(watch_.warnings().empty());
    watch_.update(pool(2, 1));
    ASSERT_EQ(watch_.warnings().size(), 1U);
    EXPECT_EQ(
        watch_.warnings()[0].text,
        "endpoint codes: 2 codes of product 100200 are left; add some: shopbell codes add codes 100200");
    EXPECT_TRUE(watch_.read().at(0).low);
    watch_.replace(pool(50, 1));
    EXPECT_TRUE(watch_.warnings().empty());
    EXPECT_EQ(watch_.read().at(0).left, 50U);
}

TEST_F(code_watch_test, says_nothing_of_the_pool_of_a_closed_product) {
    auto settings = low_at_two();
    settings.closed = {"100200"};
    watch_.configure(&settings);
    watch_.replace(pool(0, 9));
    EXPECT_TRUE(watch_.warnings().empty());
    EXPECT_FALSE(watch_.read().at(0).low);
    watch_.configure(&settings_);
    EXPECT_EQ(watch_.warnings().size(), 1U);
}

TEST_F(code_watch_test, believes_what_was_committed_last) {
    watch_.replace(pool(9, 1));
    watch_.update(pool(7, 3));
    watch_.update(pool(8, 2));
    EXPECT_EQ(watch_.read().at(0).left, 7U);
}

TEST_F(code_watch_test, names_an_endpoint_without_any_codes_and_one_that_gives_none) {
    EXPECT_NE(watch_.warnings().at(0).text.find("has no codes to give"), std::string::npos);
    watch_.configure(nullptr);
    EXPECT_TRUE(watch_.warnings().empty());
    EXPECT_TRUE(watch_.read().empty());
}

TEST_F(code_watch_test, tells_why_the_latest_sale_got_none_until_one_gets_some) {
    watch_.replace(pool(9, 1));
    watch_.missing("the program failed");
    EXPECT_EQ(watch_.warnings().at(0).what, endpoint_warning::kind::codes_missing);
    EXPECT_EQ(watch_.warnings().at(0).text,
              "endpoint codes: the latest sale got no code: the program failed");
    watch_.given(1);
    EXPECT_TRUE(watch_.warnings().empty());
}

class code_program_test : public ::testing::Test {
protected:
    code_program_test() { ::signal(SIGPIPE, SIG_IGN); }  // as the daemon does

    result<std::vector<std::string>> codes_of(const std::string& script, std::size_t count = 1,
                                              std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
        program what;
        what.path = "/bin/sh";
        what.arguments = {"sh", "-c", script};
        what.environment = {"PATH=/usr/bin:/bin"};
        code_program made(std::move(what), timeout);
        event sale;
        sale.document = R"({"type":"ejunkie.order.paid"})";
        return run(context_, made.make_codes(std::move(sale), count));
    }
    boost::asio::io_context context_{1};
};

TEST_F(code_program_test, takes_the_codes_that_it_prints) {
    EXPECT_EQ(codes_of("echo A; echo ' B '", 2).value(), (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(codes_of("grep -o paid").value(), std::vector<std::string>{"paid"});
    EXPECT_EQ(codes_of("yes CODE | head -n 1000", 1000).value().size(), 1000U);
}

TEST_F(code_program_test, takes_nothing_else) {
    const struct {
        std::string script;
        std::string reason;
    } rows[] = {
        {"echo A; exit 3", "exited with 3"},
        {"echo why >&2; exit 1", "exited with 1: why"},
        {"kill -9 $$", "killed by signal 9"},
        {"true", "printed 0 codes where 1 were asked for"},
        {"echo A; echo B", "printed 2 codes"},
        {"printf 'A\\tB'", "line 1 is no code"},
        {"yes | head -c 2000000", "printed more than 1MiB"},
    };
    for (const auto& [script, reason] : rows) {
        const auto refused = codes_of(script);
        ASSERT_FALSE(refused) << script;
        EXPECT_NE(refused.error().reason.find(reason), std::string::npos) << refused.error().reason;
    }
}

TEST_F(code_program_test, does_not_wait_for_one_that_is_late) {
    const auto late = codes_of("sleep 600", 1, std::chrono::milliseconds(50));
    ASSERT_FALSE(late);
    EXPECT_NE(late.error().reason.find("killed after 50ms"), std::string::npos) << late.error().reason;
}

}  // namespace

}  // namespace shopbell::test
