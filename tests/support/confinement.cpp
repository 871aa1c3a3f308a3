#include "support/confinement.hpp"

#include "support/places.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>
#include <sstream>

namespace shopbell::test {
namespace {

using names = std::set<std::string>;
using groups = std::map<std::string, names>;

/// "@aio" at the beginning of a line, and what is in it below, indented.
groups read_groups() {
    const auto listed = run_command({{"/usr/bin/systemd-analyze", "--no-pager", "syscall-filter"}});
    EXPECT_EQ(listed.status.code, 0) << listed.errors;
    groups all;
    std::string current;
    std::istringstream text(listed.output);
    for (std::string line; std::getline(text, line);) {
        const auto start = line.find_first_not_of(' ');
        if (start == 0)
            current = line;
        else if (start != line.npos && line[start] != '#')
            all[current].insert(line.substr(start));
    }
    return all;
}

void resolve(const groups& all, const std::string& name, names& into) {
    if (!name.starts_with('@')) {
        into.insert(name);
        return;
    }
    const auto found = all.find(name);
    ASSERT_NE(found, all.end()) << "systemd knows no group " << name;
    for (const auto& one : found->second)
        resolve(all, one, into);
}

/// The values of that key, in the order of the file.
std::vector<std::string> values_of(const std::string& unit, const std::string& key) {
    std::vector<std::string> values;
    std::istringstream text(unit);
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with(key + "="))
            values.push_back(line.substr(key.size() + 1));
    }
    return values;
}

bool is_on(const std::string& unit, const std::string& key) {
    return values_of(unit, key) == std::vector<std::string>{"yes"};
}

/// The first line is what is allowed; one that begins with "~" takes away.
names allowed_calls(const std::string& unit) {
    const auto all = read_groups();
    names allowed;
    resolve(all, "@default", allowed);
    for (const auto& value : values_of(unit, "SystemCallFilter")) {
        const bool takes_away = value.starts_with('~');
        std::istringstream words(value.substr(takes_away ? 1 : 0));
        for (std::string word; words >> word;) {
            names some;
            resolve(all, word, some);
            for (const auto& one : some) {
                if (takes_away)
                    allowed.erase(one);
                else
                    allowed.insert(one);
            }
        }
    }
    return allowed;
}

}  // namespace

std::string confinement_rules(const std::string& unit) {
    EXPECT_EQ(values_of(unit, "SystemCallErrorNumber"), std::vector<std::string>{"EPERM"});
    EXPECT_EQ(values_of(unit, "SystemCallArchitectures"), std::vector<std::string>{"native"});
    std::string rules = "allow";
    for (const auto& one : allowed_calls(unit))
        rules += ' ' + one;
    for (const auto& families : values_of(unit, "RestrictAddressFamilies"))
        rules += "\nfamilies " + families;
    if (is_on(unit, "MemoryDenyWriteExecute"))
        rules += "\nno_write_exec";
    if (is_on(unit, "RestrictNamespaces"))
        rules += "\nno_namespaces";
    return rules + '\n';
}

command confine(command how, const std::string& rules_file) {
    std::vector<std::string> before = {"/usr/bin/setpriv", "--no-new-privs", "--inh-caps=-all",
                                       "--ambient-caps=-all"};
    if (::geteuid() == 0) {
        const auto user = std::to_string(confined_user);
        before.insert(before.end(),
                      {"--bounding-set=-all", "--reuid=" + user, "--regid=" + user, "--clear-groups"});
    }
    before.insert(before.end(), {"--", confined_binary(), rules_file});
    how.arguments.insert(how.arguments.begin(), before.begin(), before.end());
    return how;
}

finished probe_confinement(const std::string& rules_file) {
    return run_command(confine({{"probe"}}, rules_file));
}

}  // namespace shopbell::test
