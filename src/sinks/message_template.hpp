#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace shopbell {

/// A message about an event in the words of its receiver: a Mustache template (mustache(5)) over the event
/// document, whose members are reached by dotted names such as {{data.order.total.amount}}. Numbers have
/// their digits as sent; null, false, "" and what is missing are nothing and no reason for a section. There
/// are no partials.
///
/// What a receiver bounds can be cut: {{x.first.60}} is the first 60 characters of a text (UTF-16 units, as
/// chat services count; cut ones end in "…"), {{#x.first.20}} goes through the first 20 elements of an array,
/// and
/// {{x.more.20}} is how many there are behind them, nothing where there are none.
///
/// What {{x}} escapes is the content type's matter: for JSON a string's escapes, for a form percent-encoding,
/// for text/html HTML, for anything else nothing; {{{x}}} is never escaped.
class message_template {
public:
    /// Fails with `io` ("/x.mustache: No such file or directory") or `malformed` ("/x.mustache:2:7: unclosed
    /// tag").
    [[nodiscard]] static result<message_template> read(const std::string& path,
                                                       std::string_view content_type);
    /// The same from text in memory; `name` stands for the path.
    [[nodiscard]] static result<message_template> parse(const std::string& text, const std::string& name,
                                                        std::string_view content_type);

    message_template(message_template&&) noexcept;
    message_template& operator=(message_template&&) noexcept;
    ~message_template();

    /// Not thread-safe. Fails with `malformed` where the content type is JSON and the message is none.
    [[nodiscard]] result<std::string> render(const event& about) const;

    /// What can be said before there is an event. A message that is not to be JSON is always good.
    struct prospect {
        enum class grade : unsigned char {
            good,
            doubtful,  ///< a sample order makes no JSON, other events may
            hopeless,  ///< nothing that was tried makes JSON
        };
        grade how = grade::good;
        std::string reason;
    };
    [[nodiscard]] prospect try_out() const;

private:
    struct state;
    explicit message_template(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell
