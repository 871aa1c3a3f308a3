#include "complaint.hpp"

#include <utility>

namespace shopbell::http {

namespace {

constexpr std::chrono::seconds interval{10};

}  // namespace

void complaint::tell(log_fields about) {
    const auto now = clock::now();
    if (last_ != clock::time_point::min() && now - last_ < interval) {
        ++unsaid_;
        return;
    }
    last_ = now;
    about.push_back({"not_logged_before", std::exchange(unsaid_, 0)});
    lines_.warn(message_, about);
}

}  // namespace shopbell::http
