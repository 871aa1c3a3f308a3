#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// The little of SQLite's C interface that the inbox uses, with ownership. Return values are SQLite's own
/// codes: the writer decides by them. One connection belongs to one thread.
namespace shopbell::sqlite {

class statement {
public:
    statement() = default;

    void bind(int index, std::int64_t value) { sqlite3_bind_int64(handle_.get(), index, value); }
    /// The bytes must stay until the next `reset`.
    void bind(int index, std::string_view text);
    void bind_blob(int index, std::string_view bytes);
    void bind_null(int index) { sqlite3_bind_null(handle_.get(), index); }

    /// SQLITE_ROW, SQLITE_DONE or an error.
    [[nodiscard]] int step() { return sqlite3_step(handle_.get()); }

    [[nodiscard]] std::int64_t integer(int column) const {
        return sqlite3_column_int64(handle_.get(), column);
    }
    /// Text or blob; valid until the next `step` or `reset`.
    [[nodiscard]] std::string_view bytes(int column) const;

    /// Rows that the statement's last run inserted, changed or deleted.
    [[nodiscard]] int changes() const { return sqlite3_changes(sqlite3_db_handle(handle_.get())); }

    /// Ends the statement's work, and with it its hold on a snapshot.
    void reset();

private:
    friend class connection;
    struct finalizer {
        void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
    };
    std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

/// Resets a statement when its use ends, on every path.
class use {
public:
    explicit use(statement& one) : one_(one) {}
    ~use() { one_.reset(); }
    use(const use&) = delete;
    use& operator=(const use&) = delete;
    statement* operator->() const noexcept { return &one_; }

private:
    statement& one_;
};

enum class access : unsigned char { read_write, read_only };

class connection {
public:
    connection() = default;

    /// SQLITE_OK, or an error whose text is in `message`.
    [[nodiscard]] int open(const std::string& path, access how);
    void close() { handle_.reset(); }
    [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }

    [[nodiscard]] int execute(const char* sql);
    [[nodiscard]] int prepare(std::string_view sql, statement& into);
    /// The first column of the first row of `sql`, or `fallback`.
    [[nodiscard]] std::int64_t query(std::string_view sql, std::int64_t fallback);

    [[nodiscard]] std::string message() const;
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

private:
    struct closer {
        void operator()(sqlite3* one) const noexcept { sqlite3_close_v2(one); }
    };
    std::unique_ptr<sqlite3, closer> handle_;
};

}  // namespace shopbell::sqlite
