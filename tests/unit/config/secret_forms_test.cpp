#include "support/temp_dir.hpp"

#include <shopbell/config/reader.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <set>
#include <string>

namespace shopbell::config {
namespace {

/// Sets a variable of the environment for one test.
class variable {
public:
    variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~variable() { ::unsetenv(name_); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;

private:
    const char* name_;
};

class a_secret : public testing::Test {
protected:
    /// Writes a file that only its owner can read.
    std::string keep(std::string_view name, std::string_view content, mode_t mode = 0600) {
        auto path = folder_.file(name);
        test::write_file(path, content);
        ::chmod(path.c_str(), mode);
        return path;
    }

    /// What the key "token" gives, joined by commas.
    std::string read(const std::string& toml, secret_kind kind = secret_kind::password) {
        problems found("x");
        const auto parsed = file::from_text(toml, found);
        std::string text;
        {
            auto root = parsed.root();
            for (const auto& one : root.secret("token", kind))
                text += (text.empty() ? "" : ",") + std::string(one.reveal());
        }
        problems_.clear();
        for (const auto& one : found.sorted())
            problems_ += found.describe(one).substr(2) + "\n";
        return text;
    }

    test::temp_dir folder_;
    std::string problems_;
};

TEST_F(a_secret, may_be_absent) {
    EXPECT_EQ(read(""), "");
    EXPECT_EQ(problems_, "");
}

TEST_F(a_secret, in_the_file_itself_is_taken_with_a_warning) {
    EXPECT_EQ(read("token = \"s3cret\""), "s3cret");
    EXPECT_EQ(problems_,
              "1:9: warning: \"token\" is in the file itself; prefer token_file, token_env or "
              "token_credential\n");
}

TEST_F(a_secret, may_be_one_of_several) {
    EXPECT_EQ(read("token = [\"new\", \"old\"]"), "new,old");
    EXPECT_EQ(problems_,
              "1:9: warning: \"token\" is in the file itself; prefer token_file, token_env or "
              "token_credential\n");
}

TEST_F(a_secret, in_a_file_of_its_own_loses_what_nobody_means) {
    const struct {
        const char* name;
        std::string content;
    } rows[] = {
        {"plain", "abc"},
        {"unix", "abc\n"},
        {"dos", "abc\r\n"},
        {"two", "abc\n\n"},
        {"return", "abc\r"},
        {"before", "\r\nabc"},
        {"mark",
         "\xEF\xBB\xBF"
         "abc\n"},
        {"little_endian", std::string("\xFF\xFE"
                                      "a\0b\0c\0\r\0\n\0",
                                      12)},
        {"big_endian", std::string("\xFE\xFF\0a\0b\0c\0\n", 10)},
        {"without_mark", std::string("a\0b\0c\0\n\0", 8)},
        {"with_a_further_line_end", std::string("\xFF\xFE"
                                                "a\0b\0c\0\n",
                                                9)},
        {"nul", std::string("abc\0", 4)},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(read("token_file = \"" + keep(row.name, row.content) + "\""), "abc") << row.name;
        EXPECT_EQ(problems_, "") << row.name;
    }
    EXPECT_EQ(read("token_file = \"" + keep("more", std::string("\xFF\xFE\xE9\0\x3D\xD8\0\xDE", 8)) + "\""),
              "é😀");
}

TEST_F(a_secret, that_is_hardly_meant_is_taken_with_a_warning) {
    const struct {
        const char *content, *doubt;
    } rows[] = {
        {" abc", "begins with a space"},
        {"abc ", "ends with a space"},
        {"abc \n", "ends with a space"},
        {"abc\t", "ends with a tab"},
        {"abc\xC2\xA0", "ends with U+00A0 (no-break space)"},
        {"\xE2\x80\x8B"
         "abc",
         "begins with U+200B (zero width space)"},
        {"a\xE2\x80\x8B"
         "bc",
         "has U+200B (zero width space) in it"},
        {"abc\nold", "has a line break in it"},
        {"\"abc\"", "stands in quotes"},
        {"'abc'", "stands in quotes"},
    };
    for (const auto& row : rows) {
        const auto text = read("token_file = \"" + keep("file", row.content) + "\"");
        EXPECT_EQ(text, row.content == std::string("abc \n") ? "abc " : row.content);
        EXPECT_EQ(problems_, "1:14: warning: the secret of \"token_file\" " + std::string(row.doubt) +
                                 ", which is hardly meant: enter it again, by hand or from another place\n");
    }
    EXPECT_EQ(read("token_file = \"" + keep("words", "correct horse é") + "\""), "correct horse é");
    EXPECT_EQ(problems_, "");
}

TEST_F(a_secret, that_a_program_made_has_no_white_space_around_it) {
    for (const auto* content : {" abc", "abc \r\n ", "\tabc\xC2\xA0\n",
                                "\xE2\x80\x8B"
                                "abc\xE2\x81\xA0"}) {
        EXPECT_EQ(read("token_file = \"" + keep("file", content) + "\"", secret_kind::token), "abc");
        EXPECT_EQ(problems_, "");
    }
    EXPECT_EQ(read("token_file = \"" + keep("file", "a bc") + "\"", secret_kind::token), "a bc");
    EXPECT_NE(problems_.find("has a space in it"), std::string::npos) << problems_;
    EXPECT_EQ(read("token_file = \"" + keep("file", " \xC2\xA0\n") + "\"", secret_kind::token), "");
    EXPECT_NE(problems_.find("which is empty"), std::string::npos) << problems_;
}

TEST_F(a_secret, may_be_in_several_files) {
    EXPECT_EQ(read("token_file = [\"" + keep("new", "1\n") + "\", \"" + keep("old", "2\n") + "\"]"), "1,2");
}

TEST_F(a_secret, in_a_file_that_others_can_read_is_taken_with_a_warning) {
    const auto path = keep("open", "abc", 0640);
    EXPECT_EQ(read("token_file = \"" + path + "\""), "abc");
    EXPECT_EQ(problems_, "1:14: warning: " + path +
                             " (\"token_file\") can be read by other users (mode 0640); run: chmod 600 " +
                             path + "\n");
}

TEST_F(a_secret, in_a_file_of_the_credentials_directory_is_systemds_to_guard) {
    const auto path = keep("hooks", "abc", 0440);
    const variable directory("CREDENTIALS_DIRECTORY", folder_.path().string());
    EXPECT_EQ(read("token_file = \"" + path + "\""), "abc");
    EXPECT_EQ(problems_, "");
}

TEST_F(a_secret, file_that_cannot_be_read_is_named_with_the_reason) {
    const auto path = folder_.file("none");
    EXPECT_EQ(read("\ntoken_file = \"" + path + "\""), "");
    EXPECT_EQ(problems_,
              "2:14: \"token_file\" names " + path + ", which cannot be read: No such file or directory\n");

    EXPECT_EQ(read("token_file = \"" + folder_.path().string() + "\""), "");
    EXPECT_EQ(problems_, "1:14: \"token_file\" names " + folder_.path().string() +
                             ", which cannot be read: Is a directory\n");

    const auto large = keep("large", std::string(65 * 1024, 'x'));
    EXPECT_EQ(read("token_file = \"" + large + "\""), "");
    EXPECT_EQ(problems_,
              "1:14: \"token_file\" names " + large + ", which cannot be read: larger than 64KiB\n");
}

TEST_F(a_secret, of_the_largest_size_is_read_whole) {
    const auto path = keep("full", std::string(64 * 1024, 'x'));
    EXPECT_EQ(read("token_file = \"" + path + "\"").size(), 64U * 1024);
}

TEST_F(a_secret, that_is_empty_is_refused) {
    EXPECT_EQ(read("token = \"\""), "");
    EXPECT_EQ(problems_, "1:9: \"token\" is empty\n");
    EXPECT_EQ(read("token = [\"a\", \"\"]"), "a");
    EXPECT_EQ(problems_.substr(problems_.find('\n') + 1), "1:15: \"token\" is empty\n");

    const auto path = keep("empty", "\n");
    EXPECT_EQ(read("token_file = \"" + path + "\""), "");
    EXPECT_EQ(problems_, "1:14: \"token_file\" names " + path + ", which is empty\n");
}

TEST_F(a_secret, in_the_environment_is_read_from_there) {
    for (const auto* value : {"from env", "from env\n", "from env\r",
                              "\xEF\xBB\xBF"
                              "from env\r\n"}) {
        const variable token("SHOPBELL_TEST_TOKEN", value);
        EXPECT_EQ(read("token_env = \"SHOPBELL_TEST_TOKEN\""), "from env");
        EXPECT_EQ(problems_, "");
    }
}

TEST_F(a_secret, in_a_variable_that_is_unset_or_empty_is_refused) {
    EXPECT_EQ(read("token_env = \"SHOPBELL_TEST_UNSET\""), "");
    EXPECT_EQ(problems_,
              "1:13: \"token_env\" names the environment variable SHOPBELL_TEST_UNSET, which is not set\n");
    const variable token("SHOPBELL_TEST_TOKEN", "");
    EXPECT_EQ(read("token_env = \"SHOPBELL_TEST_TOKEN\""), "");
    EXPECT_EQ(problems_,
              "1:13: \"token_env\" names the environment variable SHOPBELL_TEST_TOKEN, which is empty\n");
}

TEST_F(a_secret, written_where_a_variable_s_name_belongs_is_not_repeated) {
    EXPECT_EQ(read("token_env = \"6b6833aca1f51dc7ca84723dba452a79\""), "");
    EXPECT_EQ(problems_, "1:13: \"token_env\" names the environment variable, which is not set\n");
}

TEST_F(a_secret, of_systemd_is_read_from_the_credentials_directory) {
    const variable directory("CREDENTIALS_DIRECTORY", folder_.path().string());
    (void)keep("hooks", "from systemd\n", 0440);
    EXPECT_EQ(read("token_credential = \"hooks\""), "from systemd");
    EXPECT_EQ(problems_, "");

    EXPECT_EQ(read("token_credential = \"../etc/passwd\""), "");
    EXPECT_EQ(problems_, "1:20: \"token_credential\" expects the name of a credential, without \"/\"\n");

    EXPECT_EQ(read("token_credential = \"none\""), "");
    EXPECT_EQ(problems_, "1:20: \"token_credential\" names " + folder_.file("none") +
                             ", which cannot be read: No such file or directory\n");
}

TEST_F(a_secret, says_where_it_came_from_and_nothing_else) {
    using form = secret_source::form;
    const auto path = keep("hooks", "from a file\n");
    const variable set("SHOPBELL_TEST_TOKEN", "from env");
    problems found("x");
    const auto parsed = file::from_text("[[endpoint]]\ntoken_file = [\"" + path + "\", \"" + path +
                                            "\"]\nkey = \"literal\"\n[endpoint.codes]\n"
                                            "word_env = \"SHOPBELL_TEST_TOKEN\"\n"
                                            "[[endpoint]]\nkey_env = \"no variable\"\n",
                                        found);
    auto root = parsed.root();
    auto tables = root.tables("endpoint");
    ASSERT_EQ(tables.size(), 2U);
    (void)tables[0].secret("token");
    (void)tables[0].secret("token");
    (void)tables[0].secret("key");
    (void)tables[0].secret("other");
    (void)tables[0].table("codes").secret("word");
    const auto& sources = tables[0].sources_of_secrets();
    ASSERT_EQ(sources.size(), 3U);
    EXPECT_EQ(sources[0].key, "token");
    EXPECT_EQ(sources[0].from, form::file);
    EXPECT_EQ(sources[0].count, 2U);
    EXPECT_EQ(sources[0].names, (std::vector<std::string>{path, path}));
    EXPECT_EQ(sources[1].from, form::literal);
    EXPECT_EQ(sources[1].count, 1U);
    EXPECT_TRUE(sources[1].names.empty());
    EXPECT_EQ(sources[2].key, "word");
    EXPECT_EQ(sources[2].from, form::environment);
    EXPECT_EQ(sources[2].names, std::vector<std::string>{"SHOPBELL_TEST_TOKEN"});

    (void)tables[1].secret("key");
    const auto& wrong = tables[1].sources_of_secrets();
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_EQ(wrong[0].count, 0U);
    EXPECT_TRUE(wrong[0].names.empty()) << "what is no name may be the secret itself";
}

TEST_F(a_secret, of_systemd_needs_systemd) {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_EQ(read("token_credential = \"hooks\""), "");
    EXPECT_EQ(
        problems_,
        "1:20: \"token_credential\" needs $CREDENTIALS_DIRECTORY, which systemd sets for a service with "
        "LoadCredential=\n");
}

TEST_F(a_secret, given_twice_is_refused_at_the_second) {
    (void)read("token = \"a\"\ntoken_env = \"PATH\"");
    EXPECT_EQ(problems_.substr(problems_.find('\n') + 1),
              "2:13: \"token_env\" is given beside \"token\"; use only one of the four forms\n");
}

TEST_F(a_secret, of_another_type_is_refused_without_its_value) {
    EXPECT_EQ(read("token = 424242"), "");
    EXPECT_EQ(problems_, "1:9: \"token\" expects a string or an array of strings, got an integer\n");
    EXPECT_EQ(read("token = []"), "");
    EXPECT_EQ(problems_, "1:9: \"token\" expects a string or an array of strings, got an empty array\n");
    EXPECT_EQ(read("token_file = [7]"), "");
    EXPECT_EQ(problems_, "1:15: every element of \"token_file\" must be a string, got an integer\n");
}

TEST(whether_a_secret_is_given, is_true_of_each_form) {
    for (const auto* key : {"token", "token_file", "token_env", "token_credential"}) {
        problems found("x");
        const auto parsed = file::from_text(std::string(key) + " = 1", found);
        auto root = parsed.root();
        EXPECT_TRUE(root.has_secret("token")) << key;
        EXPECT_FALSE(root.has_secret("toke")) << key;
        root.ignore_unknown();
    }
}

TEST_F(a_secret, is_known_by_the_file_that_it_is_in) {
    const auto first = keep("first", "1"), second = keep("second", "2");
    const variable elsewhere("SHOPBELL_TEST_TOKEN", "3");
    problems found("x");
    const auto parsed = file::from_text("a_file = [\"" + first + "\", \"/nowhere/x\"]\nb_file = \"" + first +
                                            "\"\nc_env = \"SHOPBELL_TEST_TOKEN\"\n[[t]]\nd_file = \"" +
                                            second + "\"\n[u]\ne_file = \"/not/asked/for\"\n",
                                        found);
    {
        auto root = parsed.root();
        for (const auto* const key : {"a", "b", "c"})
            (void)root.secret(key);
        for (auto& table : root.tables("t"))
            (void)table.secret("d");
    }
    const auto files = parsed.secret_files();
    const std::set<std::string> named(files.begin(), files.end());
    EXPECT_EQ(named, (std::set<std::string>{first, second, "/nowhere/x"}));
    EXPECT_EQ(files.size(), named.size());
}

/// A key that gives the path of a file, whatever its name ends with.
class a_file_of_its_own : public a_secret {
protected:
    std::string read_both(const std::string& toml) {
        problems found("x");
        const auto parsed = file::from_text(toml, found);
        std::string text;
        {
            auto root = parsed.root();
            text = root.required_file("open");
            if (const auto closed = root.required_secret_file("closed"))
                text += "," + std::string(closed->reveal());
        }
        secret_files_ = parsed.secret_files();
        problems_.clear();
        for (const auto& one : found.sorted())
            problems_ += found.describe(one).substr(2) + "\n";
        return text;
    }

