-- wrk's script: sends whole requests of a file that make_requests made, each of them once.
--
-- The file is mapped, so that a request costs the generator one copy into a Lua string and nothing else. What
-- to send comes in the environment: BENCH_FILE, BENCH_SIZE (of one request), BENCH_FIRST and BENCH_COUNT (which of
-- them; every thread takes its share), and BENCH_RATE (requests a second of all threads; 0: as fast as answers
-- come). The last line printed is JSON.

local ffi = require "ffi"

ffi.cdef [[
    int open(const char* path, int flags);
    void* mmap(void* address, size_t length, int protection, int flags, int file, long offset);
    typedef struct { long seconds; long nanoseconds; } bench_time;
    int clock_gettime(int clock, bench_time* now);
]]

local function setting(name)
    return tonumber(os.getenv("BENCH_" .. name))
end

local threads = {}

function setup(thread)
    table.insert(threads, thread)
    thread:set("number", #threads)
end

local PROT_READ, MAP_SHARED, CLOCK_MONOTONIC = 1, 1, 1
local size, base, first, last, following
wraps, sent = 0, 0  -- done() reads globals only

function init()
    local count = tonumber(os.getenv("BENCH_COUNT"))
    local file = ffi.C.open(os.getenv("BENCH_FILE"), 0)
    size = setting("SIZE")
    local mapped = ffi.C.mmap(nil, (setting("FIRST") + count) * size, PROT_READ, MAP_SHARED, file, 0)
    assert(file >= 0 and ffi.cast("intptr_t", mapped) ~= -1, "cannot map the file of requests")
    base = ffi.cast("const char*", mapped)

    local share = math.floor(count / setting("THREADS"))
    first = setting("FIRST") + (number - 1) * share
    last = first + share
    following = first
end

function request()
    if following == last then
        following = first
        wraps = wraps + 1
    end
    local at = base + following * size
    following = following + 1
    sent = sent + 1
    return ffi.string(at, size)
end

if setting("RATE") > 0 then
    local time = ffi.new("bench_time")
    local interval = 1000 * setting("THREADS") / setting("RATE")
    local due

    local function milliseconds()
        ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
        return tonumber(time.seconds) * 1000 + tonumber(time.nanoseconds) / 1e6
    end

    -- Connections take turns in one timetable. Whoever comes late sends at once: the rate is kept as long as there
    -- are connections enough.
    function delay()
        local now = milliseconds()
        due = due and due + interval or now
        return math.max(0, due - now)
    end
end

function done(summary, latency)
    local wrapped, asked = 0, 0
    for _, thread in ipairs(threads) do
        wrapped = wrapped + thread:get("wraps")
        asked = asked + thread:get("sent")
    end
    local errors = summary.errors
    print(string.format(
        '{"sent": %d, "requests": %d, "seconds": %.6f, "not_2xx": %d, "socket_errors": %d, "wraps": %d, '
            .. '"p50_ms": %.3f, "p99_ms": %.3f, "p999_ms": %.3f, "max_ms": %.3f}',
        asked, summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, wrapped,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
        latency.max / 1e3))
end
