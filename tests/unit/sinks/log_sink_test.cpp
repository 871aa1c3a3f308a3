#include "made_sink.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/json.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

class log_sink : public ::testing::Test {
protected:
    /// The one line that one event leaves in the log, without its time.
    std::string line_of(const std::string& toml, std::shared_ptr<const event> one) {
        const std::string path = folder_.file("daemon.log");
        bench_.lines = *log::open({log_level::debug, log_format::json, path});
        auto made = bench_.make("log", toml);
        EXPECT_EQ(bench_.deliver_one(*made, std::move(one)), "delivered");
        made.reset();
        bench_.lines.reset();
        const std::string line = test::read_file(path);
        constexpr std::size_t time = std::string_view(R"({"time":"2026-11-21T15:51:45.279Z",)").size();
        return line.size() > time ? line.substr(time) : line;
    }

    test::temp_dir folder_;
    test::sink_workbench bench_;
};

TEST_F(log_sink, writes_a_line_that_names_the_event_and_nothing_personal) {
    EXPECT_EQ(line_of("", test::make_event("id-1")),
              R"("level":"info","message":"event","event_id":"id-1","type":"jumpseller.order.paid",)"
              R"("endpoint":"jumpseller-main","provider":"jumpseller","subject":"order/1026"})"
              "\n");
}

TEST_F(log_sink, writes_the_whole_document_as_json_when_asked) {
    auto one = test::make_event("id-1");
    one->subject.clear();
    one->store = "mystore";
    EXPECT_EQ(line_of("level = \"debug\"\npayload = true", one),
              R"("level":"debug","message":"event","event_id":"id-1","type":"jumpseller.order.paid",)"
              R"("endpoint":"jumpseller-main","provider":"jumpseller","store":"mystore",)"
              R"("event":{"specversion":"1.0","id":"id-1"}})"
              "\n");
}

TEST_F(log_sink, refuses_a_level_that_does_not_exist) {
    (void)bench_.make("log", "level = \"wran\"");
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_TRUE(bench_.problems[0].starts_with("sink.toml:1:")) << bench_.problems[0];
}

}  // namespace
}  // namespace shopbell
