#pragma once

#include "support/run.hpp"

#include <shopbell/sinks/registry.hpp>

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace shopbell::test {

/// "delivered", "retry: why", "retry after 2000: why" (milliseconds) or "reject: why".
inline std::string describe(const outcome& one) {
    if (const auto* later = std::get_if<retry>(&one)) {
        const std::string wait = later->wait ? " after " + std::to_string(later->wait->count()) : "";
        return "retry" + wait + ": " + later->why;
    }
    if (const auto* never = std::get_if<reject>(&one))
        return "reject: " + never->why;
    return "delivered";
}

inline std::string response_of(const outcome& one) {
    return std::visit([](const auto& any) { return any.response; }, one);
}

/// An event with a document of its own.
inline std::shared_ptr<event> make_event(std::string id, std::string type = "jumpseller.order.paid") {
    auto one = std::make_shared<event>();
    one->id = std::move(id);
    one->endpoint = "jumpseller-main";
    one->provider = "jumpseller";
    one->type = std::move(type);
    one->subject = "order/1026";
    one->accepted_at = time_point(std::chrono::milliseconds(1'795'276'305'279));  // 2026-11-21T15:51:45.279Z
    one->document = R"({"specversion":"1.0","id":")" + one->id + R"("})";
    return one;
}

/// Builds sinks from the keys of a [[sink]] table, and drives them.
class sink_workbench {
public:
    /// The problems of the keys are in `problems`, as `check` prints them.
    std::unique_ptr<sink> make(std::string_view type, const std::string& toml) {
        config::problems found("sink.toml");
        std::unique_ptr<sink> made;
        {
            const config::file file = config::file::from_text(toml, found);
            config::reader keys = file.root();
            const sink_context context{"test", timeout, 4, lines, files, least_level};
            made = find_sink_type(type)->make(keys, context);
        }
        problems.clear();
        for (const auto& one : found.sorted())
            problems.push_back(found.describe(one));
        return made;
    }

    std::vector<std::string> deliver(sink& to, event_batch events) {
        std::vector<std::string> described;
        for (const outcome& one : run(context_, to.deliver(std::move(events))))
            described.push_back(describe(one));
        return described;
    }

    outcome deliver_for_outcome(sink& to, std::shared_ptr<const event> one) {
        event_batch events{std::move(one)};
        return run(context_, to.deliver(std::move(events))).at(0);
    }

    std::string deliver_one(sink& to, std::shared_ptr<const event> one) {
        return deliver(to, {std::move(one)}).at(0);
    }

    sink_finding inspect(sink& target) { return run(context_, target.probe()); }

    std::vector<std::string> problems;
    std::chrono::milliseconds timeout{10'000};
    std::shared_ptr<log> lines = log::null();
    log_level least_level = log_level::trace;
    std::shared_ptr<shared_files> files = std::make_shared<shared_files>();

private:
    boost::asio::io_context context_{1};
};

}  // namespace shopbell::test
