#pragma once

#include "support/curl.hpp"
#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/reserved_port.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// The real nginx (Debian's package) with the site that owners are given, config/nginx-shopbell.conf, changed
/// only in ports, paths and the certificate. Around it stands what Debian's own nginx.conf says. Once
/// constructed it listens; it ends with the test.
class nginx {
public:
    /// `site`: the file. `upstream`: where it finds Shopbell, "unix:/path" or "127.0.0.1:PORT".
    nginx(const std::string& site, const std::string& upstream);

    [[nodiscard]] std::string url(std::string_view path) const;        ///< https
    [[nodiscard]] std::string plain_url(std::string_view path) const;  ///< http
    /// What a client has to trust (SSL_CERT_FILE): nginx's own certificate, for localhost and
    /// hooks.example.com.
    [[nodiscard]] std::string certificate() const { return folder_.file("certificate.pem"); }
    [[nodiscard]] std::string access_log() const { return folder_.file("access.log"); }
    [[nodiscard]] std::string written() const { return process_->errors().text(); }  ///< its error log

    /// `nginx -t` on the same files.
    [[nodiscard]] finished check() const;

    /// One request made by curl, a client that is not ours, with the certificate checked. `more`: further
    /// arguments.
    [[nodiscard]] raw_answer curl(const store_request& one, const std::string& url,
                                  const std::vector<std::string>& more = {}) const {
        return test::curl(one, url, certificate(), more);
    }
    /// The same to the request's own path, over https.
    [[nodiscard]] raw_answer curl(const store_request& one) const { return curl(one, url(one.path)); }

private:
    [[nodiscard]] command run_it() const;
    [[nodiscard]] std::string changed(std::string text, const std::string& upstream) const;
    [[nodiscard]] std::string around() const;

    temp_dir folder_;
    reserved_port plain_, secure_;
    std::optional<process> process_;
};

}  // namespace shopbell::test