    std::vector<std::string> secret_files_;
};

TEST_F(a_file_of_its_own, is_read) {
    const auto open = keep("open", "a\n", 0644), closed = keep("closed", "b\n");
    EXPECT_EQ(read_both("open = \"" + open + "\"\nclosed = \"" + closed + "\""), "a\n,b");
    EXPECT_EQ(problems_, "");
    EXPECT_EQ(secret_files_, std::vector<std::string>{closed});
}

TEST_F(a_file_of_its_own, must_be_there_to_be_read) {
    EXPECT_EQ(read_both("open = \"/nowhere\"\nclosed = \"/nowhere\""), "");
    EXPECT_EQ(problems_,
              "1:8: \"open\" names /nowhere, which cannot be read: No such file or directory\n"
              "2:10: \"closed\" names /nowhere, which cannot be read: No such file or directory\n");
    EXPECT_EQ(read_both("open = 1"), "");
    EXPECT_EQ(problems_,
              "1:1: \"closed\" is missing; it takes a string\n"
              "1:8: \"open\" expects a string, got an integer\n");
}

TEST_F(a_file_of_its_own, with_a_secret_is_for_nobody_else) {
    const auto closed = keep("closed", "b", 0644);
    EXPECT_EQ(read_both("open = \"" + closed + "\"\nclosed = \"" + closed + "\""), "b,b");
    EXPECT_EQ(problems_, "2:10: warning: " + closed +
                             " (\"closed\") can be read by other users (mode 0644); run: chmod 600 " +
                             closed + "\n");
}

}  // namespace
}  // namespace shopbell::config
