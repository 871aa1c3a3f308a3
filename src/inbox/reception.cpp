#include <shopbell/inbox/reception.hpp>

#include <algorithm>

namespace shopbell {

std::string pack_reception(const reception& one) {
    std::string lines;
    lines.reserve(one.client.size() + one.request_id.size() + one.verified_by.size() + 2);
    lines.append(one.client).append(1, '\n').append(one.request_id).append(1, '\n').append(one.verified_by);
    return lines;
}

reception unpack_reception(std::string_view lines) {
    reception one;
    for (auto* const into : {&one.client, &one.request_id, &one.verified_by}) {
        const auto line = lines.substr(0, lines.find('\n'));
        *into = line;
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    }
    return one;
}

}  // namespace shopbell
