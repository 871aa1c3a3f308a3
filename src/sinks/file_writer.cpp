#include "file_writer.hpp"

#include <algorithm>

namespace shopbell {
namespace {

/// `{type}` and `{date}` make many files; only those in use stay open.
constexpr std::size_t most_open = 16;

}  // namespace

std::vector<outcome> file_writer::append(const event_batch& events) {
    std::vector<outcome> outcomes(events.size());
    for (const group& one : by_path(events)) {
        const auto written = write(one);
        if (written)
            continue;
        for (const std::size_t index : one.members)
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

result<> file_writer::write(const group& one) {
    auto file = take(one.path);
    if (!file)
        return file.error();
    const auto full = is_full(**file, one.lines.size());
    if (!full)
        return full.error();
    if (*full) {
        files_.pop_front();
        if (auto moved = rotate(one.path, settings_.rotate_keep, settings_.append.sync); !moved)
            return moved;
        file = take(one.path);
        if (!file)
            return file.error();
    }
    auto written = (*file)->append(one.lines);
    if (!(*file)->is_usable())
        files_.pop_front();
    return written;
}

result<bool> file_writer::is_full(const append_file& file, std::size_t more) const {
    if (settings_.rotate_size == 0)
        return false;
    const auto size = file.size();
    if (!size)
        return size.error();
    return *size > 0 && *size + more > settings_.rotate_size;
}

/// The file of that path, at the front of the list, opened or opened anew where needed.
result<append_file*> file_writer::take(const std::string& path) {
    const auto found = std::ranges::find(files_, path, &open_file::path);
    if (found != files_.end() && found->file.is_current()) {
        files_.splice(files_.begin(), files_, found);
        return &files_.front().file;
    }
    if (found != files_.end())
        files_.erase(found);
    auto opened = append_file::open(path, settings_.append);
    if (!opened)
        return opened.error();
    files_.push_front({path, std::move(*opened)});
    if (files_.size() > most_open)
        files_.pop_back();
    return &files_.front().file;
}

}  // namespace shopbell
