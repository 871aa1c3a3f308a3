#include "postgres_sink.hpp"

#include "postgres_client.hpp"
#include "worker_pool.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <span>
#include <utility>

namespace shopbell {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using event_span = std::span<const std::shared_ptr<const event>>;

/// Of one statement: what a server takes at once without effort, and repeats without much loss.
constexpr std::size_t most_rows = 64;
constexpr std::size_t most_row_bytes = 1024 * 1024;

constexpr std::string_view undefined_table = "42P01";

/// Text that PostgreSQL can hold: UTF-8 without NUL.
std::string as_text(std::string_view value) {
    std::string text = to_utf8_lossy(value);
    for (auto at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
        text.replace(at, 1, "\xEF\xBF\xBD");
    return text;
}

/// What of an event document has columns of its own.
struct event_row {
    std::string data;         ///< as the document spells it
    std::string occurred_at;  ///< when the order was placed, as its store says; empty: unknown
};

/// Whether PostgreSQL takes what `to_rfc3339` made of a store's time: it knows no year 0.
bool is_plain_time(std::string_view text) noexcept {
    return text.size() == std::string_view("2026-11-21T15:51:45.279Z").size() && !text.starts_with("0000");
}

event_row read_row(const event& content) {
    const auto document = json::document::parse(content.document);
    const auto* const data = document ? document->root().find("data") : nullptr;
    if (data == nullptr)
        return {content.document, ""};
    const auto* const placed_at = data->at("/order/placed_at");
    const bool known = placed_at != nullptr && is_plain_time(placed_at->text());
    return {std::string(data->raw()), known ? std::string(placed_at->text()) : std::string()};
}

/// An array of the protocol's text form, element by element.
class text_array {
public:
    void add_null() { text_ += text_.empty() ? "{NULL" : ",NULL"; }
    void add(std::string_view element) {
        text_ += text_.empty() ? "{\"" : ",\"";
        for (const char c : element) {
            if (c == '"' || c == '\\')
                text_ += '\\';
            text_ += c;
        }
        text_ += '"';
    }
    [[nodiscard]] std::string take() { return std::move(text_ += '}'); }

private:
    std::string text_;
};

std::string insert_into(const std::string& table) {
    return "INSERT INTO " + table +
           " (id, type, endpoint, subject, occurred_at, received_at, data)"
           " SELECT id, type, endpoint, subject, occurred_at, received_at, data::jsonb"
           " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], "
           "$6::timestamptz[],"
           " $7::text[]) AS event(id, type, endpoint, subject, occurred_at, received_at, data)"
           " ON CONFLICT (id) DO NOTHING";
}

std::string create_table(const std::string& table) {
    return "CREATE TABLE IF NOT EXISTS " + table +
           " (id uuid PRIMARY KEY, type text NOT NULL, endpoint text NOT NULL, subject text NOT NULL,"
           " occurred_at timestamptz, received_at timestamptz NOT NULL, data jsonb NOT NULL)";
}

std::vector<std::string> parameters_of(event_span events) {
    text_array id, type, endpoint, subject, occurred_at, received_at, data;
    for (const auto& each : events) {
        id.add(as_text(each->id));
        type.add(as_text(each->type));
        endpoint.add(as_text(each->endpoint));
        subject.add(as_text(each->subject));
        received_at.add(to_rfc3339(each->accepted_at));
        const auto row = read_row(*each);
        if (row.occurred_at.empty())
            occurred_at.add_null();
        else
            occurred_at.add(row.occurred_at);
        data.add(as_text(row.data));
    }
    std::vector<std::string> all;
    for (auto* const array : {&id, &type, &endpoint, &subject, &occurred_at, &received_at, &data})
        all.push_back(array->take());
    return all;
}

/// One worker's way into the table. All of it on the worker's thread.
class postgres_writer {
public:
    explicit postgres_writer(const postgres_sink_settings& settings)
        : create_(settings.create), table_(settings.table), client_(settings.target) {}

    [[nodiscard]] std::vector<outcome> write(event_span events, postgres_client::time_point until) {
        std::vector<outcome> outcomes;
        failures before;
        while (outcomes.size() < events.size()) {
            const auto rest = events.subspan(outcomes.size());
            for (auto& each : write_some(rest.first(count_for_one_statement(rest)), before, until))
                outcomes.push_back(std::move(each));
        }
        return outcomes;
    }

    [[nodiscard]] sink_finding inspect(postgres_client::time_point until) {
        using grade = sink_finding::grade;
        const auto seen = client_.run(
            "SELECT CASE WHEN to_regclass($1) IS NULL THEN 'missing'"
            " WHEN has_table_privilege(to_regclass($1), 'INSERT') THEN 'good' ELSE 'refused' END",
            {table_}, until);
        if (!seen.done)
            return {grade::bad, seen.text};
        const auto connected = "connected to " + client_.host();
        if (seen.value == "refused")
            return {grade::bad, connected + ", but this user may not insert into " + table_};
        if (seen.value == "good")
            return {grade::good, connected + ", table " + table_ + " is there"};
        if (create_)
            return {grade::good, connected + ", table " + table_ + " will be created"};
        return {grade::bad,
                connected + ", but there is no table " + table_ + ": create it, or say create = true"};
    }

private:
    /// Of one delivery, so that no event passes an earlier one of its subject.
    struct failures {
        std::string of_server;           ///< then nothing more is tried
        std::set<std::string> subjects;  ///< of events that are to be tried again
    };

    [[nodiscard]] static std::size_t count_for_one_statement(event_span events) {
        std::size_t bytes = 0;
        std::size_t count = 0;
        while (count < events.size() && count < most_rows) {
            bytes += events[count]->document.size();
            if (count > 0 && bytes > most_row_bytes)
                break;
            ++count;
        }
        return count;
    }

    /// All of them at once; where one may be at fault, each for itself, so that only that one fails.
    [[nodiscard]] std::vector<outcome> write_some(event_span events, failures& before,
                                                  postgres_client::time_point until) {
        if (before.of_server.empty() && before.subjects.empty() && events.size() > 1) {
            const auto answer = insert(events, until);
            if (answer.done)
                return std::vector<outcome>(events.size(), outcome(delivered()));
            if (blame_for(answer.sqlstate) == postgres_blame::server)
                before.of_server = describe(answer);
        }
        std::vector<outcome> outcomes;
        for (const auto& each : events)
            outcomes.push_back(write_one(each, before, until));
        return outcomes;
    }

    [[nodiscard]] outcome write_one(const std::shared_ptr<const event>& content, failures& before,
                                    postgres_client::time_point until) {
        if (!before.of_server.empty())
            return retry{before.of_server};
        if (before.subjects.contains(content->subject))
            return retry{"an earlier event of its subject could not be stored"};
        const auto answer = insert({&content, 1}, until);
        if (answer.done)
            return delivered();
        const auto blame = blame_for(answer.sqlstate);
        if (blame == postgres_blame::event)
            return reject{describe(answer)};
        if (blame == postgres_blame::server)
            before.of_server = describe(answer);
        else if (!content->subject.empty())
            before.subjects.insert(content->subject);
        return retry{describe(answer)};
    }

    [[nodiscard]] postgres_client::answer insert(event_span events, postgres_client::time_point until) {
        const auto parameters = parameters_of(events);
        auto answer = client_.run(insert_into(table_), parameters, until);
        if (!create_ || answer.sqlstate != undefined_table)
            return answer;
        // Another one may be creating it at the same time: what counts is whether it is there then.
        const auto created = client_.run(create_table(table_), {}, until);
        const bool race = created.sqlstate == "23505" || created.sqlstate == "42P07";
        return created.done || race ? client_.run(insert_into(table_), parameters, until) : created;
    }

    [[nodiscard]] static std::string describe(const postgres_client::answer& answer) {
        return answer.sqlstate.empty() ? answer.text : answer.text + " (SQLSTATE " + answer.sqlstate + ")";
    }

    const bool create_;
    const std::string table_;
    postgres_client client_;
};

std::string describe_address(const postgres_target& target) {
    std::string hosts;
    for (const auto& host : target.hosts)
        (hosts += hosts.empty() ? "" : ",") += host;
    return hosts + '/' + target.database;
}

class postgres_sink final : public sink {
public:
    postgres_sink(const postgres_sink_settings& settings, const sink_context& context)
        : address_(describe_address(settings.target) + " table " + settings.table),
          timeout_(context.timeout),
          workers_(context.name, context.concurrency,
                   [&settings] { return std::make_shared<postgres_writer>(settings); }) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return most_rows; }

    [[nodiscard]] std::string address() const override { return address_; }

    [[nodiscard]] result<sink_message> preview(const event& content) const override {
        sink_message message;
        message.body = read_row(content).data;
        return message;
    }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        const auto until = steady::now() + timeout_;
        auto job = [events, until](postgres_writer& writer) { return writer.write(events, until); };
        auto written = co_await workers_.run(std::move(job), until + last_words);
        if (written)
            co_return *std::move(written);
        co_return std::vector<outcome>(events.size(), outcome(retry{no_answer()}));
    }

    [[nodiscard]] asio::awaitable<sink_finding> probe() override {
        const auto until = steady::now() + timeout_;
        auto job = [until](postgres_writer& writer) { return writer.inspect(until); };
        auto seen = co_await workers_.run(std::move(job), until + last_words);
        if (seen)
            co_return *std::move(seen);
        sink_finding silent;
        silent.how = sink_finding::grade::bad;
        silent.text = no_answer();
        co_return silent;
    }

private:
    using steady = std::chrono::steady_clock;
    /// What waits by itself until the deadline knows better why.
    static constexpr milliseconds last_words{500};

    [[nodiscard]] std::string no_answer() const {
        return address_ + " did not answer within " + config::to_text(timeout_);
    }

    const std::string address_;
    const milliseconds timeout_;
    worker_pool<postgres_writer> workers_;
};

}  // namespace

std::unique_ptr<sink> make_postgres(postgres_sink_settings settings, const sink_context& context) {
    return std::make_unique<postgres_sink>(settings, context);
}

}  // namespace shopbell
