#include "support/shop.hpp"

#include "support/daemon.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

namespace shopbell::test {
namespace {

constexpr std::chrono::seconds longest_wait{60};

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Wakes at every change in the folder of a file.
class folder_watch {
public:
    explicit folder_watch(const std::string& path) : notices_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
        const auto folder = path.substr(0, path.rfind('/'));
        constexpr unsigned changes = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE;
        EXPECT_GE(::inotify_add_watch(notices_, folder.c_str(), changes), 0) << folder;
    }
    ~folder_watch() { ::close(notices_); }
    folder_watch(const folder_watch&) = delete;
    folder_watch& operator=(const folder_watch&) = delete;

    bool wait_until(std::chrono::steady_clock::time_point bound) const {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(bound - std::chrono::steady_clock::now());
        ::pollfd change{notices_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&change, 1, static_cast<int>(left.count())) <= 0)
            return false;
        std::array<char, 4096> names{};
        while (::read(notices_, names.data(), names.size()) > 0) {
        }
        return true;
    }

private:
    int notices_;
};

bool wait_for(const std::string& path, const std::function<bool(const std::string&)>& holds) {
    const folder_watch watch(path);
    const auto bound = std::chrono::steady_clock::now() + longest_wait;
    while (!holds(content(path))) {
        if (!watch.wait_until(bound))
            return false;
    }
    return true;
}

}  // namespace

std::string three_endpoints() {
    return "[[endpoint]]\nname = \"jumpseller\"\npath = \"/hooks/jumpseller\"\nprovider = \"jumpseller\"\n"
           "store = \"mystore\"\nhooks_token = " +
           in_quotes(hooks_token) +
           "\n[[endpoint]]\nname = \"ejunkie\"\npath = \"/hooks/ejunkie\"\nprovider = \"ejunkie\"\n"
           "handshake = " +
           in_quotes(handshake) +
           "\n[[endpoint]]\nname = \"usaepay\"\npath = \"/hooks/usaepay\"\nprovider = \"usaepay\"\n"
           "signature_key = " +
           in_quotes(signature_key) + "\n";
}

std::string forward_sink(std::string_view name, std::string_view url, std::string_view more) {
    const auto quoted_name = in_quotes(name);
    return "[[sink]]\nname = " + quoted_name + "\ntype = \"forward\"\nurl = " + in_quotes(url) +
           "\nretry = { initial = \"20ms\", max = \"200ms\" }\n" + std::string(more) +
           "\n[[route]]\nevents = [\"**\"]\nsinks = [" + quoted_name + "]\n";
}

shop::shop(const shop_settings& settings) : config_(folder_.file("shopbell.toml")) {
    write_config(settings);
}

std::string shop::file_and_log() const {
    return "[[sink]]\nname = \"events-file\"\ntype = \"file\"\npath = " + in_quotes(events()) +
           "\nretry = { initial = \"20ms\", max = \"200ms\" }\n"
           "[[sink]]\nname = \"log\"\ntype = \"log\"\n"
           "[[route]]\nevents = [\"**\"]\nsinks = [\"events-file\", \"log\"]\n";
}

void shop::write_config(const shop_settings& settings) {
    const auto inbox_path = settings.inbox_path.empty() ? inbox() : settings.inbox_path;
    const auto engine = settings.inbox_engine.empty()
                            ? "path = " + in_quotes(inbox_path) + "\n" + settings.inbox
                            : settings.inbox_engine;
    const auto admin =
        settings.operated ? "listen = " + in_quotes("unix:" + file("admin.sock")) : settings.admin;
    write_file(config_, "[server]\nlisten = [" + in_quotes(settings.listen) + "]\n" + settings.server +
                            "\n[admin]\n" + admin + "\n[inbox]\n" + engine + "\n[log]\n" + settings.log +
                            "\n" + (settings.endpoints.empty() ? three_endpoints() : settings.endpoints) +
                            (settings.sinks.empty() ? file_and_log() : settings.sinks));
}

std::vector<nlohmann::json> shop::ask(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const auto done = run_shopbell(config_, arguments);
    EXPECT_EQ(done.status.code, 0) << ::testing::PrintToString(arguments) << ": " << done.errors;
    std::vector<nlohmann::json> lines;
    std::istringstream text(done.output);
    for (std::string line; std::getline(text, line);) {
        lines.push_back(nlohmann::json::parse(line, nullptr, false));
        EXPECT_FALSE(lines.back().is_discarded()) << line;
    }
    return lines;
}

std::vector<nlohmann::json> read_events(const std::string& path) {
    std::vector<nlohmann::json> events;
    const auto text = content(path);
    for (std::size_t start = 0; start < text.size();) {
        const auto end = text.find('\n', start);
        if (end == text.npos) {
            ADD_FAILURE() << path << " ends in a torn line: " << text.substr(start, 200);
            break;
        }
        events.push_back(nlohmann::json::parse(text.substr(start, end - start), nullptr, false));
        EXPECT_FALSE(events.back().is_discarded()) << "not JSON: " << text.substr(start, end - start);
        start = end + 1;
    }
    return events;
}

std::vector<nlohmann::json> wait_for_events(const std::string& path, std::size_t count) {
    const auto enough = [count](const std::string& text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= count &&
               text.ends_with('\n');
    };
    EXPECT_TRUE(wait_for(path, enough)) << path << " has fewer than " << count << " lines:\n"
                                        << content(path);
    return read_events(path);
}

void wait_for_text(const std::string& path, std::string_view text) {
    const auto holds = [text](const std::string& all) { return all.find(text) != all.npos; };
    EXPECT_TRUE(wait_for(path, holds)) << path << " does not hold " << text;
}

}  // namespace shopbell::test
