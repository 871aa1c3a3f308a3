#include "support/nats_server.hpp"

#include "support/certificates.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>
#include <nats/nats.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

namespace shopbell::test {
namespace {

constexpr const char* program_path = "/usr/sbin/nats-server";

template <auto Destroy>
struct destroyed_by {
    template <class T>
    void operator()(T* handle) const noexcept {
        Destroy(handle);
    }
};

void expect_ok(natsStatus status, std::string_view what) {
    if (status != NATS_OK)
        throw std::runtime_error(std::string(what) + ": " + nats_GetLastError(nullptr));
}

/// A client of its own for each question: JetStream as somebody else's program sees it.
class client {
public:
    client(const nats_server& server, const nats_server::options& how) {
        natsOptions* made = nullptr;
        expect_ok(natsOptions_Create(&made), "options");
        const std::unique_ptr<natsOptions, destroyed_by<natsOptions_Destroy>> options(made);
        expect_ok(natsOptions_SetURL(made, server.url().c_str()), "url");
        if (!how.user.empty())
            expect_ok(natsOptions_SetUserInfo(made, how.user.c_str(), how.password.c_str()), "user");
        if (!how.credentials.empty())
            expect_ok(
                natsOptions_SetUserCredentialsFromFiles(made, server.credentials_file().c_str(), nullptr),
                "credentials");
        if (how.tls) {
            expect_ok(natsOptions_SetSecure(made, true), "tls");
            expect_ok(natsOptions_LoadCATrustedCertificates(made, server.ca_file().c_str()), "authority");
            expect_ok(natsOptions_LoadCertificatesChain(made, server.client_certificate().c_str(),
                                                        server.client_key().c_str()),
                      "certificate");
        }
        natsConnection* connection = nullptr;
        expect_ok(connect(made, &connection), "connect");
        connection_.reset(connection);
        jsCtx* context = nullptr;
        expect_ok(natsConnection_JetStream(&context, connection, nullptr), "JetStream");
        context_.reset(context);
    }

    /// libnats 3.4.1 now and then signs the server's nonce in a way that the server does not take: some two
    /// of a hundred connections with credentials.
    static natsStatus connect(natsOptions* how, natsConnection** into) {
        natsStatus status = NATS_OK;
        for (int tries = 0; tries < 10; ++tries) {
            status = natsConnection_Connect(into, how);
            if (status != NATS_CONNECTION_AUTH_FAILED)
                break;
        }
        return status;
    }

    [[nodiscard]] jsCtx* context() const noexcept { return context_.get(); }

private:
    std::unique_ptr<natsConnection, destroyed_by<natsConnection_Destroy>> connection_;
    std::unique_ptr<jsCtx, destroyed_by<jsCtx_Destroy>> context_;
};

/// A signal stops one thread after the other.
bool all_threads_stand(::pid_t process) {
    const auto tasks = "/proc/" + std::to_string(process) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
        const auto about = read_file(task.path() / "stat");
        if (about.find(") T ") == about.npos)
            return false;
    }
    return true;
}

}  // namespace

bool nats_server::is_installed() {
    return ::access(program_path, X_OK) == 0;
}

nats_server::nats_server(options how) : options_(std::move(how)) {
    make_certificates();
    write_file(credentials_file(), options_.credentials);
    std::string text = "listen: \"127.0.0.1:" + std::to_string(port_.number()) + "\"\n";
    text += "jetstream { store_dir: \"" + folder_.file("store") + "\" }\n";
    if (!options_.user.empty())
        text +=
            "authorization { user: \"" + options_.user + "\", password: \"" + options_.password + "\" }\n";
    if (options_.tls)
        text += "tls { cert_file: \"" + folder_.file("server.pem") + "\", key_file: \"" +
                folder_.file("server.key") + "\", ca_file: \"" + ca_file() +
                "\", verify: " + (options_.asks_client ? "true" : "false") + " }\n";
    write_file(folder_.file("nats.conf"), text + options_.more);
    start();
}

void nats_server::make_certificates() const {
    if (!options_.tls)
        return;
    const authority ca;
    const auto server = ca.certificate_for("DNS:localhost,IP:127.0.0.1");
    const auto of_client = ca.certificate_for("DNS:client.example.com");
    write_file(ca_file(), ca.pem());
    write_file(folder_.file("server.pem"), server.pem());
    write_file(folder_.file("server.key"), server.key_pem());
    write_file(client_certificate(), of_client.pem());
    write_file(client_key(), of_client.key_pem());
}

std::string nats_server::url() const {
    return (options_.tls ? "tls://127.0.0.1:" : "nats://127.0.0.1:") + std::to_string(port_.number());
}

void nats_server::kill() {
    process_->signal(SIGKILL);
    (void)process_->wait();
    process_.reset();
}

void nats_server::start() {
    command how;
    how.arguments = {program_path, "-c", folder_.file("nats.conf")};
    process_.emplace(how);
    const auto ready = [](std::string_view line) { return line.find("Server is ready") != line.npos; };
    if (!process_->errors().wait_for(ready))
        throw std::runtime_error("nats-server does not start:\n" + process_->errors().text());
}

void nats_server::freeze() const {
    process_->signal(SIGSTOP);
    EXPECT_TRUE(eventually([this] { return all_threads_stand(process_->id()); }));
}

void nats_server::thaw() const {
    process_->signal(SIGCONT);
}

void nats_server::create(const stream& what) const {
    const client asking(*this, options_);
    std::vector<const char*> subjects;
    for (const auto& subject : what.subjects)
        subjects.push_back(subject.c_str());
    jsStreamConfig config;
    expect_ok(jsStreamConfig_Init(&config), "stream");
    config.Name = what.name.c_str();
    config.Subjects = subjects.data();
    config.SubjectsLen = static_cast<int>(subjects.size());
    config.MaxMsgs = what.most_messages;
    config.MaxMsgSize = what.most_message_bytes;
    config.Discard = js_DiscardNew;
    expect_ok(js_AddStream(nullptr, asking.context(), &config, nullptr, nullptr), "create a stream");
}

void nats_server::remove(const std::string& stream) const {
    const client asking(*this, options_);
    expect_ok(js_DeleteStream(asking.context(), stream.c_str(), nullptr, nullptr), "remove a stream");
}

std::size_t nats_server::count(const std::string& stream) const {
    const client asking(*this, options_);
    jsStreamInfo* made = nullptr;
    expect_ok(js_GetStreamInfo(&made, asking.context(), stream.c_str(), nullptr, nullptr),
              "look at a stream");
    const std::unique_ptr<jsStreamInfo, destroyed_by<jsStreamInfo_Destroy>> info(made);
    return info->State.Msgs;
}

std::vector<nats_server::message> nats_server::wait_for(const std::string& stream, std::size_t count) const {
    EXPECT_TRUE(eventually([&] { return this->count(stream) >= count; }));
    const client asking(*this, options_);
    std::vector<message> all;
    const auto held = this->count(stream);
    for (std::uint64_t number = 1; all.size() < held; ++number) {
        natsMsg* made = nullptr;
        expect_ok(js_GetMsg(&made, asking.context(), stream.c_str(), number, nullptr, nullptr),
                  "read a message");
        const std::unique_ptr<natsMsg, destroyed_by<natsMsg_Destroy>> got(made);
        const char* id = "";
        (void)natsMsgHeader_Get(made, "Nats-Msg-Id", &id);
        all.push_back(
            {natsMsg_GetSubject(made), id,
             std::string(natsMsg_GetData(made), static_cast<std::size_t>(natsMsg_GetDataLength(made)))});
    }
    return all;
}

}  // namespace shopbell::test
