"""Whether delivery keeps up. First the accept rate with nothing routed; then a steady half of it with a file sink and a
log sink that get everything, and how far these fall behind. Then how fast a backlog is forwarded to an HTTP server on
this machine that answers at once."""

import time

from . import machine, options
from .cpu_use import CpuUse, judge_others
from .findings import Findings
from .generator import Load, Requests, send
from .server import Server, free_port
from .shopbell import FILE_SINK, LOG_SINK, Shopbell, everything_to, fill, forward_sink, scratch_folder
from .writer_watch import Sampled

SUMMARY = "lag of a file and a log sink at half the accept rate, and the rate of forwarding"

FASTEST = 40_000
LOOK_EVERY = 0.2  # seconds
FORWARDING_ENDS_WITHIN = 300  # seconds


def add_options(parser):
    parser.add_argument("--seconds", type=int, default=30, help="of the steady half")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--forwarded", type=int, default=100_000, help="events of the backlog")
    parser.add_argument("--concurrency", type=int, default=16, help="of the forward sink")
    options.add_folder(parser)
    options.add_json(parser)


def run(chosen):
    machine.prepare(chosen.folder)
    requests = Requests.made(chosen.folder, FASTEST * chosen.seconds)
    findings = Findings("delivery", chosen)
    _judge_lag(_lag_at_half(requests, chosen), findings)
    _judge_forwarding(_forward(chosen), findings)
    return findings.write()


def _lag_at_half(requests, chosen):
    place = chosen.folder / "data/delivery"
    with scratch_folder(place) as folder, Shopbell(folder) as server:
        most = send(requests, server.port, Load(chosen.connections, 5))["rate"]
    load = Load(chosen.connections, chosen.seconds, rate=int(most / 2))
    sinks = FILE_SINK + LOG_SINK + everything_to("file", "log")
    with scratch_folder(place) as folder, Shopbell(folder, sinks) as server:
        cpu = CpuUse(server)
        with LagWatch(server) as watch:
            said = send(requests, server.port, load)
        used = cpu.shares()
        after = server.metrics()
    lags = {sink: watch.largest(sink) for sink in ("file", "log")}
    found = {**said, "cpu": used, "most": most, "asked": load.rate, "lags": lags,
             "dropped_log_lines": after["shopbell_log_lines_dropped_total"]}
    for sink, seen in lags.items():
        print(f"{sink} sink at {said['rate']:,.0f} req/s, half of {most:,.0f}: at most {seen['seconds']:.2f} s and "
              f"{seen['events']:,.0f} events behind", flush=True)
    return found


class LagWatch(Sampled):
    """How far sinks fall behind while it is entered."""

    def __init__(self, server):
        super().__init__(LOOK_EVERY)
        self._server = server

    def look(self):
        return self._server.metrics()

    def largest(self, sink):
        lag = {unit: max(values[f'shopbell_sink_lag_{unit}{{sink="{sink}"}}'] for _, values in self.seen)
               for unit in ("seconds", "events")}
        return {**lag, "looks": len(self.seen)}


def _judge_lag(found, findings):
    findings.add("half", found)
    for sink, seen in found["lags"].items():
        findings.judge(f"{sink} sink: largest lag at half the accept rate, seconds", seen["seconds"], at_most=1)
    findings.judge("rate that was kept / half the accept rate", found["rate"] / found["asked"], at_least=0.98)
    findings.judge("lines of the log dropped", found["dropped_log_lines"], at_most=0)
    findings.judge("answers that were not 2xx", found["not_2xx"], at_most=0)
    judge_others(findings, [found["cpu"]])


def _forward(chosen):
    target_port = free_port()
    sinks = forward_sink(f"http://127.0.0.1:{target_port}/", chosen.concurrency) + everything_to("forward")
    target_command = [machine.BINARIES / "floor", target_port, "1"]
    with scratch_folder(chosen.folder / "data/delivery") as folder:
        with Shopbell(folder, sinks):
            pass  # the sink has its place in the inbox, in front of all that comes
        fill(folder, chosen.forwarded)
        with Server([target_command], target_port, folder) as target, Shopbell(folder, sinks) as server:
            found = _watch_forwarding(server, target, chosen.forwarded)
    print(f"forwarded {chosen.forwarded:,} events: {found['rate']:,.0f} a second, CPU {found['server_us']:.1f} us each, "
          f"of the target {found['target_us']:.1f} us", flush=True)
    return found


def _watch_forwarding(server, target, events):
    began = time.monotonic()
    while _delivered(server) < events:
        if time.monotonic() - began > FORWARDING_ENDS_WITHIN:
            raise machine.Unusable(f"only {_delivered(server):,.0f} events were forwarded")
        time.sleep(LOOK_EVERY / 4)
    took = time.monotonic() - began
    return {"rate": events / took, "server_us": server.cpu_seconds() * 1e6 / events,
            "target_us": target.cpu_seconds() * 1e6 / events, "peak_mib": server.peak_rss_mib()}


def _delivered(server):
    return server.metrics().get('shopbell_deliveries_total{outcome="delivered",sink="forward"}', 0)


def _judge_forwarding(found, findings):
    findings.add("forwarding", found)
    findings.judge("events forwarded a second", found["rate"], at_least=5_000)
