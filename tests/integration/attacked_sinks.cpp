#include "attacked_sinks.hpp"

#include "support/http_peer.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t envelope = 400;  // bytes of an event in which its id stands
constexpr unsigned part_bits = 40;     // a place is a part's number, and where in that part

std::uint64_t place_in(std::uint64_t part, std::uint64_t offset) {
    return (part << part_bits) + offset;
}

/// The text of the first member of that name, or nothing.
std::string member(std::string_view document, std::string_view name) {
    const auto key = '"' + std::string(name) + "\":\"";
    const auto found = document.find(key);
    if (found == document.npos)
        return {};
    const auto start = found + key.size();
    return std::string(document.substr(start, document.find('"', start) - start));
}

/// Calls `each` with every line that has its end, and where it begins.
template <class Each>
void for_lines(std::string_view text, Each each) {
    for (std::size_t start = 0; start < text.size();) {
        const auto end = text.find('\n', start);
        if (end == text.npos)
            return;
        each(text.substr(start, end - start), start);
        start = end + 1;
    }
}

/// The event in a line, or nothing where it was cut off. What was cut off may stand in front of a whole one.
std::optional<std::string_view> whole_event(std::string_view line) {
    const auto start = line.rfind(R"({"specversion")");
    if (start == line.npos || !line.ends_with("}}"))
        return std::nullopt;
    return line.substr(start);
}

std::string read_if_there(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::uint64_t size_of(const std::string& path) {
    std::error_code missing;
    const auto size = fs::file_size(path, missing);
    return missing ? 0 : size;
}

std::size_t below(std::mt19937_64& random, std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

/// The reading end of a FIFO, and what it has read.
struct fifo_reader {
    file_descriptor end;
    std::string text;

    void drain() {
        std::array<char, 16384> block{};
        for (;;) {
            const auto got = ::read(end.get(), block.data(), block.size());
            if (got <= 0)
                return;
            text.append(block.data(), static_cast<std::size_t>(got));
        }
    }
};

class attacked_file final : public attacked_sink {
public:
    attacked_file(std::string name, const std::string& folder)
        : attacked_sink(std::move(name)), path_(folder + "/" + this->name() + ".jsonl") {}

    void heal() override {
        lock_ = file_descriptor();
        if (stranger_)
            fs::remove(path_);
        stranger_ = false;
        for (auto& one : parts_) {
            if (one.fifo)
                one.fifo->drain();
        }
    }

    std::uint64_t place() const override {
        const bool is_fifo = stranger_ && !parts_.empty() && parts_.back().fifo;
        if (!is_fifo)
            return place_in(parts_.size(), stranger_ ? 0 : size_of(path_));
        int waiting = 0;
        ::ioctl(parts_.back().fifo->end.get(), FIONREAD, &waiting);
        return place_in(parts_.size() - 1, parts_.back().fifo->text.size() + static_cast<unsigned>(waiting));
    }

    std::vector<came> arrivals() override {
        std::vector<came> all;
        std::uint64_t number = 0;
        const auto add = [&](std::string_view text) {
            for_lines(text, [&](std::string_view line, std::size_t at) {
                if (const auto event = whole_event(line))
                    all.push_back({member(*event, "id"), place_in(number, at)});
            });
            ++number;
        };
        for (auto& one : parts_) {
            if (one.fifo)
                one.fifo->drain();
            add(one.fifo ? one.fifo->text : read_if_there(one.path));
        }
        if (!stranger_)
            add(read_if_there(path_));
        return all;
    }

private:
    static constexpr const char* unread_fifo = "a FIFO that is not read";
    static constexpr const char* lonely_fifo = "a FIFO without a reader";
    static constexpr const char* full_disk = "a full disk";
    static constexpr const char* strange_lock = "a lock of a stranger's";

    std::vector<std::string> faults() const override {
        return {unread_fifo, lonely_fifo, full_disk, strange_lock};
    }

    void begin(const std::string& fault, std::mt19937_64&) override {
        heal();
        if (fault == unread_fifo || fault == lonely_fifo) {
            begin_fifo(fault == unread_fifo);
        } else if (fault == full_disk) {
            set_aside();
            fs::create_symlink("/dev/full", path_);
            stranger_ = true;
        } else {
            lock_ = file_descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
            ::flock(lock_.get(), LOCK_EX | LOCK_NB);
        }
    }

    /// What came while the path meant something else, in order.
    struct part {
        std::string path;
        std::shared_ptr<fifo_reader> fifo;
    };

    std::string keys(std::mt19937_64& random) const override {
        return "type = \"file\"\npath = \"" + path_ +
               "\"\nfsync = " + (below(random, 2) == 0 ? "true" : "false") + "\n";
    }

    /// The regular file, where there is one, keeps what it has under another name.
    void set_aside() {
        part one{path_ + "." + std::to_string(parts_.size()), nullptr};
        std::error_code missing;
        fs::rename(path_, one.path, missing);
        parts_.push_back(std::move(one));
    }

    void begin_fifo(bool has_reader) {
        set_aside();
        ::mkfifo(path_.c_str(), 0640);
        stranger_ = true;
        if (!has_reader)
            return;
        part one;
        one.fifo = std::make_shared<fifo_reader>();
        one.fifo->end = file_descriptor(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        parts_.push_back(std::move(one));
    }

    const std::string path_;
    std::vector<part> parts_;
    bool stranger_ = false;  ///< the path means something that is not the file
    file_descriptor lock_;
};

/// The program reads its orders from a file beside it; the daemon's full disk is not its own, for work that
/// it leaves behind has nobody left to tell of a failure. `hang` ends by itself once it is told so, or once
/// the folder is gone: after a kill -9 nobody else ends it.
constexpr std::string_view program_text = R"(#!/bin/sh
cd "${0%/*}" || exit 1
ulimit -f unlimited
read -r mode < mode || exit 1
case $mode in
    fail) exit 1 ;;
    refuse) exit 65 ;;
    hang)
        while read -r mode 2> /dev/null < mode && [ "$mode" = hang ]; do sleep 0.2; done
        exit 1 ;;
    slow) sleep 0.2 ;;
    leave)
        document=$(cat)
        { sleep 0.1; printf '%s\n' "$document" >> aside.jsonl; } > /dev/null 2>&1 &
        exit 0 ;;
