#pragma once

#include <shopbell/admin/operator_api.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace shopbell {

/// Tells the log who saw a person's data: one line for each event and client in ten seconds, since one click
/// may take two calls. Thread-safe.
class personal_data_log {
public:
    void note(const operator_services& around, const std::string& event_id, const api_caller& who);

private:
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::chrono::steady_clock::time_point> told_;
};

/// Tells the log of a change that was carried out: what, with which filter, how many, and by whom. `answer`
/// is the change's own.
void log_change(const operator_services& around, const http::request_head& head, std::string_view answer,
                const api_caller& who);

}  // namespace shopbell
