#pragma once

#include "support/postgres_server.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/settings.hpp>
#ifdef SHOPBELL_HAS_POSTGRES
#include <shopbell/inbox/postgres/postgres_inbox.hpp>
#endif

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace shopbell::test {

/// What an inbox is kept in.
enum class engine : unsigned char { sqlite, postgres };

#ifdef SHOPBELL_HAS_POSTGRES
inline const auto every_engine = ::testing::Values(engine::sqlite, engine::postgres);
#else
inline const auto every_engine = ::testing::Values(engine::sqlite);
#endif

/// INSTANTIATE_TEST_SUITE_P(engine, put_test, every_engine, engine_name);
inline std::string engine_name(const ::testing::TestParamInfo<engine>& tested) {
    return tested.param == engine::sqlite ? "sqlite" : "postgres";
}

/// One server for all tests of the program that need it.
class shared_postgres final : public ::testing::Environment {
public:
    static postgres_server& get() {
        if (!server_)
            server_ = std::make_unique<postgres_server>();
        return *server_;
    }
    void TearDown() override { server_.reset(); }

private:
    inline static std::unique_ptr<postgres_server> server_;
};

// Taken by GoogleTest, which ends it before main does.
inline const auto* const registered_postgres = ::testing::AddGlobalTestEnvironment(new shared_postgres);

/// Each test begins without an inbox there.
inline void clear_postgres() {
    (void)shared_postgres::get().ask(
        "SET client_min_messages = error; DROP SCHEMA IF EXISTS shopbell CASCADE");
}
inline std::string ask_postgres(const std::string& sql) {
    return shared_postgres::get().ask("SET search_path = shopbell; " + sql);
}

inline postgres_settings settings_of_postgres(const inbox_settings& common = {}) {
    postgres_settings chosen;
    static_cast<inbox_settings&>(chosen) = common;
    chosen.hosts = {"127.0.0.1"};
    chosen.port = shared_postgres::get().port();
    chosen.database = "shop";
    chosen.user = "shop";
    chosen.standby = standby_demand::none;
    return chosen;
}

#ifdef SHOPBELL_HAS_POSTGRES
inline result<std::unique_ptr<inbox>> open_postgres_inbox_for_test(const inbox_settings& common) {
    return open_postgres_inbox(settings_of_postgres(common), log::null());
}
inline result<std::unique_ptr<archive>> open_postgres_archive_for_test() {
    return open_postgres_archive(settings_of_postgres());
}
#else
inline result<std::unique_ptr<inbox>> open_postgres_inbox_for_test(const inbox_settings& /*common*/) {
    return failure{errc::unavailable, "this build has no engine for PostgreSQL"};
}
inline result<std::unique_ptr<archive>> open_postgres_archive_for_test() {
    return failure{errc::unavailable, "this build has no engine for PostgreSQL"};
}
#endif

}  // namespace shopbell::test
