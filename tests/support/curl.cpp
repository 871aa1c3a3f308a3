#include "support/curl.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

raw_answer parse_answer(const std::string& text) {
    raw_answer answer;
    const auto end = text.find("\r\n\r\n");
    if (end == text.npos)
        return answer;
    answer.head = text.substr(0, end + 2);
    answer.body = text.substr(end + 4);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(answer.head.find(' '))));
    return answer;
}

}  // namespace

raw_answer curl(const store_request& one, const std::string& url, const std::string& trusted,
                const std::vector<std::string>& more) {
    command what;
    what.arguments = {"/usr/bin/curl", "--silent", "--show-error",  "--include", "--noproxy", "*",
                      "--cacert",      trusted,    "--data-binary", "@-",        "--header",  "Expect:"};
    for (const auto& field : one.fields) {
        what.arguments.emplace_back("--header");
        what.arguments.push_back(field.name + ": " + field.value);
    }
    what.arguments.insert(what.arguments.end(), more.begin(), more.end());
    what.arguments.push_back(url);
    what.input = one.body;
    const auto done = run_command(what);
    EXPECT_EQ(done.status.code, 0) << url << ": " << done.errors;
    return parse_answer(done.output);
}

finished run_curl(std::vector<std::string> arguments) {
    command what;
    what.arguments = {"/usr/bin/curl", "--silent", "--show-error", "--noproxy", "*"};
    what.arguments.insert(what.arguments.end(), arguments.begin(), arguments.end());
    return run_command(what);
}

}  // namespace shopbell::test
