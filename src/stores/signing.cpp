#include "configured_store.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/core/uuid.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/form.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <array>

/// How a configured store would sign: for `send`, `sign` and tests.
namespace shopbell::stores {

namespace {

std::string random_id() {
    std::array<std::uint8_t, 16> bytes{};
    random_bytes().fill(bytes);
    return hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// A delivery of long ago is sent again: it keeps its id, which no other event and no other body has.
std::string delivery_id(time_point happened, std::string_view event, std::string_view body) {
    constexpr auto recent = std::chrono::hours(1);
    if (now() - happened < recent)
        return random_id();
    return "sample-" + hex_encode(as_text(sha256(std::string(event) + "\n" + std::string(body))));
}

const preset_sample* find_sample(const preset* known, std::string_view event, std::string_view body) {
    if (known == nullptr)
        return nullptr;
    const auto& all = known->samples();
    auto found = std::ranges::find(all, event, &preset_sample::event);
    if (found == all.end())
        found = std::ranges::find(all, body, &preset_sample::body);
    return found == all.end() ? nullptr : &*found;
}

bool has_field(const headers& fields, std::string_view name) {
    return count(fields, name) > 0;
}

void set_field(headers& fields, std::string_view name, std::string value) {
    std::erase_if(fields, [name](const header& one) { return iequals(one.name, name); });
    fields.push_back({std::string(name), std::move(value)});
}

}  // namespace

/// One request in the making.
class signed_request {
public:
    signed_request(const store_settings& by, const verifier& proof_of_sender, std::string_view event,
                   std::string body, time_point happened)
        : by_(by), verifier_(proof_of_sender), event_(event), happened_(happened) {
        made_.body = std::move(body);
        // A repeat of long ago keeps its ids; a time whose age is checked is that of the sending.
        const auto& proof = by.proof_of_sender;
        const bool checks_age = proof.past.count() != 0 || proof.future.count() != 0;
        time_text_ = verifier_.write_time(checks_age ? now() : happened);
    }

    signed_webhook run(signing how) {
        if (by_.hooks == nullptr)
            add_fields();
        else
            made_.fields = by_.hooks->make_fields(event_, by_.store, happened_);
        if (!by_.unsigned_ok && by_.proof_of_sender.how != proof::basic)
            put_signature(how);
        if (!by_.basic_passwords.empty())
            add_basic(how);
        return std::move(made_);
    }

private:
    void add_fields() {
        const auto* const known = find_sample(by_.known, event_, made_.body);
        add_content_type(known);
        if (known != nullptr)
            made_.query = known->query;
        add_names(known);
        put_time();
    }

    void add_content_type(const preset_sample* known) {
        const auto first = trim(made_.body).substr(0, 1);
        std::string type = first == "{" || first == "["    ? "application/json"
                           : by_.reading.view.expects_form ? "application/x-www-form-urlencoded"
                                                           : "application/octet-stream";
        if (known != nullptr)
            type = known->content_type;
        made_.fields.push_back({"Content-Type", std::move(type)});
    }

    void add_names(const preset_sample* known) {
        if (known != nullptr)
            std::ranges::copy(known->fields, std::back_inserter(made_.fields));
        for (const auto& one : by_.event) {
            const auto from = one.sources();
            if (from.size() == 1 && !event_.empty())
                add_value(*from.front(), std::string(event_));
        }
        if (by_.store_from && !by_.store.empty())
            add_value(*by_.store_from, by_.store);
        for (const auto& [from, value] : by_.match)
            add_value(from, value);
        for (const auto& one : by_.id)
            add_ids(one.sources());
        for (const auto& one : by_.proof_of_sender.texts)
            add_ids(one.sources());
    }

    void add_ids(const std::vector<const source*>& all) {
        for (const auto* one : all)
            add_value(*one, delivery_id(happened_, event_, made_.body));
    }

    /// A header or a parameter of the URL that is not there yet.
    void add_value(const source& from, std::string value) {
        const bool is_time = by_.proof_of_sender.timestamp &&
                             by_.proof_of_sender.timestamp->where == from.where &&
                             by_.proof_of_sender.timestamp->name == from.name;
        if (is_time)
            return;
        if (from.where == place::header && !has_field(made_.fields, from.name))
            made_.fields.push_back({from.name, std::move(value)});
        else if (from.where == place::query && !form::parse(made_.query).first(from.name))
            made_.query = with_form_field(made_.query, from.name, value);
    }

