#include <shopbell/inbox/postgres/postgres_inbox.hpp>

#include "archive_rows.hpp"
#include "event_rows.hpp"
#include "hosts.hpp"
#include "session.hpp"

#include <utility>

namespace shopbell {

namespace {

using namespace postgres;

/// People wait for these answers.
deadline answer_deadline() {
    constexpr std::chrono::milliseconds longest{10'000};
    return std::chrono::steady_clock::now() + longest;
}

class postgres_archive final : public archive {
public:
    explicit postgres_archive(const postgres_settings& settings)
        : hosts_(settings, std::make_shared<known_inbox>()),
          session_({.thread = "inbox-archive",
                    .open = [this] { return hosts_.open(); },
                    .lost = [this](const std::string&, const error&) { subjects_ = {}; }}) {
        session_.start();
    }
    ~postgres_archive() override { session_.stop(); }
    postgres_archive(const postgres_archive&) = delete;
    postgres_archive& operator=(const postgres_archive&) = delete;

    asio::awaitable<result<page<event_summary>>> list(event_filter filter, std::optional<sequence> cursor,
                                                      std::size_t limit) override {
        auto task = [filter = std::move(filter), cursor, limit](connection& database) {
            return postgres::list(database, filter, cursor, limit, answer_deadline());
        };
        return session_.ask<page<event_summary>>(std::move(task));
    }

    asio::awaitable<result<page<stored_event>>> read(event_filter filter, sequence cursor,
                                                     std::size_t limit) override {
        auto task = [filter = std::move(filter), cursor, limit](connection& database) {
            return postgres::read(database, filter, cursor, limit, answer_deadline());
        };
        return session_.ask<page<stored_event>>(std::move(task));
    }

    asio::awaitable<result<std::optional<stored_event>>> find(std::string id) override {
        auto task = [id = std::move(id)](connection& database) {
            return postgres::find(database, id, answer_deadline());
        };
        return session_.ask<std::optional<stored_event>>(std::move(task));
    }

    asio::awaitable<result<std::vector<std::string>>> ids_beginning_with(std::string text,
                                                                         std::size_t limit) override {
        auto task = [text = std::move(text), limit](connection& database) {
            return postgres::ids_beginning_with(database, text, limit, answer_deadline());
        };
        return session_.ask<std::vector<std::string>>(std::move(task));
    }

    asio::awaitable<result<id_page>> ids_ending_with(std::string text, std::optional<std::string> cursor,
                                                     std::size_t limit) override {
        auto task = [text = std::move(text), cursor = std::move(cursor), limit](connection& database) {
            return postgres::ids_ending_with(database, text, cursor, limit, answer_deadline());
        };
        return session_.ask<id_page>(std::move(task));
    }

    asio::awaitable<result<std::vector<delivery_state>>> deliveries(sequence number) override {
        auto task = [number](connection& database) {
            return read_deliveries(database, number, answer_deadline());
        };
        return session_.ask<std::vector<delivery_state>>(std::move(task));
    }

    asio::awaitable<result<std::optional<reception_report>>> received(sequence number) override {
        auto task = [number](connection& database) {
            return read_reception(database, number, answer_deadline());
        };
        return session_.ask<std::optional<reception_report>>(std::move(task));
    }

    asio::awaitable<result<dead_page>> dead_letters(std::string sink, std::optional<dead_cursor> cursor,
                                                    std::size_t limit) override {
        auto task = [sink = std::move(sink), cursor = std::move(cursor), limit](connection& database) {
            return postgres::dead_letters(database, sink, cursor, limit, answer_deadline());
        };
        return session_.ask<dead_page>(std::move(task));
    }

    asio::awaitable<result<std::vector<sink_record>>> sinks() override {
        return session_.ask<std::vector<sink_record>>(
            [](connection& database) { return read_sinks(database, answer_deadline()); });
    }

    asio::awaitable<result<std::vector<code_pool>>> code_pools(std::string endpoint) override {
        auto task = [endpoint = std::move(endpoint)](connection& database) {
            return read_pools(database, endpoint, answer_deadline());
        };
        return session_.ask<std::vector<code_pool>>(std::move(task));
    }

    asio::awaitable<result<std::vector<given_code>>> given_codes(std::string endpoint, std::string product,
                                                                 sequence after, std::size_t limit) override {
        auto task = [endpoint = std::move(endpoint), product = std::move(product), after,
                     limit](connection& database) {
            return read_given(database, endpoint, product, after, limit, answer_deadline());
        };
        return session_.ask<std::vector<given_code>>(std::move(task));
    }

    asio::awaitable<result<std::vector<code_state>>> code_states(std::string endpoint,
                                                                 std::vector<std::string> codes) override {
        auto task = [endpoint = std::move(endpoint), codes = std::move(codes)](connection& database) {
            return read_code_states(database, endpoint, codes, answer_deadline());
        };
        return session_.ask<std::vector<code_state>>(std::move(task));
    }

    asio::awaitable<result<inbox_extent>> extent() override {
        return session_.ask<inbox_extent>(
            [](connection& database) { return measure(database, answer_deadline()); });
    }

    asio::awaitable<result<std::vector<sequence>>> numbers_before(std::vector<time_point> times) override {
        auto task = [times = std::move(times)](connection& database) {
            return postgres::numbers_before(database, times, answer_deadline());
        };
        return session_.ask<std::vector<sequence>>(std::move(task));
    }

    asio::awaitable<result<std::vector<event_report>>> report(std::vector<sequence> numbers) override {
        auto task = [numbers = std::move(numbers)](connection& database) {
            return postgres::report(database, numbers, answer_deadline());
        };
        return session_.ask<std::vector<event_report>>(std::move(task));
    }

    asio::awaitable<result<page<event_summary>>> list_subject(std::string subject, event_filter filter,
                                                              std::optional<sequence> cursor,
                                                              std::size_t limit) override {
        auto task = [this, subject = std::move(subject), filter = std::move(filter), cursor,
                     limit](connection& database) {
            return postgres::list_subject(database, subjects_, subject, filter, cursor, limit,
                                          answer_deadline());
        };
        return session_.ask<page<event_summary>>(std::move(task));
    }

    asio::awaitable<result<page<event_summary>>> search(event_filter filter, predicate wanted,
                                                        std::optional<sequence> cursor,
                                                        std::size_t limit) override {
        auto task = [filter = std::move(filter), wanted = std::move(wanted), cursor,
                     limit](connection& database) {
            return postgres::search(database, filter, wanted, cursor, limit, answer_deadline());
        };
        return session_.ask<page<event_summary>>(std::move(task));
    }

    asio::awaitable<result<page<waiting_record>>> waiting(std::string sink, sequence cursor,
                                                          std::size_t limit) override {
        auto task = [sink = std::move(sink), cursor, limit](connection& database) {
            return read_waiting(database, sink, cursor, limit, answer_deadline());
        };
        return session_.ask<page<waiting_record>>(std::move(task));
    }

    asio::awaitable<result<sequence>> newest() override {
        return session_.ask<sequence>(
            [](connection& database) { return read_newest(database, answer_deadline()); });
    }

private:
    // Only on the session's thread. What was learned of one server may not be so on another.
    host_rotation hosts_;
    subject_index subjects_;

    session session_;  ///< last: its thread uses the above
};

}  // namespace

result<std::unique_ptr<archive>> open_postgres_archive(const postgres_settings& settings) {
    return std::unique_ptr<archive>(std::make_unique<postgres_archive>(settings));
}

}  // namespace shopbell
