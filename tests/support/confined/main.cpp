// confined RULES PROGRAM [ARGUMENT...]
// confined RULES probe
//
// Becomes the program under the seccomp filter that the file RULES describes, without new privileges, or
// tries what such a filter forbids and prints "NAME ok" or "NAME ERROR" for each. One rule a line:
//   allow NAME...     system calls; any other fails with EPERM
//   families NAME...  socket(2) takes these only; any other fails with EAFNOSUPPORT
//   no_write_exec     no memory that is writable and executable, none that becomes executable
//   no_namespaces
// No RULES ("") is no filter. Exit status 77: the kernel has no filters, or lets us have none.

#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int exit_wrong = 2;
constexpr int exit_without_filters = 77;
constexpr int last_family = 64;
constexpr unsigned long all_namespaces =
    CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;

struct rules {
    std::vector<std::string> calls;
    std::vector<int> families;  ///< empty: any
    bool no_write_exec = false;
    bool no_namespaces = false;
};

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "confined: %s\n", what.c_str());
    ::_exit(exit_wrong);
}

int family_of(const std::string& name) {
    const std::map<std::string, int> known = {
        {"AF_UNIX", AF_UNIX}, {"AF_INET", AF_INET}, {"AF_INET6", AF_INET6}, {"AF_NETLINK", AF_NETLINK}};
    const auto found = known.find(name);
    if (found == known.end())
        fail("unknown family " + name);
    return found->second;
}

rules read_rules(const char* path) {
    rules all;
    std::ifstream file(path);
    if (!file)
        fail(std::string("cannot read ") + path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string kind;
        words >> kind;
        for (std::string word; words >> word;) {
            if (kind == "allow")
                all.calls.push_back(word);
            else if (kind == "families")
                all.families.push_back(family_of(word));
        }
        all.no_write_exec |= kind == "no_write_exec";
        all.no_namespaces |= kind == "no_namespaces";
    }
    return all;
}

class filter {
public:
    filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
        if (context_ == nullptr)
            fail("seccomp_init");
    }
    ~filter() { ::seccomp_release(context_); }
    filter(const filter&) = delete;
    filter& operator=(const filter&) = delete;

    void add(std::uint32_t action, int call, std::vector<::scmp_arg_cmp> arguments = {}) {
        const int error = ::seccomp_rule_add_array(context_, action, call,
                                                   static_cast<unsigned>(arguments.size()), arguments.data());
        if (error != 0)
            fail(std::string("a rule: ") + std::strerror(-error));
    }

    /// False where the kernel does not let us.
    [[nodiscard]] bool load() { return ::seccomp_load(context_) == 0; }

private:
    ::scmp_filter_ctx context_;
};

/// Of these bits the argument has the wanted ones and no other.
::scmp_arg_cmp bits(unsigned argument, unsigned long looked_at, unsigned long wanted) {
    return {argument, SCMP_CMP_MASKED_EQ, looked_at, wanted};
}

void allow_families(filter& to, const std::vector<int>& families) {
    for (int family = 0; family < last_family; ++family) {
        const bool allowed = std::ranges::count(families, family) > 0;
        to.add(allowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket),
               {{0, SCMP_CMP_EQ, static_cast<unsigned>(family), 0}});
    }
    to.add(SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), {{0, SCMP_CMP_GE, last_family, 0}});
}

/// The calls whose arguments decide; true where this is one.
bool allow_in_part(filter& to, const rules& all, int call) {
    constexpr unsigned protection = 2, flags = 2, first = 0;
    constexpr unsigned long both = PROT_WRITE | PROT_EXEC;
    const auto is = [call](std::initializer_list<int> calls) { return std::ranges::count(calls, call) > 0; };
    if (!all.families.empty() && is({SCMP_SYS(socket)})) {
        allow_families(to, all.families);
    } else if (all.no_write_exec && is({SCMP_SYS(mmap), SCMP_SYS(mmap2)})) {
        for (const unsigned long one : {0UL, 0UL + PROT_WRITE, 0UL + PROT_EXEC})
            to.add(SCMP_ACT_ALLOW, call, {bits(protection, both, one)});
    } else if (all.no_write_exec && is({SCMP_SYS(mprotect), SCMP_SYS(pkey_mprotect)})) {
        to.add(SCMP_ACT_ALLOW, call, {bits(protection, PROT_EXEC, 0)});
    } else if (all.no_write_exec && is({SCMP_SYS(shmat)})) {
        to.add(SCMP_ACT_ALLOW, call, {bits(flags, SHM_EXEC, 0)});
    } else if (all.no_namespaces && is({SCMP_SYS(clone), SCMP_SYS(unshare)})) {
        to.add(SCMP_ACT_ALLOW, call, {bits(first, all_namespaces, 0)});
    } else if (all.no_namespaces && is({SCMP_SYS(clone3)})) {
        to.add(SCMP_ACT_ERRNO(ENOSYS), call);  // its arguments cannot be seen; libraries fall back to clone
    } else {
        return all.no_namespaces && is({SCMP_SYS(setns)});
    }
    return true;
}

bool confine(const rules& all) {
    filter made;
    for (const auto& name : all.calls) {
        const int call = ::seccomp_syscall_resolve_name(name.c_str());
        // Negative: a call of other machines, or newer than our library.
        if (call >= 0 && !allow_in_part(made, all, call))
            made.add(SCMP_ACT_ALLOW, call);
    }
    return made.load();
}

void tell(const char* name, bool done) {
    std::printf("%s %s\n", name, done ? "ok" : ::strerrorname_np(errno));
}

/// Nothing of this needs a privilege.
void probe() {
    const int file = ::memfd_create("probe", 0);
    tell("chown", ::fchown(file, ::getuid(), ::getgid()) == 0);
    const int present = ::getpriority(PRIO_PROCESS, 0);  // a lower nice level is not ours to take
    tell("setpriority", ::setpriority(PRIO_PROCESS, 0, std::max(present, 1)) == 0);
    tell("netlink", ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
    tell("inet", ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
    constexpr std::size_t size = 4096;
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell("mprotect", ::mprotect(memory, size, PROT_READ | PROT_EXEC) == 0);
    tell("mmap",
         ::mmap(nullptr, size, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    tell("ptrace", ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
    tell("unshare", ::unshare(CLONE_NEWUSER) == 0);
    tell("chroot", ::chroot("/") == 0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3)
        fail("usage: confined RULES PROGRAM [ARGUMENT...]");
    // Who started us asked for it, and a change of user undid it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argv[1][0] != '\0' && !confine(read_rules(argv[1]))) {
        std::fprintf(stderr, "confined: the kernel takes no seccomp filter: %s\n", std::strerror(errno));
        return exit_without_filters;
    }
    if (std::string_view(argv[2]) == "probe") {
        probe();
        return 0;
    }
    ::execv(argv[2], argv + 2);
    fail(std::string("cannot run ") + argv[2] + ": " + std::strerror(errno));
}
