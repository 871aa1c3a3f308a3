#include <shopbell/cli/command_line.hpp>

#include "operator_commands.hpp"

#include <shopbell/cli/check.hpp>
#include <shopbell/cli/choice.hpp>
#include <shopbell/cli/doctor.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/handshake.hpp>
#include <shopbell/cli/names.hpp>
#include <shopbell/cli/presets.hpp>
#include <shopbell/cli/send.hpp>
#include <shopbell/cli/sign.hpp>
#include <shopbell/core/held_signals.hpp>
#include <shopbell/sinks/registry.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <span>
#include <vector>

namespace shopbell {

namespace {

constexpr auto default_configuration = "/etc/shopbell/shopbell.toml";
constexpr std::size_t most_messages = 1'000'000'000;

/// What is wrong with a number of messages a second; empty where nothing is.
std::string refuse_rate(const std::string& text) {
    constexpr double fastest = 1'000'000;
    double rate = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (is_number && rate > 0 && rate <= fastest)
        return {};
    return "expects a number above 0 and up to 1000000, got " + text;
}

/// With a word on each kind of sink that this build was made without.
std::string version() {
    std::string text = "shopbell " SHOPBELL_VERSION;
    for (const auto& kind : sink_types()) {
        if (!kind.missing_library.empty())
            ((((text += "\nwithout the sink \"") += kind.type) += "\": ") += kind.missing_library) +=
                " was not there when this program was built";
    }
    return text;
}

/// The whole command line: what CLI11 knows of it, and where it puts what it read.
class command_line {
public:
    command_line() {
        app_.set_version_flag("--version", version());
        app_.add_option("--config", configuration_,
                        "The configuration (default: $SHOPBELL_CONFIG, then " +
                            std::string(default_configuration) + ")")
            ->type_name("FILE");
        app_.require_subcommand(0, 1);
        fall_through(app_);
        define_check();
        define_doctor();
        define_send();
        define_sign();
        define_presets();
        define_handshake();
        define_names();
    }

    void parse(int argc, const char* const* argv) { app_.parse(argc, argv); }

    [[nodiscard]] int execute(const serve_function& serve, std::istream& in, std::ostream& out,
                              std::ostream& err) {
        if (serve_->parsed())
            return serve(configuration());
        release_signals();  // the daemon does when it has its handlers
        if (check_->parsed())
            return check(configuration(), json_, out, err);
        if (doctor_->parsed())
            return doctor(configuration(), examining_, {out, err, json_});
        if (send_->parsed())
            return send(configuration(), send_options(), in, out, err);
        if (const auto status = operator_.execute(configuration(), in, out, err))
            return *status;
        if (names_->parsed())
            return names(configuration(), listed_, out);
        if (presets_->parsed())
            return presets(preset_, json_, out, err);
        if (sign_->parsed())
            return sign(configuration(), sending_.provider, sending_.endpoint, in, out, err);
        if (handshake_->parsed())
            return handshake(email_, STDIN_FILENO, out, err);
        err << "shopbell: a command is missing; there are: " << command_list(app_) << '\n';
        return refuse_usage(err);
    }

    [[nodiscard]] int explain(const CLI::ParseError& error, std::ostream& out, std::ostream& err) const {
        if (error.get_exit_code() == 0) {
            app_.exit(error, out, err);  // --help, --version
            return exit_done;
        }
        const auto chosen = chosen_commands();
        const auto& last = *chosen.back();
        const auto unexpected = app_.remaining(true);
        const bool is_word = !unexpected.empty() && !unexpected.front().starts_with('-');
        if (is_word && !command_names(last).empty())
            err << "shopbell: unknown command \"" << spelled(chosen) << unexpected.front() << '"'
                << did_you_mean(unexpected.front(), command_names(last))
                << "; there are: " << command_list(last) << '\n';
        else if (last.get_require_subcommand_min() > 0)
            err << "shopbell " << last.get_name()
                << ": a command is missing; there are: " << command_list(last) << '\n';
        else
            err << "shopbell: " << error.what() << '\n';
        return refuse_usage(err);
    }

private:
    /// --config and --version are also understood behind a command.
    static void fall_through(CLI::App& parent) {
        for (auto* command : parent.get_subcommands({})) {
            command->fallthrough();
            fall_through(*command);
        }
    }

    void define_check() { check_->add_flag("--json", json_, "One JSON document instead of text"); }

    void define_doctor() {
        doctor_
            ->add_option(
                "--url", examining_.url,
                "Send signed probes there, through proxies and all; a site alone stands for every "
                "endpoint. A probe is stored as PROVIDER.shopbell_probe, tells of nothing, and goes to "
                "the sinks of routes that take it (**)")
            ->type_name("URL");
        doctor_
            ->add_option("--endpoint", examining_.endpoint,
                         "Where the URL leads to, if its path does not say")
            ->type_name("NAME");
        doctor_->add_flag("--json", json_, "One JSON document instead of text");
    }

