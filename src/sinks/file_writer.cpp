#include "file_writer.hpp"

#include <algorithm>

namespace shopbell {
namespace {

/// `{type}` and `{date}` make many files; only those in use stay open.
constexpr std::size_t most_open = 16;

}  // namespace

std::vector<outcome> file_writer::append(const event_batch& events,
                                         std::chrono::steady_clock::time_point until) {
    std::vector<outcome> outcomes(events.size());
    append_settings how = settings_.append;
    how.until = until;
    for (const group& batch : by_path(events)) {
        const auto written = take(resolve_path(batch.path)).append(batch.lines, how, settings_.rotate);
        if (written)
            continue;
        for (const std::size_t index : batch.members)
            outcomes[index] = retry{written.error().reason};
    }
    return outcomes;
}

std::vector<file_writer::group> file_writer::by_path(const event_batch& events) const {
    std::vector<group> groups;
    for (std::size_t i = 0; i < events.size(); ++i) {
        std::string path = settings_.path.expand(*events[i]);
        auto place = std::ranges::find(groups, path, &group::path);
        if (place == groups.end())
            place = groups.insert(place, group{std::move(path), {}, {}});
        (place->lines += events[i]->document) += '\n';
        place->members.push_back(i);
    }
    return groups;
}

shared_file& file_writer::take(const std::string& path) {
    const auto found = std::ranges::find(used_, path, &used_file::path);
    if (found != used_.end()) {
        used_.splice(used_.begin(), used_, found);
        return *used_.front().file;
    }
    used_.push_front({path, files_->find(path)});
    if (used_.size() > most_open)
        used_.pop_back();
    return *used_.front().file;
}

void file_writer::close_all() {
    for (const auto& used : used_)
        used.file->close();
    used_.clear();
}

}  // namespace shopbell
