#include "exec_sink.hpp"

#include "directories.hpp"
#include "excerpt.hpp"

#include <shopbell/config/reader.hpp>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace shopbell {
namespace {

namespace asio = boost::asio;

constexpr int exit_data_error = 65;  // EX_DATAERR

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name == nullptr ? std::string() : " (SIG" + std::string(name) + ")";
}

std::string describe(const program_end& end, std::chrono::milliseconds timeout) {
    if (end.why == program_end::cause::timed_out)
        return "killed after " + config::to_text(timeout) + ": it did not end in time";
    std::string reason = end.why == program_end::cause::exited
                             ? "exited with " + std::to_string(end.number)
                             : "killed by signal " + std::to_string(end.number) + signal_name(end.number);
    const std::string_view errors =
        std::string_view(end.errors)
            .substr(std::min(end.errors.find_first_not_of("\r\n"), end.errors.size()));
    if (const std::string line = excerpt(errors.substr(0, errors.find_first_of("\r\n"))); !line.empty())
        (reason += ": ") += line;
    return reason;
}

std::string response_of(const program_end& end) {
    std::string response = as_response(end.output, most_said);
    const std::string errors = as_response(end.errors, most_said - 1);
    if (!response.empty() && !errors.empty() && !response.ends_with('\n'))
        response += '\n';
    return response + errors;
}

/// Nothing where it may be run.
std::optional<int> reason_against(const std::string& path) {
    struct ::stat about {};
    if (::stat(path.c_str(), &about) != 0)
        return errno;
    if (S_ISDIR(about.st_mode))
        return EISDIR;
    if (!S_ISREG(about.st_mode) || ::access(path.c_str(), X_OK) != 0)
        return EACCES;
    return std::nullopt;
}

/// One run of the program for each event.
class exec_sink final : public sink {
public:
    exec_sink(program start, const sink_context& context)
        : start_(std::move(start)), timeout_(context.timeout), blocking_(context.blocking) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        std::vector<outcome> outcomes;
        for (const auto& one : events) {
            program what = for_event(*one);
            const auto end = co_await run_program(std::move(what), timeout_, blocking_);
            if (end)
                outcomes.push_back(classify_exit(*end, timeout_));
            else
                outcomes.emplace_back(retry{end.error().reason});
        }
        co_return outcomes;
    }

    [[nodiscard]] asio::awaitable<sink_finding> examine() override {
        sink_finding found;
        found.text = start_.path + " can be run";
        if (const auto against = reason_against(start_.path)) {
            found.how = sink_finding::grade::bad;
            found.text = os_failure("cannot run", start_.path, *against).reason;
        }
        co_return found;
    }

private:
    [[nodiscard]] program for_event(const event& one) const {
        program what = start_;
        what.environment.push_back("SHOPBELL_EVENT_ID=" + one.id);
        what.environment.push_back("SHOPBELL_EVENT_TYPE=" + one.type);
        what.environment.push_back("SHOPBELL_EVENT_ENDPOINT=" + one.endpoint);
        what.environment.push_back("SHOPBELL_EVENT_SUBJECT=" + one.subject);
        what.input = one.document + '\n';
        return what;
    }

    const program start_;
    const std::chrono::milliseconds timeout_;
    const asio::any_io_executor blocking_;
};

}  // namespace

outcome classify_exit(const program_end& end, std::chrono::milliseconds timeout) {
    const bool exited = end.why == program_end::cause::exited;
    if (exited && end.number == 0)
        return delivered{response_of(end)};
    if (exited && end.number == exit_data_error)
        return reject{describe(end, timeout), response_of(end)};
    return retry{describe(end, timeout), std::nullopt, response_of(end)};
}

result<std::string> find_program(const std::string& word, std::string_view search_path) {
    if (word.find('/') != std::string::npos) {
        if (const auto error = reason_against(word))
            return os_failure("cannot run", word, *error);
        return word;
    }
    // An empty part would mean the working directory, where nobody puts a daemon's programs on purpose.
    while (!search_path.empty()) {
        const auto end = std::min(search_path.find(':'), search_path.size());
        const std::string path = std::string(search_path.substr(0, end)) + '/' + word;
        if (end > 0 && !reason_against(path))
            return path;
        search_path.remove_prefix(std::min(end + 1, search_path.size()));
    }
    return failure{errc::io, "there is no program \"" + word + "\" in PATH"};
}

std::vector<std::string> inherited_environment(const std::function<const char*(const char*)>& look_up) {
    constexpr std::array names{"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"};
    std::vector<std::string> all;
    for (const char* name : names) {
        if (const char* value = look_up(name); value != nullptr)
            all.push_back(std::string(name) + '=' + value);
    }
    return all;
}

std::unique_ptr<sink> make_exec(program start, const sink_context& context) {
    return std::make_unique<exec_sink>(std::move(start), context);
}

}  // namespace shopbell
