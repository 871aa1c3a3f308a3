#pragma once

#include <shopbell/sinks/sink.hpp>

#include <nats/nats.h>

#include <cstdint>
#include <string>

namespace shopbell {

/// What became of one message that was published to JetStream.
struct nats_ack {
    natsStatus status = NATS_OK;
    int code = 0;      ///< the server's error code, where it gave one (a jsErrCode)
    std::string text;  ///< what the server or the library says of an error
    std::string stream;
    std::uint64_t sequence = 0;
    bool duplicate = false;
};

/// Delivered where the stream has it, duplicates included; but a duplicate of sequence 0 is the word of a
/// new leader on what was never stored (nats-server, pull request 6415), and is tried again. Rejected where
/// the message is too large for the server or the stream; anything else can be mended, and is tried again.
[[nodiscard]] outcome classify(const nats_ack& ack);

}  // namespace shopbell
