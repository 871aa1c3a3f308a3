#pragma once

#include <shopbell/sinks/registry.hpp>

#include <memory>

/// One function for each kind of sink, each in the file of its name; registry.cpp lists them.
namespace shopbell {

std::unique_ptr<sink> make_file_sink(config::reader& keys, const sink_context& context);
std::unique_ptr<sink> make_log_sink(config::reader& keys, const sink_context& context);
std::unique_ptr<sink> make_forward_sink(config::reader& keys, const sink_context& context);
std::unique_ptr<sink> make_exec_sink(config::reader& keys, const sink_context& context);
std::unique_ptr<sink> make_nats_sink(config::reader& keys, const sink_context& context);
std::unique_ptr<sink> make_postgres_sink(config::reader& keys, const sink_context& context);

}  // namespace shopbell
