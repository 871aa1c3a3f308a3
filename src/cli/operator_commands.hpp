#pragma once

#include <shopbell/cli/codes.hpp>
#include <shopbell/cli/dead.hpp>
#include <shopbell/cli/events.hpp>
#include <shopbell/cli/forget.hpp>
#include <shopbell/cli/inbox_copy.hpp>
#include <shopbell/cli/replay.hpp>
#include <shopbell/cli/sinks.hpp>

#include <CLI/App.hpp>

#include <istream>
#include <optional>
#include <ostream>
#include <string>

namespace shopbell {

/// The commands that look at what the daemon has and tell it what to do, on the command line.
class operator_commands {
public:
    explicit operator_commands(CLI::App& root);
    operator_commands(const operator_commands&) = delete;
    operator_commands& operator=(const operator_commands&) = delete;

    /// Runs the one that was given, if it is one of these.
    [[nodiscard]] std::optional<int> execute(const std::string& config_path, std::istream& in,
                                             std::ostream& out, std::ostream& err);

private:
    CLI::App* add(CLI::App& parent, const std::string& name, const std::string& about);
    void define_events();
    void define_show();
    void define_tail();
    void define_rejections();
    void define_replay();
    void define_dead();
    void define_dead_action(const std::string& name, const std::string& about, dead_options::action what);
    void define_sinks();
    void define_sink_action(const std::string& name, const std::string& about, sinks_options::action what);
    void define_forget();
    void define_codes();
    void define_inbox();
    void add_choice(CLI::App* command, event_choice& chosen);

    CLI::App* events_;
    CLI::App* show_;
    CLI::App* tail_;
    CLI::App* rejections_;
    CLI::App* replay_;
    CLI::App* dead_;
    CLI::App* sinks_;
    CLI::App* codes_;
    CLI::App* forget_;
    CLI::App* backup_;
    CLI::App* inbox_;
    CLI::App* inbox_copy_;

    bool json_ = false;
    events_options listing_;
    std::string id_;
    bool original_ = false;
    std::string tail_type_;
    std::size_t most_rejections_ = 20;
    replay_options replaying_;
    dead_options dead_letters_;
    sinks_options sink_;
    codes_options code_;
    forget_options forgetting_;
    std::string backup_file_;
    inbox_copy_options copying_;
};

}  // namespace shopbell
