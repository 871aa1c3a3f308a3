#include "canaries.hpp"

#include "support/places.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string>& canaries() {
    static const std::map<std::string, std::string> all = {
        {"hooks token", canary::hooks_token},
        {"signature key", canary::signature_key},
        {"basic password", canary::basic_password},
        {"basic credentials", base64("store:" + canary::basic_password)},
        {"handshake", canary::handshake},
        {"admin token", canary::admin_token},
        {"bearer token", canary::bearer_token},
        {"crm password", canary::crm_password},
        {"crm credentials", base64("crm:" + canary::crm_password)},
        {"sign secret", canary::sign_secret},
        {"sign secret's bytes", base64_bytes(canary::sign_secret)},
        {"api key", canary::api_key},
        {"wrong guess", canary::guess},
        {"wrong guess, encoded", base64("store:" + canary::guess)},
    };
    return all;
}

std::string in_quotes(const std::string& text) {
    return '"' + text + '"';
}

}  // namespace

void expect_no_canary(const std::string& text, const std::string& where, const std::string& but_for) {
    for (const auto& [kind, word] : canaries()) {
        if (kind == but_for)
            continue;
        const auto at = text.find(word);
        EXPECT_EQ(at, text.npos) << "the " << kind << " is in " << where << ":\n"
                                 << text.substr(at < 200 ? 0 : at - 200, 400);
    }
}

canary_shop::canary_shop(secret_form form, const targets& to) : form_(form), to_(to) {
    fs::create_directory(place_.file("secrets"));
    if (form == secret_form::credential)
        environment_.push_back("CREDENTIALS_DIRECTORY=" + place_.file("secrets"));
    write_config();
}

std::string canary_shop::secret_line(const std::string& key, const std::string& word) {
    const auto [place, is_new] = given_.try_emplace(word, "CANARY_" + std::to_string(given_.size()));
    const auto& name = place->second;
    const auto path = place_.file("secrets/" + name);
    switch (form_) {
        case secret_form::literal:
            return key + " = " + in_quotes(word) + '\n';
        case secret_form::environment:
            if (is_new)
                environment_.push_back(name + '=' + word);
            return key + "_env = " + in_quotes(name) + '\n';
        case secret_form::file:
        case secret_form::credential:
            break;
    }
    write_file(path, word + '\n');
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    if (form_ == secret_form::file)
        return key + "_file = " + in_quotes(path) + '\n';
    return key + "_credential = " + in_quotes(name) + '\n';
}

std::string canary_shop::endpoints() {
    return "[[endpoint]]\nname = \"jumpseller\"\npath = \"/hooks/jumpseller\"\nprovider = \"jumpseller\"\n" +
           secret_line("hooks_token", canary::hooks_token) +
           "[[endpoint]]\nname = \"ejunkie\"\npath = \"/hooks/ejunkie\"\nprovider = \"ejunkie\"\n" +
           secret_line("handshake", canary::handshake) + "keep_rejected = true\n" +
           "[[endpoint]]\nname = \"usaepay\"\npath = \"/hooks/usaepay\"\nprovider = \"usaepay\"\n" +
           secret_line("signature_key", canary::signature_key) + "basic_user = \"store\"\n" +
           secret_line("basic_password", canary::basic_password);
}

std::string canary_shop::sinks() {
    // A program as a sink tells what it finds in its environment.
    return place_.file_and_log() +
           "[[sink]]\nname = \"program\"\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", \"env; exit "
           "65\"]\n"
           "[[route]]\nevents = [\"**\"]\nsinks = [\"program\"]\n" +
           forward_sink("events", to_.events,
                        secret_line("bearer_token", canary::bearer_token) +
                            secret_line("sign_secret", "whsec_" + canary::sign_secret)) +
           forward_sink("crm", to_.crm,
                        "basic_user = \"crm\"\n" + secret_line("basic_password", canary::crm_password) +
                            "headers = { X-Api-Key = " + in_quotes(canary::api_key) + " }\n") +
           "[[sink]]\nname = \"original\"\ntype = \"forward\"\nbody = \"original\"\nurl = " +
           in_quotes(to_.original) +
           "\nretry = { initial = \"20ms\", max = \"200ms\" }\n"
           "[[route]]\nevents = [\"ejunkie.**\"]\nsinks = [\"original\"]\n";
}

void canary_shop::write_config(const std::string& more) {
    place_.write_config({.admin = "listen = " + in_quotes("unix:" + admin_socket()) + '\n' +
                                  secret_line("token", canary::admin_token),
                         .log = "level = \"trace\"\noutput = " + in_quotes(log_file()),
                         .endpoints = endpoints(),
                         .sinks = sinks() + more});
}

command canary_shop::serve() const {
    auto how = test::serve(place_.config());
    how.environment = environment_;
    return how;
}

finished canary_shop::run(std::vector<std::string> arguments, std::string input) const {
    command one;
    one.arguments = {shopbell_binary(), "--config", place_.config()};
    one.arguments.insert(one.arguments.end(), arguments.begin(), arguments.end());
    one.input = std::move(input);
    one.environment = environment_;
    return run_command(one);
}

void canary_shop::expect_clean_files() const {
    const auto is_inbox = [this](const std::string& path) {
        return path.starts_with(place_.inbox()) && !path.ends_with(".rejections");
    };
    for (const auto& file : fs::recursive_directory_iterator(fs::path(place_.config()).parent_path())) {
        const auto path = file.path().string();
        if (file.is_regular_file() && path != place_.config() && !path.starts_with(place_.file("secrets/")))
            expect_no_canary(read_file(path), path, is_inbox(path) ? "handshake" : "");
    }
}

}  // namespace shopbell::test
