#include "../src/admin/routes.hpp"

#include "support/places.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace shopbell::test {
namespace {

found_route find(std::string method, std::string path) {
    http::request_head head;
    head.method = std::move(method);
    head.path = std::move(path);
    return find_route(head);
}

struct route_row {
    const char* name;
    const char* method;
    const char* path;
    std::string_view row;  ///< empty: there is none
    access_rule access = access_rule::operators;
    std::string_view allowed = {};
};

class a_request : public testing::TestWithParam<route_row> {};

TEST_P(a_request, is_led_to_one_row_whose_rule_of_access_holds) {
    const auto& wanted = GetParam();
    const auto found = find(wanted.method, wanted.path);
    EXPECT_EQ(found.row == nullptr ? "" : found.row->path, wanted.row);
    EXPECT_EQ(found.access, wanted.access);
    EXPECT_EQ(found.allowed, wanted.allowed);
    const auto refused = refuse_route(found);
    ASSERT_EQ(refused.has_value(), wanted.row.empty());
    if (refused) {
        EXPECT_EQ(refused->status, wanted.allowed.empty() ? 404U : 405U);
    }
}

using enum access_rule;
INSTANTIATE_TEST_SUITE_P(
    paths, a_request,
    testing::Values(route_row{"start", "GET", "/", "/", files},
                    route_row{"start_head", "HEAD", "/", "/", files},
                    route_row{"start_post", "POST", "/", "", files, "GET, HEAD"},
                    route_row{"icon", "GET", "/favicon.ico", "/favicon.ico", files},
                    route_row{"page_file", "GET", "/page/0123/views/now.js", "/page/**", files},
                    route_row{"page_folder", "GET", "/page/", "/page/**", files},
                    route_row{"page_alone", "GET", "/page", "", machines},
                    route_row{"index", "GET", "/index.html", "", machines},
                    route_row{"health", "GET", "/healthz", "/healthz", machines},
                    route_row{"metrics_change", "DELETE", "/metrics", "", machines, "GET, HEAD"},
                    route_row{"nothing", "GET", "/nothing", "", machines},
                    route_row{"api_alone", "GET", "/api", ""}, route_row{"api_folder", "GET", "/api/", ""},
                    route_row{"api_alike", "GET", "/apix/events", "", machines},
                    route_row{"api_nothing", "GET", "/api/nothing", ""},
                    route_row{"events", "GET", "/api/events", "/api/events"},
                    route_row{"search", "POST", "/api/events/search", "/api/events/search"},
                    route_row{"event_named_search", "GET", "/api/events/search", "/api/events/*"},
                    route_row{"pause_by_get", "GET", "/api/sinks/crm/pause", "", operators, "POST"},
                    route_row{"event_by_post", "POST", "/api/events/abc", "", operators, "GET, HEAD"},
                    route_row{"too_deep", "GET", "/api/events/abc/sent/x", ""},
                    route_row{"malformed", "GET", "/api/events/%zz", ""}),
    [](const auto& row) { return row.param.name; });

TEST(a_found_route, has_the_segments_that_its_path_leaves_open) {
    EXPECT_EQ(find("POST", "/api/dead/a%2Fb/0193/retry").open, (std::vector<std::string>{"a/b", "0193"}));
    EXPECT_TRUE(find("GET", "/api/events").open.empty());
}

// docs/api.md.

struct documented_route {
    std::set<std::string> parameters;
};
using documented_routes = std::map<std::string, documented_route>;  ///< by "GET /api/events/*"

/// "{id}" of the document is "*" of the table; what is below /page/ is one row.
std::string as_in_the_table(std::string path) {
    if (path == "/page/{hash}/{path}")
        return "/page/**";
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'))
        path.replace(open, path.find('}', open) - open + 1, "*");
    return path;
}

/// The words in `backticks`, without what stands in brackets.
std::vector<std::string> quoted_words(const std::string& text) {
    std::vector<std::string> words;
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        if (text[at] != '`')
            continue;
        const auto end = text.find('`', at + 1);
        if (end == std::string::npos)
            break;
        if (depth == 0)
            words.push_back(text.substr(at + 1, end - at - 1));
        at = end;
    }
    return words;
}

std::string name_of(const std::string& heading) {
    std::istringstream words(heading);
    std::string method, path;
    words >> method >> path;
    return path.starts_with('/') ? method + " " + as_in_the_table(path) : std::string();
}

documented_routes read_documented() {
    std::ifstream in(source_folder() + "/docs/api.md");
    EXPECT_TRUE(in);
    documented_routes all;
    std::string line, section, parameters;
    const auto end_paragraph = [&] {
        const auto listed = quoted_words(parameters.substr(0, parameters.find("Body:")));
        if (!parameters.empty())
            all[section].parameters = {listed.begin(), listed.end()};
        parameters.clear();
    };
    while (std::getline(in, line)) {
        if (line.starts_with("## ")) {
            section = name_of(line.substr(3));
            if (!section.empty())
                all[section];
        } else if (line.starts_with("| `") && section.empty()) {  // health, metrics, page
            for (const auto& word : quoted_words(line.substr(0, line.find('|', 1)))) {
                if (const auto name = name_of(word); !name.empty())
                    all[name];
            }
        } else if (line.starts_with("Parameters:") || (!parameters.empty() && !line.empty())) {
            parameters += line + ' ';
        } else {
            end_paragraph();
        }
    }
    return all;
}

TEST(documented_api, is_the_table_of_routes_both_ways) {
    auto documented = read_documented();
    for (const auto& row : admin_routes()) {
        const auto name = std::string(row.method) + " " + std::string(row.path);
        const auto found = documented.find(name);
        ASSERT_NE(found, documented.end()) << name << " is not in docs/api.md";
        EXPECT_EQ(found->second.parameters,
                  (std::set<std::string>{row.parameters.begin(), row.parameters.end()}))
            << name;
        documented.erase(found);
    }
    for (const auto& [name, rest] : documented)
        ADD_FAILURE() << name << " of docs/api.md is not served";
}

}  // namespace
}  // namespace shopbell::test
