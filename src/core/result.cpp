#include <shopbell/core/result.hpp>

#include <stdexcept>

namespace shopbell {

void throw_exception_from_error(const failure& error, const boost::source_location& where) {
    throw std::logic_error("value() of a failed result at " + where.to_string() + ": " + error.reason);
}

}  // namespace shopbell
