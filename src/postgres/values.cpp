#include <shopbell/postgres/values.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/core/uuid.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace shopbell::postgres {

namespace {

/// OIDs of pg_type.dat: fixed in every PostgreSQL.
enum type_oid : unsigned {
    oid_bool = 16,
    oid_bytea = 17,
    oid_int8 = 20,
    oid_int2 = 21,
    oid_int4 = 23,
    oid_text = 25,
    oid_timestamptz = 1184,
    oid_interval = 1186,
    oid_uuid = 2950,
};
constexpr unsigned oid_bytea_array = 1001, oid_int2_array = 1005, oid_int4_array = 1007,
                   oid_text_array = 1009, oid_int8_array = 1016, oid_timestamptz_array = 1185,
                   oid_uuid_array = 2951;

/// PostgreSQL counts microseconds from 2000-01-01.
constexpr time_point epoch{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

template <class Integer>
std::string big_endian(Integer number) {
    const auto bits = static_cast<std::make_unsigned_t<Integer>>(number);
    std::string bytes;
    for (std::size_t i = sizeof bits; i-- > 0;)
        bytes += static_cast<char>(static_cast<unsigned char>((bits >> (8 * i)) & 0xff));
    return bytes;
}

std::string big_endian(time_point time) {
    // Beyond what PostgreSQL can count it is 'infinity' or '-infinity'.
    constexpr std::chrono::days latest{285 * 365'000}, earliest{-6'700 * 365};
    if (time >= epoch + latest)
        return big_endian(std::numeric_limits<std::int64_t>::max());
    if (time <= epoch + earliest)
        return big_endian(std::numeric_limits<std::int64_t>::min());
    const auto since = std::chrono::duration_cast<std::chrono::microseconds>(time - epoch);
    return big_endian(std::int64_t{since.count()});
}

/// The 16 bytes that the 36 characters stand for.
std::string uuid_bytes_of(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string bytes;
    int high = -1;
    for (const char character : text) {
        const auto digit = digits.find(character);
        if (digit == std::string_view::npos)
            continue;
        if (high < 0) {
            high = static_cast<int>(digit);
            continue;
        }
        bytes += static_cast<char>(static_cast<unsigned char>(high * 16 + static_cast<int>(digit)));
        high = -1;
    }
    return bytes;
}

template <class Values, class Encode>
std::vector<std::optional<std::string>> encode_all(const Values& values, Encode encode) {
    std::vector<std::optional<std::string>> all;
    all.reserve(values.size());
    for (const auto& value : values)
        all.emplace_back(encode(value));
    return all;
}

}  // namespace

std::string storable_text(std::string_view text) {
    auto stored = to_utf8_lossy(text);
    for (auto at = stored.find('\0'); at != std::string::npos; at = stored.find('\0', at))
        stored.replace(at, 1, "\uFFFD");
    return stored;
}

parameters& parameters::add(unsigned type, std::optional<std::string> bytes) {
    values_.push_back({type, std::move(bytes)});
    return *this;
}

/// Dimensions, whether there are nulls, the element's type; then size and lower bound of the one dimension;
/// then each element behind its length (array_send of PostgreSQL).
parameters& parameters::add_array(unsigned type, unsigned element,
                                  const std::vector<std::optional<std::string>>& elements) {
    const bool has_nulls = std::ranges::any_of(elements, [](const auto& each) { return !each; });
    constexpr std::size_t head = 5 * sizeof(std::int32_t);
    std::size_t size = head;
    for (const auto& each : elements)
        size += sizeof(std::int32_t) + (each ? each->size() : 0);
    std::string bytes;
    bytes.reserve(size);
    bytes += big_endian(std::int32_t{elements.empty() ? 0 : 1});
    bytes += big_endian(std::int32_t{has_nulls ? 1 : 0});
    bytes += big_endian(static_cast<std::int32_t>(element));
    if (!elements.empty()) {
        bytes += big_endian(static_cast<std::int32_t>(elements.size()));
        bytes += big_endian(std::int32_t{1});
    }
    for (const auto& each : elements) {
        bytes += big_endian(each ? static_cast<std::int32_t>(each->size()) : std::int32_t{-1});
        if (each)
            bytes += *each;
    }
    return add(type, std::move(bytes));
}

parameters& parameters::text(std::string_view value) {
    return add(oid_text, std::string(value));
}
parameters& parameters::bytes(std::string_view value) {
    return add(oid_bytea, std::string(value));
}
parameters& parameters::number(std::int64_t value) {
    return add(oid_int8, big_endian(value));
}
parameters& parameters::integer(std::int64_t value) {
    return add(oid_int4, big_endian(static_cast<std::int32_t>(value)));
}
parameters& parameters::flag(bool value) {
    return add(oid_bool, std::string(1, value ? '\1' : '\0'));
}
parameters& parameters::time(time_point value) {
    return add(oid_timestamptz, big_endian(value));
}
parameters& parameters::time(const std::optional<time_point>& value) {
    return add(oid_timestamptz, value ? std::optional(big_endian(*value)) : std::nullopt);
}
parameters& parameters::uuid(const std::optional<std::string>& value) {
    return add(oid_uuid, value ? std::optional(uuid_bytes_of(*value)) : std::nullopt);
}

/// Microseconds, days, months.
parameters& parameters::interval(std::chrono::milliseconds value) {
    std::string bytes = big_endian(std::int64_t{std::chrono::microseconds(value).count()});
    bytes += big_endian(std::int32_t{0});
    bytes += big_endian(std::int32_t{0});
    return add(oid_interval, std::move(bytes));
}

parameters& parameters::texts(const std::vector<std::string>& values) {
    return add_array(oid_text_array, oid_text, encode_all(values, [](const auto& each) { return each; }));
}
parameters& parameters::byte_strings(const std::vector<std::optional<std::string>>& values) {
    return add_array(oid_bytea_array, oid_bytea, values);
}
parameters& parameters::numbers(const std::vector<std::int64_t>& values) {
    return add_array(oid_int8_array, oid_int8,
                     encode_all(values, [](auto each) { return big_endian(each); }));
}
parameters& parameters::integers(const std::vector<std::int32_t>& values) {
    return add_array(oid_int4_array, oid_int4,
                     encode_all(values, [](auto each) { return big_endian(each); }));
}
parameters& parameters::small_integers(const std::vector<std::int16_t>& values) {
    return add_array(oid_int2_array, oid_int2,
                     encode_all(values, [](auto each) { return big_endian(each); }));
}
parameters& parameters::times(const std::vector<time_point>& values) {
    return add_array(oid_timestamptz_array, oid_timestamptz,
                     encode_all(values, [](auto each) { return big_endian(each); }));
}
parameters& parameters::uuids(const std::vector<std::string>& values) {
    return add_array(oid_uuid_array, oid_uuid, encode_all(values, uuid_bytes_of));
}

void rows::clear::operator()(pg_result* handle) const noexcept {
    PQclear(handle);
}

rows::rows(pg_result* taken) noexcept : handle_(taken) {}

std::size_t rows::size() const noexcept {
    return handle_ ? static_cast<std::size_t>(PQntuples(handle_.get())) : 0;
}

bool rows::is_null(std::size_t row, int column) const noexcept {
    return PQgetisnull(handle_.get(), static_cast<int>(row), column) != 0;
}

std::string_view rows::bytes(std::size_t row, int column) const noexcept {
    const auto at = static_cast<int>(row);
    const auto length = static_cast<std::size_t>(PQgetlength(handle_.get(), at, column));
    return {PQgetvalue(handle_.get(), at, column), length};
}

std::int64_t rows::number(std::size_t row, int column) const noexcept {
    const auto big_endian_bytes = bytes(row, column);
    if (big_endian_bytes.empty())
        return 0;
    const bool is_negative = big_endian_bytes.size() > 1 && (big_endian_bytes.front() & 0x80) != 0;
    auto bits = is_negative ? ~std::uint64_t{0} : std::uint64_t{0};
    for (const char byte : big_endian_bytes)
        bits = bits << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(bits);
}

time_point rows::time(std::size_t row, int column) const noexcept {
    const auto since = number(row, column);
    if (since == std::numeric_limits<std::int64_t>::min())
        return {};
    return epoch + std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(since));
}

std::string rows::uuid(std::size_t row, int column) const {
    uuid_bytes id{};
    const auto stored = bytes(row, column);
    std::ranges::transform(stored.substr(0, id.size()), id.begin(),
                           [](char byte) { return static_cast<std::uint8_t>(byte); });
    return to_string(id);
}

}  // namespace shopbell::postgres
