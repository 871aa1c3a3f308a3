#include <shopbell/cli/tail.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>

#include <algorithm>

namespace shopbell {

namespace {

void print_event(const std::string& data, const command_output& to) {
    if (to.json) {
        to.out << data << '\n';
        return;
    }
    const auto document = json::document::parse(data);
    if (!document)
        return;
    const auto& one = document->root();
    to.out << to_seconds(text_of(one, "time"));
    for (const auto* const name : {"id", "type", "endpoint", "subject"})
        to.out << "  " << printable(text_of(one, name));
    to.out << '\n';
}

result<int> follow(operator_client& from, const std::string& type, const command_output& to) {
    auto target = api_path({"stream"});
    add_parameter(target, "type", type);
    event_data_reader reader;
    const auto answer = from.follow(target, [&](std::string_view bytes) {
        for (const auto& data : reader.take(bytes))
            print_event(data, to);
        return static_cast<bool>(to.out.flush());
    });
    if (!answer)
        return answer.error();
    if (answer->status != 200)
        return refusal_of(*answer);
    return exit_done;
}

}  // namespace

std::vector<std::string> event_data_reader::take(std::string_view bytes) {
    std::vector<std::string> whole;
    for (const char c : bytes) {
        if (c != '\n') {
            line_ += c;
            continue;
        }
        constexpr std::string_view field = "data: ";
        if (line_.starts_with(field))
            data_ = line_.substr(field.size());
        else if (line_.empty() && !data_.empty())
            whole.push_back(std::exchange(data_, {}));
        line_.clear();
    }
    return whole;
}

int tail(const std::string& config_path, const std::string& type, const command_output& to) {
    return run_operator_command(config_path, "tail", operator_access::reading, to,
                                [&](operator_client& from) { return follow(from, type, to); });
}

}  // namespace shopbell
