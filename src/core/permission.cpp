#include <shopbell/core/permission.hpp>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace shopbell {

namespace {

/// Whom the daemon runs as, unless what it may read tells otherwise.
constexpr auto usual_user = "shopbell";

/// A user that has the name of that group, as the account of a service does.
std::optional<std::string> user_of_group(::gid_t id) {
    ::group entry{};
    ::group* found = nullptr;
    std::array<char, 16384> texts{};
    if (::getgrgid_r(id, &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    const std::string name = found->gr_name;
    ::passwd user{};
    ::passwd* known = nullptr;
    if (::getpwnam_r(name.c_str(), &user, texts.data(), texts.size(), &known) != 0 || known == nullptr)
        return std::nullopt;
    return name;
}

/// What bars the way: the file, or where that cannot be seen, the nearest folder above that can.
struct barrier {
    std::string path;
    struct ::stat about {};
};

std::optional<barrier> find_barrier(std::filesystem::path path) {
    barrier found;
    for (; !path.empty(); path = path.parent_path()) {
        found.path = path.string();
        if (::stat(found.path.c_str(), &found.about) == 0)
            return found;
        if (path == path.parent_path())
            break;
    }
    return std::nullopt;
}

/// The user, other than root, whose file it is or who may read it as the service that it is made for.
std::string rightful_user(const std::optional<barrier>& found) {
    if (found && found->about.st_uid != 0)
        return user_name(found->about.st_uid);
    if (found && found->about.st_gid != 0 && (found->about.st_mode & S_IRGRP) != 0)
        return user_of_group(found->about.st_gid).value_or(usual_user);
    return usual_user;
}

}  // namespace

std::string user_name(unsigned id) {
    ::passwd entry{};
    ::passwd* found = nullptr;
    std::array<char, 4096> texts{};
    if (::getpwuid_r(id, &entry, texts.data(), texts.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return std::to_string(id);
}

std::string octal_mode(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
    return text.data();
}

std::string permission_advice(const std::string& path, access_mode wanted) {
    const bool is_root = ::geteuid() == 0;
    if (is_root || ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0 || errno != EACCES)
        return {};
    const auto found = find_barrier(path);
    const auto user = rightful_user(found);
    if (found && user == user_name(::geteuid()))
        return "let " + user + " use it: " + found->path + " belongs to " + user_name(found->about.st_uid) +
               " and has the mode " + octal_mode(found->about.st_mode);
    return "run this as root, or sudo -u " + user + " shopbell ...";
}

failure with_permission_advice(failure why, const std::string& path, access_mode wanted) {
    if (const auto advice = permission_advice(path, wanted); !advice.empty())
        why.reason += "; " + advice;
    return why;
}

}  // namespace shopbell
