#include "support/nginx.hpp"

#include "support/openssl_tool.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>

namespace shopbell::test {
namespace {

void replace(std::string& text, std::string_view from, const std::string& to) {
    EXPECT_NE(text.find(from), text.npos) << "the site does not hold: " << from;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

std::string on_loopback(const reserved_port& port) {
    return "listen 127.0.0.1:" + std::to_string(port.number());
}

}  // namespace

nginx::nginx(const std::string& site, const std::string& upstream) {
    make_certificate(certificate(), folder_.file("key.pem"));
    write_file(folder_.file("site.conf"), changed(read_file(site), upstream));
    write_file(folder_.file("nginx.conf"), around());
    process_.emplace(run_it());
    // By the time it says so, its sockets are open.
    const auto ready = [](std::string_view line) { return line.find("event method") != line.npos; };
    if (!process_->errors().wait_for(ready))
        throw std::runtime_error("nginx does not start:\n" + written());
}

std::string nginx::url(std::string_view path) const {
    return "https://localhost:" + std::to_string(secure_.number()) + std::string(path);
}

std::string nginx::plain_url(std::string_view path) const {
    return "http://localhost:" + std::to_string(plain_.number()) + std::string(path);
}

finished nginx::check() const {
    auto one = run_it();
    one.arguments.emplace_back("-t");
    return run_command(one);
}

command nginx::run_it() const {
    // One process, so that it ends with the test, however that ends.
    command one;
    one.arguments = {
        "/usr/sbin/nginx", "-p", folder_.path().string(),          "-c", folder_.file("nginx.conf"), "-e",
        "stderr",          "-g", "daemon off; master_process off;"};
    return one;
}

std::string nginx::changed(std::string text, const std::string& upstream) const {
    // Not every machine has IPv6, and there the same port need not be free: a unix socket stands for it.
    replace(text, "listen [::]:80;", "listen unix:" + folder_.file("plain.sock") + ';');
    replace(text, "listen [::]:443 ssl;", "listen unix:" + folder_.file("secure.sock") + " ssl;");
    replace(text, "listen 80;", on_loopback(plain_) + ';');
    replace(text, "listen 443 ssl;", on_loopback(secure_) + " ssl;");
    replace(text, "server 127.0.0.1:8080 ", "server " + upstream + ' ');
    replace(text, "/etc/letsencrypt/live/hooks.example.com/fullchain.pem", certificate());
    replace(text, "/etc/letsencrypt/live/hooks.example.com/privkey.pem", folder_.file("key.pem"));
    replace(text, "/var/log/nginx/shopbell.log", access_log());
    replace(text, "root /var/www/html;", "root " + folder_.path().string() + ';');
    return text;
}

std::string nginx::around() const {
    std::string text =
        "worker_processes 1;\npid nginx.pid;\nerror_log stderr notice;\nevents { worker_connections 768; "
        "}\nhttp {\n";
    for (const std::string name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += name + "_temp_path temporary_" + name + ";\n";
    return text +
           "sendfile on;\ntcp_nopush on;\ntypes_hash_max_size 2048;\n"
           "include /etc/nginx/mime.types;\ndefault_type application/octet-stream;\n"
           "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_prefer_server_ciphers on;\n"
           "access_log off;\ngzip on;\ninclude site.conf;\n}\n";
}

}  // namespace shopbell::test
