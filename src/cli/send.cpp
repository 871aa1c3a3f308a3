#include <shopbell/cli/send.hpp>

#include <shopbell/cli/body_edit.hpp>
#include <shopbell/cli/choice.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>
#include <shopbell/cli/sender.hpp>
#include <shopbell/cli/target.hpp>
#include <shopbell/core/clock.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace shopbell {

namespace {

/// What is malformed was said on the command line; the rest failed by itself.
int refuse(const failure& why, std::ostream& err) {
    err << "shopbell send: " << why.reason << '\n';
    return why.code == errc::malformed ? exit_usage : exit_failed;
}

result<std::string> read_body(const std::string& file, const sample& one, std::istream& in) {
    if (file.empty())
        return one.body;
    if (file == "-")
        return std::string(std::istreambuf_iterator<char>(in), {});
    std::ifstream source(file, std::ios::binary);
    std::string body(std::istreambuf_iterator<char>(source), {});
    if (!source)
        return failure{errc::io, file + " cannot be read: " + std::generic_category().message(errno)};
    return body;
}

result<std::string> edited(std::string body, const std::vector<std::string>& changes) {
    for (const auto& change : changes) {
        const auto edit = body_edit::parse(change);
        if (!edit)
            return edit.error();
        auto changed = edit_body(body, *edit);
        if (!changed)
            return changed.error();
        body = *std::move(changed);
    }
    return body;
}

/// When a sample that is sent as it is happened: a store's repeat tells the time of the first.
constexpr time_point sample_time = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) +
                                   std::chrono::hours(4) + std::chrono::minutes(5) + std::chrono::seconds(6);

/// Where the body gets the id that makes it another delivery; empty: it stays the one that it is.
std::string fresh_id_of(const sample& one, const send_options& options) {
    const auto sets_id = [&one](const std::string& change) { return change.starts_with(one.id + "="); };
    const bool has_its_own = !options.body.empty() || std::ranges::any_of(options.changes, sets_id);
    return options.repeat || (has_its_own && options.count == 1) ? std::string() : one.id;
}

/// Grows from one call of the program to the next, so that numbers are never used twice.
std::uint64_t fresh_number() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

/// `here`: the daemon of this configuration, on this machine; null: whoever answers there. That daemon is
/// known by its certificate, whatever name that is for.
result<std::unique_ptr<http::client>> connect(const std::string& url, const http::server_settings* here) {
    auto parsed = http::url::parse(url);
    if (!parsed)
        return failure{errc::malformed, "the URL " + url + ": " + parsed.error().reason};
    http::client_settings settings;
    settings.url = *std::move(parsed);
    if (here != nullptr && here->tls != nullptr)
        settings.fingerprint = here->tls->fingerprint();
    const auto address = http::listen_address::parse(settings.url.host_header());
    settings.proxy_protocol = here != nullptr && address && demands_proxy_header(*here, *address);
    return http::client::create(std::move(settings));
}

/// Runs the whole plan on this thread and prints each answer; true when all of it was taken.
result<bool> carry_out(const send_plan& plan, std::unique_ptr<http::client> to, bool json, std::ostream& out,
                       std::ostream& err) {
    boost::asio::io_context context(1);
    // Its connections live on the loop, so it goes first.
    const auto owned = std::move(to);
    auto& target = *owned;
    const std::function<void(const send_answer&)> tell = [&](const send_answer& one) {
        if (json)
            out << to_json(one) << '\n' << std::flush;
        else if (one.status == 0)
            err << "shopbell send: " << to_line(one) << '\n';
        else
            out << to_line(one) << '\n' << std::flush;
    };
    result<bool> all_taken = false;
    auto finished = [&all_taken](std::exception_ptr thrown, result<bool> outcome) {
        if (thrown)
            std::rethrow_exception(thrown);
        all_taken = std::move(outcome);
    };
    boost::asio::co_spawn(context, send_all(target, plan, tell), std::move(finished));
    context.run();
    return all_taken;
}

result<bool> send_to(const endpoint& target, const configuration& all, const sample& one,
                     const send_options& options, std::istream& in, std::ostream& out, std::ostream& err) {
    auto body = read_body(options.body, one, in);
    if (body)
        body = edited(*std::move(body), options.changes);
    if (!body)
        return body.error();
    const auto& tls = all.server.tls;
    const bool is_local = options.url.empty();
    const auto url = is_local ? local_url(all.server.listen, tls != nullptr, target.path) : options.url;
    if (!url)
        return url.error();
    auto to = connect(*url, is_local ? &all.server : nullptr);
    if (!to)
        return to.error();
    send_plan plan;
    plan.source = target.source.get();
    plan.event = one.event;
    plan.body = *std::move(body);
    plan.vary = fresh_id_of(one, options);
    plan.first_number = fresh_number();
    plan.count = options.count;
    plan.rate = options.rate;
    if (options.repeat)
        plan.happened = sample_time;
    plan.how = options.tamper ? signing::broken : signing::genuine;
    const auto trial = plan.source->sign(plan.event, plan.body, signing::genuine);
    if (const auto holds = check_signed(*plan.source, trial); !holds)
        return holds.error();
    return carry_out(plan, *std::move(to), options.json, out, err);
}

}  // namespace

int send(const std::string& config_path, const send_options& options, std::istream& in, std::ostream& out,
         std::ostream& err) {
    const auto chosen = choose_sample(options.provider, options.event);
    if (!chosen)
        return refuse(chosen.error(), err);
    config::problems found(config_path);
    const auto all = load(config_path, found);
    if (found.has_errors()) {
        report(found, config::severity::error, err);
        return exit_configuration;
    }
    const auto target = choose_endpoint(all, options.provider, options.endpoint);
    if (!target)
        return refuse(target.error(), err);
    const auto all_taken = send_to(**target, all, *chosen, options, in, out, err);
    if (!all_taken)
        return refuse(all_taken.error(), err);
    return *all_taken ? exit_done : exit_failed;
}

}  // namespace shopbell
