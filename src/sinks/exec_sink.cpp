#include "exec_sink.hpp"

#include "directories.hpp"
#include "excerpt.hpp"
#include "former_runs.hpp"
#include "makers.hpp"
#include "script.hpp"
#include "spawn.hpp"

#include <shopbell/config/reader.hpp>

#include <signal.h>
#include <string.h>

#include <algorithm>

namespace shopbell {
namespace {

namespace asio = boost::asio;

constexpr int exit_data_error = 65;  // EX_DATAERR

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name == nullptr ? std::string() : " (SIG" + std::string(name) + ")";
}

std::string response_of(const program_end& end) {
    std::string response = as_response(end.output, most_said);
    const std::string errors = as_response(end.errors, most_said - 1);
    if (!response.empty() && !errors.empty() && !response.ends_with('\n'))
        response += '\n';
    return response + errors;
}

/// One run of the program for each event.
class exec_sink final : public sink {
public:
    exec_sink(program start, const sink_context& context)
        : start_(std::move(start)),
          timeout_(context.timeout),
          before_(std::make_shared<former_runs>(start_, timeout_)),
          starter_(context.name) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }

    [[nodiscard]] std::string address() const override { return start_.arguments.front(); }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        std::vector<outcome> outcomes;
        for (const auto& content : events) {
            const bool alone = co_await await_former_runs();
            if (!alone) {
                outcomes.emplace_back(retry{start_.path + ", started before the daemon was, still runs"});
                continue;
            }
            program what = for_event(*content);
            const auto end = co_await run_program(std::move(what), timeout_, starter_);
            if (end)
                outcomes.push_back(classify_exit(*end, timeout_));
            else
                outcomes.emplace_back(retry{end.error().reason});
        }
        co_return outcomes;
    }

    [[nodiscard]] asio::awaitable<sink_finding> probe() override {
        auto look = [what = start_] { return check_program(what.path, search_path_of(what)); };
        const auto usable = co_await starter_.run(std::move(look), clock::now() + timeout_);
        sink_finding found;
        found.text = start_.path + " can be run";
        if (usable && *usable)
            co_return found;
        found.how = sink_finding::grade::bad;
        found.text = usable ? usable->error().reason : start_.path + " does not answer: a mount that hangs?";
        co_return found;
    }

private:
    using clock = std::chrono::steady_clock;

    /// Once they have ended, nothing has to be looked for again.
    [[nodiscard]] asio::awaitable<bool> await_former_runs() {
        if (alone_)
            co_return true;
        const auto until = clock::now() + timeout_;
        auto wait = [before = before_, until] { return before->end_before(until); };
        const auto ended = co_await starter_.run(std::move(wait), until + std::chrono::seconds(1));
        alone_ = ended.value_or(false);
        co_return alone_;
    }

    [[nodiscard]] program for_event(const event& content) const {
        program what = start_;
        what.environment.push_back("SHOPBELL_EVENT_ID=" + content.id);
        what.environment.push_back("SHOPBELL_EVENT_TYPE=" + content.type);
        what.environment.push_back("SHOPBELL_EVENT_ENDPOINT=" + content.endpoint);
        what.environment.push_back("SHOPBELL_EVENT_SUBJECT=" + content.subject);
        what.input = content.document + '\n';
        return what;
    }

    const program start_;
    const std::chrono::milliseconds timeout_;
    const std::shared_ptr<former_runs> before_;  // used by the starter only
    bool alone_ = false;
    blocking_thread starter_;
};

}  // namespace

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

outcome classify_exit(const program_end& end, std::chrono::milliseconds timeout) {
    const bool exited = end.why == program_end::cause::exited;
    if (exited && end.number == 0)
        return delivered{response_of(end)};
    if (exited && end.number == exit_data_error)
        return reject{describe(end, timeout), response_of(end)};
    return retry{describe(end, timeout), std::nullopt, response_of(end)};
}

result<> check_program(const std::string& path, std::string_view search_path) {
    if (const auto error = reason_against(path))
        return os_failure("cannot run", path, *error);
    if (const auto cause = why_not_runnable(path, search_path))
        return failure{errc::io, "cannot run " + path + ": " + *cause};
    return {};
}

result<std::string> find_program(const std::string& word, std::string_view search_path) {
    if (word.find('/') == std::string::npos) {
        const auto found = find_in_path(word, search_path);
        if (!found)
            return failure{errc::io, "there is no program \"" + word + "\" in PATH"};
        return find_program(*found, search_path);
    }
    if (auto usable = check_program(word, search_path); !usable)
        return usable.error();
    return word;
}

std::vector<std::string> inherited_environment(const std::function<const char*(const char*)>& look_up,
                                               const std::vector<std::string>& more) {
    std::vector<std::string> names{"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"};
    for (const std::string& name : more) {
        if (std::ranges::find(names, name) == names.end())
            names.push_back(name);
    }
    std::vector<std::string> all;
    for (const std::string& name : names) {
        if (const char* value = look_up(name.c_str()); value != nullptr)
            all.push_back(name + '=' + value);
    }
    return all;
}

std::unique_ptr<sink> make_exec(program start, const sink_context& context) {
    return std::make_unique<exec_sink>(std::move(start), context);
}

std::unique_ptr<sink> make_exec_sink(config::reader& keys, const sink_context& context) {
    auto start = read_program(keys);
    return start ? make_exec(*std::move(start), context) : nullptr;
}

}  // namespace shopbell
