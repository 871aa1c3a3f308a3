#include <shopbell/core/exceptions.hpp>

#include <new>

namespace shopbell {

std::string describe_exception(const std::exception_ptr& thrown) {
    try {
        if (thrown)
            std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        return "internal error: not enough memory";
    } catch (const std::exception& one) {
        return std::string("internal error: ") + one.what();
    } catch (...) {
        return "internal error: something unknown was thrown";
    }
    return "internal error";
}

}  // namespace shopbell
