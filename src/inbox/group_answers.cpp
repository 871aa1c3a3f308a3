#include "group_answers.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

void group_answers::add(put_caller to, result<receipt> what) {
    const auto home = to.home.get_executor();
    auto found = std::ranges::find_if(
        batches_, [&](const batch& one) { return one.front().to.home.get_executor() == home; });
    if (found == batches_.end())
        found = batches_.insert(found, batch());
    found->push_back({std::move(to), std::move(what)});
}

void group_answers::send() {
    for (auto& one : std::exchange(batches_, {}))
        hand_over(std::move(one));
}

void group_answers::hand_over(batch answers) {
    const auto home = answers.front().to.home.get_executor();
    // The answers bring their own guards along: the last may be gone before `post` has returned.
    const auto guard = boost::asio::make_work_guard(home);
    boost::asio::post(home, [answers = std::move(answers)]() mutable {
        for (auto& one : answers)
            std::move(one.to.done)(std::move(one.what));
    });
}

}  // namespace shopbell
