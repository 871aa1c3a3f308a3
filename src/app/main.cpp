#include <shopbell/app/daemon.hpp>
#include <shopbell/cli/command_line.hpp>
#include <shopbell/core/held_signals.hpp>

#include <iostream>

namespace {

void hold_signals_at_start(int, char**, char**) {
    shopbell::hold_signals();
}

/// The first that runs of the program, before the constructors of its libraries: a SIGHUP that comes while
/// the daemon starts is a reload, not its end. What no program can hold is what comes while it is loaded.
[[gnu::section(".preinit_array"), gnu::used]] void (*const first_of_all)(int, char**,
                                                                         char**) = hold_signals_at_start;

}  // namespace

int main(int argc, char** argv) {
    return shopbell::run(argc, argv, shopbell::serve, std::cin, std::cout, std::cerr);
}
