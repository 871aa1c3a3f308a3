#include <shopbell/app/daemon.hpp>
#include <shopbell/cli/command_line.hpp>

#include <iostream>

int main(int argc, char** argv) {
    return shopbell::run(argc, argv, shopbell::serve, std::cin, std::cout, std::cerr);
}
