#include <shopbell/http/server.hpp>

#include "listener.hpp"
#include "worker.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace shopbell::http {

namespace {

std::size_t descriptors_for_connections(std::size_t spare) {
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return std::numeric_limits<std::size_t>::max();
    return limit.rlim_cur - std::min<std::size_t>(limit.rlim_cur, spare);
}

}  // namespace

struct server::state {
    state(server_settings wanted, const handler& answering, std::shared_ptr<log> output)
        : settings(std::move(wanted)),
          answer(answering),
          lines(std::move(output)),
          refusals(*lines, settings.refusals),
          tls(settings.tls),
          connections{.clients = connection_limiter(settings.max_connections_per_client),
                      .most_descriptors = descriptors_for_connections(settings.spare_descriptors)},
          bodies(std::max(settings.body_budget, settings.max_body)) {}

    server_settings settings;
    const handler& answer;
    std::shared_ptr<log> lines;
    rate_limited_log refusals;
    snapshot<tls_identity> tls;
    connection_count connections;
    body_budget bodies;
    void share_out(listener opened) {
        auto next = workers.begin();
        for (auto& socket : opened.sockets)
            (next++)->add(std::move(socket), opened.owner);
        addresses.push_back(std::move(opened.address));
        files.push_back(std::move(opened.file));
    }

    std::vector<listen_address> addresses;
    std::vector<socket_file> files;
    std::list<worker> workers;
    bool started = false;
};

server::server(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

server::~server() {
    drain(std::chrono::milliseconds(0));
}

result<std::unique_ptr<server>> server::bind(server_settings settings, const handler& answer,
                                             std::shared_ptr<log> lines,
                                             std::vector<file_descriptor> inherited) {
    if (settings.threads == 0)
        settings.threads = std::max(1U, std::thread::hardware_concurrency());
    auto content = std::make_unique<state>(std::move(settings), answer, std::move(lines));
    for (unsigned i = 0; i < content->settings.threads; ++i)
        content->workers.emplace_back(content->settings, answer, *content->lines, content->refusals,
                                      content->connections, content->bodies, content->tls);
    if (!inherited.empty())
        content->settings.listen.clear();
    for (auto& socket : inherited) {
        auto opened = listen_on_inherited(std::move(socket), content->settings.threads);
        if (!opened)
            return opened.error();
        content->share_out(std::move(*opened));
    }
    for (const auto& address : content->settings.listen) {
        auto opened = listen_on(address, content->settings.threads);
        if (!opened)
            return opened.error();
        content->share_out(std::move(*opened));
    }
    return std::unique_ptr<server>(new server(std::move(content)));
}

void server::start() {
    if (std::exchange(state_->started, true))
        return;
    unsigned number = 0;
    for (auto& thread : state_->workers)
        thread.start(number++);
}

const std::vector<listen_address>& server::addresses() const noexcept {
    return state_->addresses;
}

void server::replace_tls(std::shared_ptr<const tls_identity> tls) {
    state_->tls.set(std::move(tls));
}

connection_totals server::connections() const noexcept {
    const auto& count = state_->connections;
    return {count.open.load(), count.refused.load(), count.refused_client.load()};
}

std::size_t server::threads() const noexcept {
    return state_->workers.size();
}

void server::ping(std::size_t thread, std::function<void()> answered) {
    std::next(state_->workers.begin(), static_cast<std::ptrdiff_t>(thread))->ping(std::move(answered));
}

std::size_t server::drain(std::chrono::milliseconds timeout) {
    // First the names: who finds no socket file does not wait in a queue that nobody reads.
    state_->files.clear();
    std::size_t cut = 0;
    if (!state_->started) {
        state_->workers.clear();
        return cut;
    }
    for (auto& thread : state_->workers)
        thread.drain(timeout);
    for (auto& thread : state_->workers)
        cut += thread.join();
    log_suppressed(state_->refusals, *state_->lines, state_->settings.request_level);
    return cut;
}

}  // namespace shopbell::http
