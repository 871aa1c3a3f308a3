#include "admin_section.hpp"

namespace shopbell {

admin_settings read_admin(config::reader table) {
    admin_settings admin;
    admin.token = table.secret("token", config::secret_kind::token);
    admin.view_token = table.secret("view_token", config::secret_kind::token);
    admin.secrets_from = table.sources_of_secrets();
    if (admin.token.empty() && !admin.view_token.empty())
        table.error("view_token",
                    R"("view_token" needs "token" beside it: without one everybody may change)");
    const auto text = table.string("listen", "127.0.0.1:9180");
    if (text.empty())
        return admin;
    admin.listen = http::listen_address::parse(text);
    if (!admin.listen) {
        table.error("listen",
                    "\"" + text +
                        "\" is no address to listen on: give \"127.0.0.1:9180\", \"unix:/path\", or \"\" "
                        "for none");
        return admin;
    }
    const bool local = !admin.listen->unix_path.empty() || admin.listen->ip.is_loopback();
    if (!local && admin.token.empty())
        table.error("listen",
                    "other machines can reach this address: set token_file, or listen on loopback or a unix "
                    "socket");
    return admin;
}

}  // namespace shopbell
