#include "support/fault_disk.hpp"

#include "support/places.hpp"

#include <filesystem>

namespace shopbell::test {

namespace fs = std::filesystem;

fault_disk::fault_disk(std::string folder) : folder_(std::move(folder)) {
    fs::create_directory(own_.path() / "shadow");
}

bool fault_disk::is_possible() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false;
#else
    return true;
#endif
#else
    return true;
#endif
}

command fault_disk::on_it(command what) const {
    what.environment.push_back("LD_PRELOAD=" + fault_disk_library());
    what.environment.push_back("FAULT_DISK_FOLDER=" + folder_);
    what.environment.push_back("FAULT_DISK_SHADOW=" + own_.file("shadow"));
    what.environment.push_back("FAULT_DISK_FAIL=" + own_.file("fail"));
    return what;
}

void fault_disk::fail_sync_of(std::string_view name) const {
    write_file(own_.file("order"), name);
    fs::rename(own_.file("order"), own_.file("fail"));
}

bool fault_disk::has_failed() const {
    return !fs::exists(own_.file("fail"));
}

void fault_disk::cut_power() const {
    fs::remove_all(folder_);
    fs::copy(own_.file("shadow"), folder_, fs::copy_options::recursive);
}

}  // namespace shopbell::test
