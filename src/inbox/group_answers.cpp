#include <shopbell/inbox/group_answers.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

void group_answers::add(std::unique_ptr<put_job> one) {
    const auto home = one->caller.home.get_executor();
    auto found = std::ranges::find_if(
        batches_, [&](const batch& known) { return known.front()->caller.home.get_executor() == home; });
    if (found == batches_.end())
        found = batches_.insert(found, batch());
    found->push_back(std::move(one));
}

void group_answers::send() {
    for (auto& one : std::exchange(batches_, {}))
        hand_over(std::move(one));
}

void group_answers::hand_over(batch answered) {
    const auto home = answered.front()->caller.home.get_executor();
    // The answers bring their own guards along: the last may be gone before `post` has returned.
    const auto guard = boost::asio::make_work_guard(home);
    boost::asio::post(home, [answered = std::move(answered)]() mutable {
        for (auto& waiting : answered) {
            const auto one = std::move(waiting);
            std::move(one->caller.done)(std::move(one->answer));
        }
    });
}

}  // namespace shopbell
