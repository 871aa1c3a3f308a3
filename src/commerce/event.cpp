#include <shopbell/commerce/event.hpp>
#include <shopbell/core/json_writer.hpp>

namespace shopbell {

std::string make_document(const event& event, const event_data& data) {
    json_writer out;
    out.begin_object();
    out.field("specversion", "1.0");
    out.field("id", event.id);
    out.field("source", "/" + event.endpoint);
    out.field("type", event.type);
    if (!event.subject.empty())
        out.field("subject", event.subject);
    out.field("time", to_rfc3339(event.accepted_at));
    out.field("datacontenttype", "application/json");
    out.field("provider", event.provider);
    if (!event.store.empty())
        out.field("store", event.store);
    out.key("data").begin_object();
    if (!data.order.empty())
        out.key("order").raw(data.order);
    if (!data.payload.empty())
        out.key("payload").raw(data.payload);
    if (!data.problem.empty())
        out.field("problem", data.problem);
    out.end_object().end_object();
    return out.take();
}

}  // namespace shopbell
