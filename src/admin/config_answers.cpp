#include "answers.hpp"

#include <shopbell/core/json.hpp>

#include <boost/asio/steady_timer.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shopbell {

namespace {

void write_problems(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.key(name).begin_array();
    for (const auto& text : texts)
        out.string(text);
    out.end_array();
}

/// Nothing where the file cannot be looked at.
std::optional<time_point> changed_at(const std::string& path) {
    struct ::stat seen {};
    if (::stat(path.c_str(), &seen) != 0)
        return std::nullopt;
    const auto since_epoch =
        std::chrono::seconds(seen.st_mtim.tv_sec) + std::chrono::nanoseconds(seen.st_mtim.tv_nsec);
    return time_point(std::chrono::floor<std::chrono::milliseconds>(since_epoch));
}

/// The routes as described, each with how many events of the last 24 hours it takes.
void write_routes(json_writer& out, const json::value& described,
                  const std::optional<std::vector<std::uint64_t>>& matched) {
    out.begin_array();
    std::size_t index = 0;
    for (const auto& route : described.elements()) {
        out.begin_object();
        for (const auto& [name, content] : route.members())
            out.key(name).raw(content.raw());
        if (matched && index < matched->size())
            out.key("matched_24h").integer(static_cast<long long>((*matched)[index]));
        ++index;
        out.end_object();
    }
    out.end_array();
}

/// Waits for another reading than that; false where none comes in time.
asio::awaitable<bool> await_reading(const reload_record& reloads, std::uint64_t generation) {
    constexpr std::chrono::milliseconds pause{10};
    constexpr std::chrono::seconds patience{20};
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (reloads.latest().generation == generation) {
        if (std::chrono::steady_clock::now() >= end)
            co_return false;
        timer.expires_after(pause);
        co_await timer.async_wait(as_result);
    }
    co_return true;
}

}  // namespace

/// The configuration in force, what the last reading of the file said, and whether the file has changed
/// since.
asio::awaitable<http::response> show_config(api_state& in, api_call) {
    const auto& around = in.around;
    if (around.reloads == nullptr)
        co_return not_running();
    const auto latest = around.reloads->latest();
    const auto loaded_at = around.reloads->loaded_at();
    const auto changed = changed_at(around.config_path);
    // The configuration is shown also where the inbox cannot be read: it may be what is wrong.
    const auto counted = co_await in.matched.count(around.events, now());
    const auto matched = counted ? *counted : std::nullopt;
    json_writer out;
    out.begin_object().field("file", around.config_path).field("loaded_at", to_rfc3339(loaded_at));
    if (changed)
        out.field("file_changed_at", to_rfc3339(*changed));
    out.key("differs").boolean(!changed || *changed > loaded_at || !latest.in_force);
    write_problems(out, "problems", latest.problems);
    write_problems(out, "restart_needed", latest.restart_needed);
    if (const auto described = json::document::parse(*around.configured)) {
        for (const auto& [name, content] : described->root().members()) {
            out.key(name);
            if (name == "routes")
                write_routes(out, content, matched);
            else
                out.raw(content.raw());
        }
    }
    out.end_object();
    co_return answer_with(out);
}

/// Reads the configuration anew, as SIGHUP does, and answers what came of it.
asio::awaitable<http::response> reload_config(api_state& in, api_call) {
    auto* const reloads = in.around.reloads;
    if (reloads == nullptr)
        co_return not_running();
    const auto before = reloads->latest().generation;
    const bool asked = ::kill(::getpid(), SIGHUP) == 0;
    bool read = false;
    if (asked)
        read = co_await await_reading(*reloads, before);
    if (!read)
        co_return http::response::error(503, "the configuration was not read anew: see the log");
    const auto latest = reloads->latest();
    json_writer out;
    out.begin_object().key("in_force").boolean(latest.in_force);
    write_problems(out, "problems", latest.problems);
    write_problems(out, "restart_needed", latest.restart_needed);
    out.end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
