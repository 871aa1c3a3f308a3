#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/digest.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// Where a value of a request stands, as a configuration names it: "header:X-Signature", "json:/id".
namespace shopbell::stores {

enum class place : unsigned char {
    header,        ///< the one header of that name
    header_group,  ///< every header whose name begins so
    json,          ///< a pointer into the body, or into the element of a batch
    member,        ///< the same relative to an order's root; in a form a field
    form,
    query,
    entry,         ///< the KEY=value part of the signature's value
    entry_number,  ///< its N-th part
    body,
    url,
    method,
    timestamp,
    secret,
    form_fields,  ///< all of them by name, joined
    sha256,       ///< of the raw body, in hexadecimal
    user,
    mac,  ///< the HMAC of another value
};

struct source {
    place where = place::body;
    std::string name = {};                     ///< a header's, a field's or a key's; a pointer
    std::size_t number = 0;                    ///< of entry_number, from 1
    hash by = hash::sha256;                    ///< of mac
    std::shared_ptr<const source> inner = {};  ///< of mac
};

/// Reads "header:NAME", "json:POINTER", "form:NAME", "query:NAME", "entry:KEY" or "entry:#N". Fails with a
/// reason that fits behind the quoted text.
[[nodiscard]] result<source> parse_source(std::string_view text);

/// Whether the text is a JSON Pointer (RFC 6901).
[[nodiscard]] bool is_pointer(std::string_view text) noexcept;

/// How many levels of a document must be read to find what the pointer refers to, the root being the first.
[[nodiscard]] std::size_t levels_of(std::string_view pointer) noexcept;

}  // namespace shopbell::stores
