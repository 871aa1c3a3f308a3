#include "support/daemon.hpp"

#include "support/places.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace shopbell::test {
namespace {

bool has_all(std::string_view line, const std::vector<std::string>& texts) {
    return std::all_of(texts.begin(), texts.end(),
                       [line](const std::string& text) { return line.find(text) != line.npos; });
}

/// The line about the stores' listener, in either of the log's formats.
bool tells_address(std::string_view line) {
    return line.find(R"("message":"listening")") != line.npos ||
           line.find(" listening address=") != line.npos;
}

std::uint16_t port_in(std::string_view text) {
    constexpr std::string_view host = "127.0.0.1:";
    auto at = text.find(R"("message":"listening")");
    at = text.find(host, at == text.npos ? text.find(" listening address=") : at);
    if (at == text.npos)
        return 0;
    return static_cast<std::uint16_t>(std::strtoul(text.data() + at + host.size(), nullptr, 10));
}

std::uint16_t port_of(const process& running, const std::string& log_file) {
    if (!log_file.empty()) {
        wait_for_text(log_file, "\"serving\"");
        return port_in(read_file(log_file));
    }
    const auto line = running.output().wait_for(tells_address);
    return line ? port_in(*line) : std::uint16_t{0};
}

}  // namespace

command serve(const std::string& config, const std::string& folder) {
    command one;
    one.arguments = {shopbell_binary(), "--config", config, "serve"};
    one.folder = folder;
    return one;
}

finished run_shopbell(const std::string& config, std::vector<std::string> arguments, std::string input) {
    command one;
    one.arguments = {shopbell_binary(), "--config", config};
    one.arguments.insert(one.arguments.end(), arguments.begin(), arguments.end());
    one.input = std::move(input);
    return run_command(one);
}

receipt read_receipt(raw_answer answer) {
    receipt read;
    read.status = answer.status;
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    if (body.is_object()) {
        read.outcome = body.value("status", body.value("error", ""));
        read.id = body.value("id", "");
    }
    read.raw = std::move(answer);
    return read;
}

daemon::daemon(const std::string& config, const std::string& log_file, const std::string& folder)
    : daemon(serve(config, folder), log_file) {}

daemon::daemon(const command& how, const std::string& log_file)
    : process_(how), port_(port_of(process_, log_file)) {
    if (port_ == 0) {
        process_.signal(SIGKILL);
        process_.wait();
        throw std::runtime_error("the daemon does not listen:\n" + written());
    }
}

daemon::~daemon() {
    // A sanitizer reports on the standard error, and where it found a leak only at the end.
    const auto errors = process_.errors().text();
    EXPECT_EQ(errors.find("Sanitizer"), errors.npos) << errors;
}

std::string daemon::written() const {
    return process_.output().text() + process_.errors().text();
}

std::string daemon::whole_log() const {
    (void)process_.output().wait_for([](std::string_view) { return false; });
    return process_.output().text();
}

receipt daemon::send(const store_request& one, std::string_view method) const {
    raw_client client(port_);
    return read_receipt(client.ask(one.bytes(method)));
}

nlohmann::json daemon::wait_for_log(const std::vector<std::string>& texts, std::size_t from) const {
    const auto line =
        process_.output().wait_for([&texts](std::string_view one) { return has_all(one, texts); }, from);
    if (!line) {
        ADD_FAILURE() << "no line of the log holds " << ::testing::PrintToString(texts) << ":\n" << written();
        return {};
    }
    return nlohmann::json::parse(*line, nullptr, false);
}

std::size_t daemon::count_log(const std::vector<std::string>& texts) const {
    const auto text = process_.output().text();
    std::size_t count = 0;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        if (has_all(std::string_view(text).substr(start, end - start), texts))
            ++count;
        start = end + 1;
    }
    return count;
}

void daemon::limit_file_size(std::uint64_t bytes) const {
    ::rlimit limit{};
    EXPECT_EQ(::prlimit(id(), RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = bytes;  // the hard limit stays, so that it can be raised again
    EXPECT_EQ(::prlimit(id(), RLIMIT_FSIZE, &limit, nullptr), 0);
}

void daemon::limit_memory(std::uint64_t more_bytes) const {
    std::ifstream pages("/proc/" + std::to_string(id()) + "/statm");
    std::uint64_t taken = 0;
    pages >> taken;
    ::rlimit limit{};
    EXPECT_EQ(::prlimit(id(), RLIMIT_AS, nullptr, &limit), 0);
    limit.rlim_cur = taken * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + more_bytes;
    EXPECT_EQ(::prlimit(id(), RLIMIT_AS, &limit, nullptr), 0);
}

exit_status daemon::stop() {
    process_.signal(SIGTERM);
    const auto end = process_.wait();
    EXPECT_EQ(end.signal, 0) << "it did not stop by itself; it wrote:\n" << written();
    return end;
}

void daemon::kill() {
    process_.signal(SIGKILL);
    process_.wait();
}

}  // namespace shopbell::test
