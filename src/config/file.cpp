#include "reader_state.hpp"
#include "text_file.hpp"

#include <utility>

namespace shopbell::config {

namespace {

constexpr std::size_t largest_file = 4 * 1024 * 1024;

}  // namespace

struct file::state {
    std::optional<node> root;  ///< nothing where the text could not be read
    problems* found;
    std::set<std::string> secret_files;
};

file::file(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

file::file(const std::string& path, problems& found) : state_(std::make_unique<state>()) {
    state_->found = &found;
    const auto text = read_text_file(path, largest_file);
    if (text)
        state_->root = parse_toml(text->content, found);
    else
        found.add(severity::error, {}, "cannot be read: " + text.error().reason);
}

file file::from_text(std::string_view toml, problems& found) {
    auto content = std::make_unique<state>();
    content->found = &found;
    content->root = parse_toml(toml, found);
    return file(std::move(content));
}

file::file(file&&) noexcept = default;

file::~file() = default;

reader file::root() const {
    auto whole = std::make_unique<reader::state>();
    whole->table = state_->root ? &*state_->root : nullptr;
    whole->where = {1, 1};
    whole->found = state_->found;
    whole->secret_files = &state_->secret_files;
    whole->silent = !state_->root;
    return reader(std::move(whole));
}

std::vector<std::string> file::secret_files() const {
    return {state_->secret_files.begin(), state_->secret_files.end()};
}

}  // namespace shopbell::config
