#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
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
    /// Null where there is nothing.
    void bind(int index, std::optional<std::int64_t> value) {
        if (value)
            bind(index, *value);
        else
            bind_null(index);
    }

    /// SQLITE_ROW, SQLITE_DONE or an error.
    [[nodiscard]] int step() { return sqlite3_step(handle_.get()); }

    [[nodiscard]] std::int64_t integer(int column) const {
        return sqlite3_column_int64(handle_.get(), column);
    }
    [[nodiscard]] bool is_integer(int column) const {
        return sqlite3_column_type(handle_.get(), column) == SQLITE_INTEGER;
    }
    [[nodiscard]] bool is_null(int column) const {
        return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
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
    statement& operator*() const noexcept { return one_; }

private:
    statement& one_;
};

/// Binds the values in their order and runs a statement that answers no rows. SQLITE_OK or an error.
template <class... Values>
[[nodiscard]] int run(statement& one, const Values&... values) {
    const use row(one);
    int index = 0;
    (row->bind(++index, values), ...);
    const int code = row->step();
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/// Whether the connection is as good as before after that error.
[[nodiscard]] constexpr bool is_passing(int code) noexcept {
    const int kind = code & 0xff;
    return kind == SQLITE_FULL || kind == SQLITE_BUSY || kind == SQLITE_LOCKED;
}

/// How long a new connection waits for a lock that another one holds.
constexpr std::chrono::milliseconds default_patience{3000};

enum class access : unsigned char { read_write, read_only };

class connection {
public:
    connection() = default;

    /// SQLITE_OK, or an error whose text is in `message`.
    [[nodiscard]] int open(const std::string& path, access how);
    /// Copies nothing from the log into the database: after an I/O error nobody may, before the log's index
    /// was read anew.
    void close() { handle_.reset(); }
    /// The last one that has the file open folds the log into the database and removes it.
    void close_and_fold_log();
    [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }

    /// How long calls wait for a lock that another connection holds.
    void set_patience(std::chrono::milliseconds time);

    [[nodiscard]] int execute(const char* sql);
    [[nodiscard]] int prepare(std::string_view sql, statement& into);
    struct wanted {
        statement& into;
        std::string_view sql;
    };
    [[nodiscard]] int prepare_all(std::initializer_list<wanted> all);
    /// The first column of the only row of `sql`. SQLITE_OK with `into` filled in, or an error: also where
    /// there is no row or no number in it.
    [[nodiscard]] int query(std::string_view sql, std::int64_t& into);
    [[nodiscard]] int query(statement& one, std::int64_t& into);

    /// Has the next transaction of any connection read the log's index anew from the log itself, where
    /// SQLite keeps it in memory for as long as some process reads the file. A checkpoint that a reader cut
    /// short counts pages as copied that were never synced: after an I/O error, also one of a process that
    /// has ended, only the log tells what the database must hold. Readers are not disturbed: it is what
    /// they meet after a writer was killed. For a connection that has read already. SQLITE_OK or an error.
    [[nodiscard]] int distrust_log_index();

    [[nodiscard]] std::string message(int code) const;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

private:
    struct closer {
        void operator()(sqlite3* one) const noexcept { sqlite3_close_v2(one); }
    };
    std::unique_ptr<sqlite3, closer> handle_;
    std::string path_;
};

/// Several reads of one moment. Ends with its life, so that the log can be reset.
class snapshot {
public:
    explicit snapshot(connection& of) : of_(of), code_(of.execute("BEGIN")) {}
    ~snapshot() {
        if (code_ == SQLITE_OK)
            (void)of_.execute("ROLLBACK");
    }
    snapshot(const snapshot&) = delete;
    snapshot& operator=(const snapshot&) = delete;

private:
    connection& of_;
    const int code_;
};

}  // namespace shopbell::sqlite
