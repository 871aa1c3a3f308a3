#include "secret_file.hpp"

#include <shopbell/core/permission.hpp>

#include <unistd.h>

#include <algorithm>

namespace shopbell::config {

namespace {

constexpr ::uid_t root = 0;
constexpr ::gid_t root_group = 0;
constexpr unsigned readable = 0044;
constexpr unsigned writable = 0022;
constexpr unsigned of_others = 0007;
constexpr unsigned group_writable = 0020;

/// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
    constexpr std::string_view plain = "/._-+:@%,=";
    const bool is_plain = std::ranges::all_of(text, [&plain](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               plain.find(c) != std::string_view::npos;
    });
    if (is_plain)
        return text;
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + '\'';
}

bool is_shared_by_root(const text_file& file, const file_reader& reader) {
    if (file.owner != root || (file.mode & (of_others | group_writable)) != 0)
        return false;
    if (reader.user == root)
        return file.group != root_group;
    return std::ranges::find(reader.groups, file.group) != reader.groups.end();
}

}  // namespace

file_reader file_reader::this_process() {
    file_reader one;
    one.user = ::geteuid();
    one.user_name = shopbell::user_name(one.user);
    one.groups.push_back(::getegid());
    if (const int count = ::getgroups(0, nullptr); count > 0) {
        std::vector<::gid_t> more(static_cast<std::size_t>(count));
        const int filled = ::getgroups(count, more.data());
        one.groups.insert(one.groups.end(), more.begin(), more.begin() + std::max(filled, 0));
    }
    return one;
}

std::string exposure_of(const std::string& path, const text_file& file, const file_reader& reader) {
    const bool is_strangers = file.owner != root && file.owner != reader.user && reader.user != root;
    const bool is_open = (file.mode & (readable | writable)) != 0 && !is_shared_by_root(file, reader);
    if (!is_strangers && !is_open)
        return {};
    std::string what;
    std::string mend;
    if (is_strangers)
        what = "belongs to another user (" + user_name(file.owner) + ")";
    if (is_open) {
        what += what.empty() ? "can be " : " and can be ";
        what += (file.mode & readable) != 0 ? "read" : "changed";
        what += " by other users (mode " + octal_mode(file.mode) + ")";
    }
    // Whoever closes a file that is not his own would lose it himself.
    if (file.owner != reader.user && reader.user != root)
        mend = "chown " + reader.user_name + ' ' + shell_word(path);
    if (is_open) {
        mend += mend.empty() ? "" : " && ";
        mend += "chmod 600 " + shell_word(path);
    }
    return what + "; run: " + mend;
}

}  // namespace shopbell::config
