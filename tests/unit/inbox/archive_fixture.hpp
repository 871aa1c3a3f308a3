#pragma once

#include "inbox_fixture.hpp"

#include <shopbell/inbox/archive.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {

/// An inbox with an archive beside it.
template <class Inbox>
class with_archive : public Inbox {
protected:
    void open_archive() { archive_ = this->read_stored(); }

    page<event_summary> list(event_filter filter = {}, std::optional<sequence> cursor = {},
                             std::size_t limit = 10'000) {
        return run(this->context_, archive_->list(std::move(filter), cursor, limit)).value();
    }
    page<stored_event> read(event_filter filter = {}, sequence cursor = 0, std::size_t limit = 10'000) {
        return run(this->context_, archive_->read(std::move(filter), cursor, limit)).value();
    }

    /// All pages, newest first.
    std::vector<sequence> listed(const event_filter& filter = {}, std::size_t limit = 10'000) {
        std::vector<sequence> all;
        for (std::optional<sequence> cursor;;) {
            const auto part = list(filter, cursor, limit);
            EXPECT_LE(part.items.size(), limit);
            for (const auto& one : part.items)
                all.push_back(one.number);
            if (!part.next)
                return all;
            cursor = part.next;
        }
    }
    /// All pages, oldest first.
    std::vector<sequence> read_through(const event_filter& filter = {}, std::size_t limit = 10'000) {
        std::vector<sequence> all;
        for (sequence cursor = 0;;) {
            const auto part = read(filter, cursor, limit);
            EXPECT_LE(part.items.size(), limit);
            for (const auto& one : part.items)
                all.push_back(one.number);
            if (!part.next)
                return all;
            cursor = *part.next;
        }
    }

    std::unique_ptr<archive> archive_;
};

using archive_test = with_archive<inbox_test>;
using engine_archive_test = with_archive<engine_test>;

}  // namespace shopbell::test
