#include "operator_commands.hpp"

#include <shopbell/admin/moment.hpp>
#include <shopbell/cli/backup.hpp>
#include <shopbell/cli/rejections.hpp>
#include <shopbell/cli/show.hpp>
#include <shopbell/cli/tail.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <iostream>

namespace shopbell {

namespace {

constexpr std::size_t longest_list = 1'000'000'000;

/// What is wrong with a point in time; empty where nothing is.
std::string refuse_moment(const std::string& text) {
    if (parse_moment(text, now()))
        return {};
    return text + ": " + std::string(moment_forms);
}

}  // namespace

operator_commands::operator_commands(CLI::App& root)
    : events_(add(root, "events", "List stored events, newest first")),
      show_(add(root, "show", "Show one event: envelope, headers, deliveries, data")),
      tail_(add(root, "tail", "Follow events as they are accepted")),
      rejections_(add(root, "rejections", "List the latest refused requests, with what to change")),
      replay_(add(root, "replay", "Deliver events again")),
      dead_(root.add_subcommand("dead", "What sinks gave up: list, show, retry or drop it")),
      sinks_(add(root, "sinks", "Show how each sink is; pause, resume or forget one")),
      codes_(root.add_subcommand("codes",
                                 "The codes that an E-junkie endpoint gives to buyers: add, list, void")),
      forget_(add(root, "forget", "Erase a person's events from the inbox")),
      backup_(add(root, "backup", "Copy the inbox into a file, checked, while it is in use or not")),
      inbox_(root.add_subcommand("inbox", "Move the inbox to another engine: copy")),
      inbox_copy_(
          add(*inbox_, "copy", "Copy the inbox of a stopped daemon into the configured one, empty so far")) {
    define_events();
    define_show();
    define_tail();
    define_rejections();
    define_replay();
    define_dead();
    define_sinks();
    define_codes();
    define_forget();
    define_inbox();
    backup_->add_option("FILE", backup_file_, "The copy; an earlier backup of that name is replaced")
        ->required();
}

std::optional<int> operator_commands::execute(const std::string& config_path, std::istream& in,
                                              std::ostream& out, std::ostream& err) {
    const bool terminal = &out == &std::cout && ::isatty(STDOUT_FILENO) == 1;
    const command_output to{out, err, json_, terminal};
    if (events_->parsed())
        return events(config_path, listing_, to);
    if (show_->parsed())
        return show(config_path, id_, original_, to);
    if (tail_->parsed())
        return tail(config_path, tail_type_, to);
    if (rejections_->parsed())
        return rejections(config_path, most_rejections_, to);
    if (replay_->parsed())
        return replay(config_path, replaying_, to);
    if (dead_->parsed())
        return dead(config_path, dead_letters_, to);
    if (sinks_->parsed())
        return sinks(config_path, sink_, to);
    if (codes_->parsed())
        return codes(config_path, code_, in, to);
    if (forget_->parsed())
        return forget(config_path, forgetting_, to);
    if (backup_->parsed())
        return backup(config_path, backup_file_, to);
    if (inbox_copy_->parsed())
        return inbox_copy(config_path, copying_, to);
    return std::nullopt;
}

CLI::App* operator_commands::add(CLI::App& parent, const std::string& name, const std::string& about) {
    auto* const command = parent.add_subcommand(name, about);
    command->add_flag("--json", json_, "JSON instead of text: one document, or one line for each item");
    return command;
}

void operator_commands::add_choice(CLI::App* command, event_choice& chosen) {
    command->add_option("--type", chosen.type, "Of that type, a glob such as *.order.paid")
        ->type_name("GLOB");
    command->add_option("--endpoint", chosen.endpoint, "Received at that endpoint")->type_name("NAME");
    command
        ->add_option("--since", chosen.since, "Accepted then or later: 2026-11-21, ...T15:51:45Z, 12h, 30d")
        ->type_name("T")
        ->check(refuse_moment);
    command->add_option("--until", chosen.until, "Accepted before then")
        ->type_name("T")
        ->check(refuse_moment);
    command->add_option("--subject", chosen.subject, "About that subject, such as order/1026")
        ->type_name("S");
}

void operator_commands::define_events() {
    add_choice(events_, listing_.which);
    events_->add_option("--state", listing_.state, "In that state: delivered, pending or dead")
        ->type_name("S")
        ->check(CLI::IsMember({"delivered", "pending", "dead"}));
    events_->add_option("--limit", listing_.limit, "That many at most (default: 50)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, longest_list));
}

void operator_commands::define_show() {
    show_->add_option("ID", id_, "The event's id")->required();
    auto* const original = show_->add_flag("--original", original_, "Write the body's exact bytes only");
    original->excludes(show_->get_option("--json"));
}

void operator_commands::define_tail() {
    tail_->add_option("--type", tail_type_, "Of that type, a glob such as *.order.paid")->type_name("GLOB");
}

void operator_commands::define_rejections() {
    rejections_->add_option("--limit", most_rejections_, "That many at most (default: 20)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, longest_list));
}

void operator_commands::define_replay() {
    replay_->add_option("ID", replaying_.ids, "These events");
    add_choice(replay_, replaying_.which);
    replay_
        ->add_option("--sink", replaying_.sink,
                     "To that sink only; a named event goes there whatever the routes say")
        ->type_name("NAME");
}

void operator_commands::define_dead() {
    using action = dead_options::action;
    dead_->require_subcommand(1);
    define_dead_action("list", "List dead letters", action::list);
    define_dead_action("show", "Show dead letters with every attempt and the event's data", action::show);
    define_dead_action("retry", "Try dead letters again (default: all)", action::retry);
    define_dead_action("drop", "Give dead letters up for good", action::drop);
}

void operator_commands::define_dead_action(const std::string& name, const std::string& about,
                                           dead_options::action what) {
    auto* const command = add(*dead_, name, about);
    command->add_option("ID", dead_letters_.ids, "Of these events only");
    command->add_option("--sink", dead_letters_.sink, "Of that sink only")->type_name("NAME");
    command->callback([this, what] { dead_letters_.what = what; });
}

void operator_commands::define_sinks() {
    using action = sinks_options::action;
    sinks_->require_subcommand(0, 1);
    define_sink_action("pause", "Deliver nothing to a sink until it is resumed", action::pause);
    define_sink_action("resume", "Deliver to a sink again", action::resume);
    define_sink_action("forget", "Let go of a sink that is no longer configured, with all it has not had",
                       action::forget);
}

void operator_commands::define_sink_action(const std::string& name, const std::string& about,
                                           sinks_options::action what) {
    auto* const command = add(*sinks_, name, about);
    command->add_option("NAME", sink_.name, "The sink")->required();
    command->callback([this, what] { sink_.what = what; });
}

void operator_commands::define_codes() {
    using action = codes_options::action;
    codes_->require_subcommand(1);
    auto* const adding = add(*codes_, "add", "Add the codes on the standard input, one a line, to a pool");
    adding->add_option("ENDPOINT", code_.endpoint, "The endpoint that gives them")->required();
    adding->add_option("PRODUCT", code_.product, "The product's item_number in the store, or * for any")
        ->required();
    adding->callback([this] { code_.what = action::add; });

    auto* const listing = add(*codes_, "list", "List how many are left, and which sale got which");
    listing->add_option("ENDPOINT", code_.endpoint, "Of that endpoint only");
    listing->add_flag("--show", code_.show, "Whole codes, not only their last four characters");
    listing->callback([this] { code_.what = action::list; });

    auto* const voiding =
        add(*codes_, "void", "Take codes that were not given yet out of their pool for good");
    voiding->add_option("ENDPOINT", code_.endpoint, "Whose codes they are")->required();
    voiding->add_option("CODE", code_.codes, "The codes; - reads them from the standard input, one a line")
        ->required();
    voiding->callback([this] { code_.what = action::make_void; });
}

void operator_commands::define_forget() {
    auto* const email =
        forget_->add_option("--email", forgetting_.email, "Every event that mentions that address");
    email->type_name("ADDRESS");
    forget_
        ->add_option("--subject", forgetting_.subject, "Every event about that subject, such as customer/7")
        ->type_name("S")
        ->excludes(email);
    forget_->add_option("--endpoint", forgetting_.endpoint, "Received at that endpoint only")
        ->type_name("NAME");
}

void operator_commands::define_inbox() {
    inbox_->require_subcommand(1);
    inbox_copy_->add_option("--from", copying_.from, "The inbox in a file")
        ->type_name("sqlite:PATH")
        ->required()
        ->check(refuse_copy_source);
    inbox_copy_->add_option("--to", copying_.to, "The engine of [inbox]: postgres")
        ->type_name("postgres")
        ->required()
        ->check(CLI::IsMember({"postgres"}));
}

}  // namespace shopbell
