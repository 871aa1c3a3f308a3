#include <shopbell/cli/handshake.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/password.hpp>
#include <shopbell/crypto/digest.hpp>

#include <utility>

namespace shopbell {

secret make_handshake(std::string_view email, const secret& password) {
    const secret inner(md5_hex(password.reveal()));
    std::string text;
    text.reserve(email.size() + inner.reveal().size());
    text += email;
    text += inner.reveal();
    const secret outer(std::move(text));
    return secret(md5_hex(outer.reveal()));
}

int handshake(const std::string& email, int input, std::ostream& out, std::ostream& err) {
    const auto password = read_password(input, "E-junkie password of " + email + ": ", err);
    if (!password) {
        err << "shopbell handshake: " << password.error().reason << '\n';
        return exit_failed;
    }
    out << make_handshake(email, *password).reveal() << '\n' << std::flush;
    return out ? exit_done : exit_failed;
}

}  // namespace shopbell