esac
exec cat >> taken.jsonl
)";

class attacked_program final : public attacked_sink {
public:
    attacked_program(std::string name, const std::string& folder)
        : attacked_sink(std::move(name)), folder_(folder + "/" + this->name()) {
        fs::create_directory(folder_);
        order("ok");
        write_file(script(), program_text);
        fs::permissions(script(), fs::perms::owner_all);
    }

    void heal() override { order("ok"); }

    std::uint64_t place() const override { return size_of(folder_ + "/taken.jsonl"); }

    std::vector<came> arrivals() override {
        std::vector<came> all;
        for_lines(read_if_there(folder_ + "/taken.jsonl"), [&](std::string_view line, std::size_t at) {
            if (const auto event = whole_event(line))
                all.push_back({member(*event, "id"), at});
        });
        return all;
    }

    std::set<std::string> aside() override {
        std::set<std::string> ids;
        for_lines(read_if_there(folder_ + "/aside.jsonl"), [&](std::string_view line, std::size_t) {
            if (const auto event = whole_event(line))
                ids.insert(member(*event, "id"));
        });
        return ids;
    }

private:
    std::vector<std::string> faults() const override { return {"fail", "refuse", "hang", "slow", "leave"}; }
    void begin(const std::string& fault, std::mt19937_64&) override { order(fault); }

    std::string keys(std::mt19937_64&) const override {
        return "type = \"exec\"\ncommand = [\"" + script() + "\"]\n";
    }

    std::string script() const { return folder_ + "/take"; }

    /// In one step: the program may be reading it.
    void order(const std::string& what) const {
        write_file(folder_ + "/mode.new", what + "\n");
        fs::rename(folder_ + "/mode.new", folder_ + "/mode");
    }

    const std::string folder_;
};

/// What a target does for a while.
struct conduct {
    const char* what;
    std::vector<answer> answers;            ///< one of them, at random, each time
    std::vector<std::string> refused = {};  ///< texts of events that it never takes
};