    void define_send() {
        send_->add_option("PROVIDER", sending_.provider, "jumpseller, ejunkie, usaepay, a preset or generic")
            ->required();
        send_->add_option("EVENT", sending_.event, "As the store names it or as Shopbell does")->required();
        add_endpoint(send_);
        send_->add_option("--url", sending_.url, "Send there instead of where the configuration listens")
            ->type_name("URL");
        send_
            ->add_option("--body", sending_.body,
                         "Send this body instead of the sample; - is the standard input")
            ->type_name("FILE");
        send_
            ->add_option("--set", sending_.changes,
                         "Change the body: a JSON pointer (for a form /FIELD) and a value; repeatable")
            ->type_name("POINTER=VALUE")
            ->allow_extra_args(false);
        send_->add_option("--count", sending_.count, "Send that many, each with an id of its own")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{1}, most_messages));
        send_->add_option("--rate", sending_.rate, "At most so many a second")
            ->type_name("R")
            ->check(refuse_rate);
        send_->add_flag("--repeat", sending_.repeat, "Send the sample as it is: a second one is a duplicate");
        send_->add_flag("--tamper", sending_.tamper, "Break the signature");
        send_->add_flag("--json", json_, "One JSON line for each answer instead of text");
    }

    void define_sign() {
        sign_->add_option("PROVIDER", sending_.provider, "jumpseller, ejunkie, usaepay, a preset or generic")
            ->required();
        add_endpoint(sign_);
    }

    void define_presets() {
        presets_->add_option("NAME", preset_, "Print what this one stands for, as TOML to copy and change");
        presets_->add_flag("--json", json_, "JSON instead of text");
    }

    void define_handshake() {
        handshake_->add_option("--email", email_, "The address of the E-junkie account, as registered")
            ->type_name("ADDRESS")
            ->required();
    }

    void define_names() {
        names_->group("");  // of no use to people
        names_->add_option("KIND", listed_, "endpoints, sinks, forgettable-sinks or presets")->required();
    }

    void add_endpoint(CLI::App* command) {
        command
            ->add_option("--endpoint", sending_.endpoint, "Whose secret (default: the first of the provider)")
            ->type_name("NAME");
    }

    [[nodiscard]] std::string configuration() const {
        if (!configuration_.empty())
            return configuration_;
        const char* const from_environment = std::getenv("SHOPBELL_CONFIG");
        const bool is_set = from_environment != nullptr && *from_environment != '\0';
        return is_set ? from_environment : default_configuration;
    }

    [[nodiscard]] struct send_options send_options() const {
        auto options = sending_;
        options.json = json_;
        return options;
    }

    /// The program, the command that was given and the one below it, as far as there are any.
    [[nodiscard]] std::vector<const CLI::App*> chosen_commands() const {
        std::vector<const CLI::App*> chosen{&app_};
        for (auto below = app_.get_subcommands(); !below.empty(); below = below.front()->get_subcommands())
            chosen.push_back(below.front());
        return chosen;
    }

    /// "dead list "
    static std::string spelled(const std::vector<const CLI::App*>& chosen) {
        std::string words;
        for (const auto* one : std::span(chosen).subspan(1))
            words += one->get_name() + " ";
        return words;
    }

    static std::vector<std::string_view> command_names(const CLI::App& above) {
        std::vector<std::string_view> names;
        for (const auto* one : above.get_subcommands([](const CLI::App*) { return true; })) {
            if (!one->get_group().empty())
                names.push_back(one->get_name());
        }
        return names;
    }

    static std::string command_list(const CLI::App& above) {
        std::string list;
        for (const auto name : command_names(above))
            list += (list.empty() ? "" : " ") + std::string(name);
        return list;
    }

    [[nodiscard]] int refuse_usage(std::ostream& err) const {
        err << "Try: shopbell " << spelled(chosen_commands()) << "--help\n";
        return exit_usage;
    }

    CLI::App app_{"Receives the webhooks of online stores and delivers each of them, at least once.",
                  "shopbell"};
    CLI::App* serve_ = app_.add_subcommand("serve", "Run the receiver in the foreground");
    CLI::App* check_ =
        app_.add_subcommand("check", "Validate the configuration and say what would be served");
    CLI::App* doctor_ =
        app_.add_subcommand("doctor", "Look for what is wrong with the installation, and say how to mend it");
    CLI::App* send_ =
        app_.add_subcommand("send", "Send a correctly signed sample event to the running daemon");
    operator_commands operator_{app_};
    CLI::App* sign_ =
        app_.add_subcommand("sign", "Print what a genuine request with the body on stdin carries");
    CLI::App* presets_ = app_.add_subcommand("presets", "List the stores that are known by name");
    CLI::App* handshake_ =
        app_.add_subcommand("handshake", "Compute an E-junkie handshake from its password");
    CLI::App* names_ = app_.add_subcommand("names", "Print names that a shell completes");

    std::string configuration_;
    struct send_options sending_;
    doctor_options examining_;
    std::string email_;
    std::string preset_;
    std::string listed_;
    bool json_ = false;
};

}  // namespace

int run(int argc, const char* const* argv, const serve_function& serve, std::istream& in, std::ostream& out,
        std::ostream& err) {
    try {
        command_line line;
        try {
            line.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return line.explain(error, out, err);
        }
        return line.execute(serve, in, out, err);
    } catch (const std::exception& error) {
        err << "shopbell: " << error.what() << '\n';
        return exit_failed;
    }
}

}  // namespace shopbell
