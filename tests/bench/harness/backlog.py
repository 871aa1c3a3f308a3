"""A sink whose target is down, with a short and a long backlog of undelivered events, beside no sink at all: memory
of the daemon at rest and while it accepts more."""

import time

from . import machine, options
from .findings import Findings
from .generator import Load, Requests, send
from .server import free_port
from .shopbell import Shopbell, everything_to, fill, forward_sink, scratch_folder

SUMMARY = "memory with a million undelivered events"

FASTEST = 40_000
SHORT = 1_000
AS_WITHOUT = 2  # MiB


def add_options(parser):
    parser.add_argument("--events", type=int, default=1_000_000, help="undelivered ones of the long backlog")
    parser.add_argument("--rest", type=int, default=20, metavar="SECONDS", help="before memory is looked at")
    parser.add_argument("--seconds", type=int, default=5, help="of load")
    parser.add_argument("--connections", type=int, default=64)
    options.add_folder(parser)
    options.add_json(parser)


def run(chosen):
    machine.prepare(chosen.folder)
    requests = Requests.made(chosen.folder, FASTEST * chosen.seconds)
    sink = forward_sink(f"http://127.0.0.1:{free_port()}/") + everything_to("forward")
    cases = {
        "no sink": ("", chosen.events),
        "a short backlog": (sink, SHORT),
        "a long backlog": (sink, chosen.events),
    }
    measured = {name: _measure(name, *case, requests, chosen) for name, case in cases.items()}

    findings = Findings("backlog", chosen)
    findings.add("measurements", measured)
    without, short, long = measured.values()
    findings.judge("undelivered in the long backlog", long["lag_events"], at_least=chosen.events)
    for state in ("at rest", "under load"):
        findings.judge(f"MiB that a long backlog takes more than a short one, {state}", long[state] - short[state],
                       at_most=AS_WITHOUT)
    findings.add("MiB that a sink that is down takes", short["at rest"] - without["at rest"])
    return findings.write()


def _measure(name, sinks, events, requests, chosen):
    with scratch_folder(chosen.folder / "data/backlog") as folder:
        with Shopbell(folder, sinks):
            pass  # the sink has its place in the inbox, in front of all that comes
        fill(folder, events)
        with Shopbell(folder, sinks) as server:
            time.sleep(chosen.rest)
            found = {"at rest": server.rss_mib(), "started_in": server.started_in}
            said = send(requests, server.port, Load(chosen.connections, chosen.seconds))
            found |= {"under load": server.rss_mib(), "peak": server.peak_rss_mib(), "rate": said["rate"],
                      "lag_events": server.metrics().get('shopbell_sink_lag_events{sink="forward"}', 0)}
    print(f"{name} ({events:,} events): {found['at rest']:.1f} MiB at rest, {found['under load']:.1f} after load "
          f"of {found['rate']:,.0f} req/s, peak {found['peak']:.1f}", flush=True)
    return found
