#include "sqlite.hpp"

#include "write_gathering.hpp"

namespace shopbell::sqlite {

void statement::bind(int index, std::string_view text) {
    sqlite3_bind_text64(handle_.get(), index, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
}

void statement::bind_blob(int index, std::string_view bytes) {
    sqlite3_bind_blob64(handle_.get(), index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                        SQLITE_STATIC);
}

std::string_view statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
    return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

void statement::reset() {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
}

int connection::open(const std::string& path, access how) {
    const bool writes = how == access::read_write;
    const int mode = writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     writes ? write_gathering::system() : nullptr);
    handle_.reset(raw);
    if (code != SQLITE_OK)
        return code;
    set_patience(default_patience);
    if (writes)
        return code;
    if (const int kept = sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        kept != SQLITE_OK)
        return kept;
    return execute("PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0;");
}

void connection::set_patience(std::chrono::milliseconds time) {
    sqlite3_busy_timeout(handle_.get(), static_cast<int>(time.count()));
}

int connection::execute(const char* sql) {
    return sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
}

int connection::prepare(std::string_view sql, statement& into) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    into.handle_.reset(raw);
    return code;
}

int connection::prepare_all(std::initializer_list<wanted> all) {
    for (const auto& one : all) {
        if (const int code = prepare(one.sql, one.into); code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

std::int64_t connection::query(std::string_view sql, std::int64_t fallback) {
    statement one;
    if (prepare(sql, one) != SQLITE_OK || one.step() != SQLITE_ROW)
        return fallback;
    return one.integer(0);
}

std::string connection::message() const {
    return handle_ ? sqlite3_errmsg(handle_.get()) : "no connection";
}

}  // namespace shopbell::sqlite
