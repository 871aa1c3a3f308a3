#include <shopbell/sinks/sink.hpp>

namespace shopbell {

result<sink_message> sink::preview(const event& content) const {
    sink_message message;
    message.body = content.document;
    return message;
}

}  // namespace shopbell
