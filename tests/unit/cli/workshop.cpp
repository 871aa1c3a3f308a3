#include "workshop.hpp"

namespace shopbell::test {

workshop::workshop(std::string_view listen, std::string_view more) {
    std::string toml = "[server]\nlisten = ";
    toml += listen;
    toml += "\n[inbox]\npath = \"" + file("inbox.db") + "\"\n";
    toml += R"([[endpoint]]
name = "main-shop"
path = "/hooks/jumpseller"
provider = "jumpseller"
hooks_token = "test-hooks-token"
[[endpoint]]
name = "second-shop"
path = "/hooks/second"
provider = "jumpseller"
hooks_token = "other-hooks-token"
[[endpoint]]
name = "downloads"
path = "/hooks/ejunkie"
provider = "ejunkie"
handshake = "6b6833aca1f51dc7ca84723dba452a79"
[[endpoint]]
name = "cards"
path = "/hooks/usaepay"
provider = "usaepay"
signature_key = "test-signature-key"
)";
    toml += more;
    write_file(config(), toml);
}

}  // namespace shopbell::test