    void put_time() {
        if (by_.proof_of_sender.timestamp)
            put(*by_.proof_of_sender.timestamp, time_text_);
    }

    void put_signature(signing how) {
        const auto& where = by_.proof_of_sender.signature;
        const bool in_elements = by_.reading.items && where.where == place::json;
        const auto parts = in_elements ? count_elements() : 0;
        for (std::size_t i = 0; i < std::max<std::size_t>(parts, 1); ++i) {
            element_ = parts > 0 ? std::optional(i) : std::nullopt;
            auto text = signature_now();
            if (how == signing::broken && !text.empty())
                text = broken(std::move(text));
            if (!text.empty())
                put(where, text);
        }
        element_.reset();
    }

    [[nodiscard]] std::string broken(std::string text) const {
        const auto& format = by_.proof_of_sender.formats.front();
        const auto at = text.size() - format.behind.size() > 4 ? text.size() - format.behind.size() - 4 : 0;
        text[at] = text[at] == '0' ? '1' : '0';
        return text;
    }

    [[nodiscard]] std::size_t count_elements() const {
        const auto document = parsed();
        return document ? elements_in(document->root()).size() : 0;
    }

    [[nodiscard]] result<json::document> parsed() const { return json::document::parse(made_.body); }

    [[nodiscard]] std::vector<const json::value*> elements_in(const json::value& root) const {
        std::vector<const json::value*> all;
        if (!by_.reading.items)
            return all;
        for (const auto* array : find_all(root, *by_.reading.items)) {
            for (const auto& one : array->elements())
                all.push_back(&one);
        }
        return all;
    }

    [[nodiscard]] std::string signature_now() const {
        const webhook sent{made_.fields, made_.body, "POST", made_.query, happened_};
        request_view from(sent, by_.reading.view);
        if (element_ && from.root() != nullptr) {
            const auto all = elements_in(*from.root());
            if (*element_ < all.size())
                from.set_element(*all[*element_]);
        }
        return verifier_.sign(from, time_text_);
    }

    /// Puts a value where the source says; a place of the body must be there.
    void put(const source& where, const std::string& text) {
        switch (where.where) {
            case place::header:
                return set_field(made_.fields, where.name, text);
            case place::header_group:
                return set_field(made_.fields, where.name + "1", text);
            case place::query:
                made_.query = with_form_field(made_.query, where.name, text);
                return;
            case place::form:
                made_.body = with_form_field(made_.body, where.name, text);
                return;
            case place::json:
                return put_json(where.name, text);
            default:
                return;
        }
    }

    void put_json(const std::string& pointer, const std::string& text) {
        const auto document = parsed();
        if (!document)
            return;
        const auto* under = &document->root();
        if (const auto all = elements_in(*under); element_ && *element_ < all.size())
            under = all[*element_];
        const auto* const value = under->at(pointer);
        if (value == nullptr)
            return;
        const auto at = static_cast<std::size_t>(value->raw().data() - document->root().raw().data());
        const auto begin = made_.body.find(document->root().raw().substr(0, 1));
        made_.body.replace(begin + at, value->raw().size(), value->is_number() ? text : as_json_string(text));
    }

    void add_basic(signing how) {
        std::string password(by_.basic_passwords.front().reveal());
        // Another of the accepted passwords may differ from this one in just that character.
        while (how == signing::broken && any_equals(by_.basic_passwords, password))
            password.front() = static_cast<char>(password.front() == '~' ? '!' : password.front() + 1);
        made_.fields.push_back({"Authorization", "Basic " + base64_encode(by_.basic_user + ":" + password)});
    }

    const store_settings& by_;
    const verifier& verifier_;
    std::string_view event_;
    time_point happened_;
    std::string time_text_;
    std::optional<std::size_t> element_;
    signed_webhook made_;
};

signed_webhook configured_store::make_signed(std::string_view event, std::string body, signing how,
                                             time_point happened) const {
    return signed_request(settings_, verifier_, event, std::move(body), happened).run(how);
}

}  // namespace shopbell::stores
