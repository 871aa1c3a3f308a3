#include "sqlite.hpp"

#include "write_gathering.hpp"

#include <algorithm>
#include <cstddef>

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
    path_ = path;
    const bool writes = how == access::read_write;
    const int mode = writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     writes ? write_gathering::system() : nullptr);
    handle_.reset(raw);
    if (code != SQLITE_OK)
        return code;
    set_patience(default_patience);
    if (const int kept = sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        kept != SQLITE_OK)
        return kept;
    if (writes)
        return code;
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

int connection::query(std::string_view sql, std::int64_t& into) {
    statement one;
    if (const int code = prepare(sql, one); code != SQLITE_OK)
        return code;
    return query(one, into);
}

int connection::query(statement& one, std::int64_t& into) {
    const use row(one);
    const int code = row->step();
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
    if (!row->is_integer(0))
        return SQLITE_CORRUPT;
    into = row->integer(0);
    return SQLITE_OK;
}

int connection::distrust_log_index() {
    // Two copies of a header stand in front of the index; neither may look valid
    // (https://sqlite.org/walformat.html).
    constexpr std::size_t headers = 96;
    constexpr int region = 32 * 1024;
    sqlite3_file* file = nullptr;
    if (const int code = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
        code != SQLITE_OK)
        return code;
    void volatile* index = nullptr;
    if (file->pMethods == nullptr || file->pMethods->iVersion < 2 || file->pMethods->xShmMap == nullptr)
        return SQLITE_CANTOPEN;
    if (const int code = file->pMethods->xShmMap(file, 0, region, 0, &index); code != SQLITE_OK)
        return code;
    if (index == nullptr)
        return SQLITE_OK;
    auto* const bytes = static_cast<unsigned char volatile*>(index);
    std::fill(bytes, bytes + headers, static_cast<unsigned char>(0));
    file->pMethods->xShmBarrier(file);
    return SQLITE_OK;
}

void connection::close_and_fold_log() {
    if (is_open())
        sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    close();
}

std::string connection::message(int code) const {
    if (!handle_)
        return "no connection";
    const bool is_latest = sqlite3_extended_errcode(handle()) == code || sqlite3_errcode(handle()) == code;
    return is_latest ? sqlite3_errmsg(handle()) : sqlite3_errstr(code);
}

}  // namespace shopbell::sqlite