std::vector<conduct> bad_conduct() {
    using act = answer::action;
    const answer taken, unavailable{.status = 503}, refused{.status = 422}, hang{.act = act::hang};
    const answer busy{.status = 429, .fields = {{"Retry-After", "1"}}};
    const answer garbage{.body = "\x16\x03\x01 not HTTP\r\n\r\n", .act = act::raw};
    return {
        {"unavailable", {unavailable}},
        {"hangs", {hang}},
        {"now and then", {taken, unavailable, {.status = 500}, {.status = 408}, busy}},
        {"breaks connections",
         {taken, {.act = act::reset}, {.act = act::close}, {.act = act::respond_and_close}, garbage}},
        {"trickles", {{.act = act::trickle}, taken}},
        {"takes it, but never ends its answer", {{.act = act::promise_more}}},
        {"takes it, but breaks its answer off", {{.act = act::break_off}, taken}},
        {"refuses some for good", {taken, taken, refused}},
        {"never takes some", {taken}, {"order/0\"", "order/3\""}},
    };
}

class attacked_target final : public attacked_sink {
public:
    attacked_target(std::string name, std::string give_up_after, bool steady)
        : attacked_sink(std::move(name)),
          give_up_after_(std::move(give_up_after)),
          steady_(steady),
          peer_({}, 0, envelope) {}

    void heal() override {
        peer_.set_script({});
        peer_.refuse({});
    }

    std::uint64_t place() const override { return peer_.count(); }

    std::vector<came> arrivals() override {
        for (const auto& one : peer_.requests(seen_)) {
            if (one.answered >= 200 && one.answered < 300)
                taken_.push_back({member(one.body, "id"), seen_});
            ++seen_;
        }
        return taken_;
    }

private:
    std::vector<std::string> faults() const override {
        std::vector<std::string> names;
        if (!steady_) {
            for (const auto& one : bad_conduct())
                names.emplace_back(one.what);
        }
        return names;
    }

    void begin(const std::string& fault, std::mt19937_64& random) override {
        const auto all = bad_conduct();
        const auto chosen = *std::ranges::find(all, fault, &conduct::what);
        constexpr std::size_t long_enough = 5000;
        std::vector<answer> script;
        for (std::size_t i = 0; i < long_enough; ++i)
            script.push_back(chosen.answers[below(random, chosen.answers.size())]);
        peer_.set_script(std::move(script));
        peer_.refuse(chosen.refused);
    }

    std::string keys(std::mt19937_64& random) const override {
        return "type = \"forward\"\nurl = \"" + peer_.url() +
               "\"\nconcurrency = " + std::to_string(1 + below(random, 8)) + "\n";
    }

    std::string give_up_after() const override { return give_up_after_; }

    const std::string give_up_after_;
    const bool steady_;
    http_peer peer_;
    std::vector<came> taken_;
    std::uint64_t seen_ = 0;
};

}  // namespace

std::string attacked_sink::misbehave(std::mt19937_64& random, const std::set<std::string>& without) {
    auto possible = faults();
    std::erase_if(possible, [&](const std::string& one) { return without.contains(one); });
    if (possible.empty())
        return "nothing";
    const auto& chosen = possible[below(random, possible.size())];
    begin(chosen, random);
    return chosen;
}

std::string attacked_sink::table(std::mt19937_64& random) const {
    return "[[sink]]\nname = \"" + name_ + "\"\n" + keys(random) +
           "timeout = \"1s\"\nretry = { initial = \"20ms\", max = \"300ms\", give_up_after = \"" +
           give_up_after() + "\" }\n";
}

std::unique_ptr<attacked_sink> attack_file(std::string name, const std::string& folder) {
    return std::make_unique<attacked_file>(std::move(name), folder);
}

std::unique_ptr<attacked_sink> attack_program(std::string name, const std::string& folder) {
    return std::make_unique<attacked_program>(std::move(name), folder);
}

std::unique_ptr<attacked_sink> attack_target(std::string name, std::string give_up_after) {
    return std::make_unique<attacked_target>(std::move(name), std::move(give_up_after), false);
}

std::unique_ptr<attacked_sink> steady_target(std::string name) {
    return std::make_unique<attacked_target>(std::move(name), "1h", true);
}

void log_under_attack::end_life(std::string_view log) {
    std::uint64_t line_number = 0;
    for_lines(log, [&](std::string_view line, std::size_t) {
        if (line.find(R"("message":"event")") != line.npos)
            all_.push_back({member(line, "event_id"), place_in(life_, line_number)});
        ++line_number;
    });
    ++life_;
    line_ = 0;
}

std::uint64_t log_under_attack::place() const {
    return place_in(life_, line_);
}

}  // namespace shopbell::test
