"""What stored events cost: starts, idle memory, accept rate and latency with smaller and larger inboxes, in rounds:
A B C A B C. Before every start the inbox leaves the page cache, as after a boot. The inboxes are filled through the
daemon's own library and removed at the end."""

import os
import shutil
import time
from statistics import median

from . import machine, options
from .cpu_use import CpuUse, judge_others
from .findings import Findings
from .generator import Load, Requests, per_request_us, send
from .shopbell import Shopbell, fill, fresh_folder

SUMMARY = "rate, latency, start and memory with 0, 1 and 5 million stored events"

FASTEST = 40_000  # requests a second that the file of requests has to last for
BYTES_OF_AN_EVENT = 3_500  # on the disk, and to spare
REST = 2  # seconds, before memory is looked at


def add_options(parser):
    parser.add_argument("--events", type=options.numbers, default="0,1000000,5000000", metavar="N,...",
                        help="stored before it starts")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="how long each time")
    parser.add_argument("--warm-up", type=int, default=2, metavar="SECONDS", help="before each time")
    parser.add_argument("--keep", action="store_true", help="keep the inboxes, and go on with those kept before")
    options.add_folder(parser)
    options.add_json(parser)


def run(chosen):
    machine.prepare(chosen.folder, free=sum(chosen.events) * BYTES_OF_AN_EVENT)
    each = FASTEST * (chosen.warm_up + chosen.seconds)
    requests = Requests.made(chosen.folder, each * chosen.rounds)
    folders = {events: chosen.folder / f"data/growth-{events}" for events in chosen.events}
    measured = []
    try:
        for events, folder in folders.items():
            _fill(folder, events, chosen)
        for turn in range(chosen.rounds):
            for events, folder in folders.items():
                one = {"events": events, "round": turn + 1, **_measure(folder, events, requests, turn * each, chosen)}
                measured.append(one)
                print(_line(one), flush=True)
    finally:
        for folder in [] if chosen.keep else folders.values():
            shutil.rmtree(folder, ignore_errors=True)
    return _judged(chosen, measured)


def _fill(folder, events, chosen):
    filled = folder / "filled"
    if chosen.keep and filled.exists():
        return
    fresh_folder(folder)
    if events > 0:
        began = time.monotonic()
        fill(folder, events)
        took = time.monotonic() - began
        print(f"{events:,} events stored in {took:.0f} s, {events / took:,.0f} a second", flush=True)
    filled.touch()


def _measure(folder, events, requests, first, chosen):
    if events == 0:
        fresh_folder(folder)  # without what the round before stored
    _leave_page_cache(folder)
    with Shopbell(folder) as server:
        time.sleep(REST)
        idle = server.rss_mib()
        send(requests, server.port, Load(chosen.connections, chosen.warm_up), first, FASTEST * chosen.warm_up)
        first += FASTEST * chosen.warm_up
        before, cpu = server.cpu_seconds(), CpuUse(server)
        said = send(requests, server.port, Load(chosen.connections, chosen.seconds), first,
                    FASTEST * chosen.seconds)
        used = server.cpu_seconds() - before
        return {**said, "started_in": server.started_in, "idle_mib": idle, "loaded_mib": server.rss_mib(),
                "server_us": per_request_us(used, said), "cpu": cpu.shares()}


def _leave_page_cache(folder):
    for path in folder.glob("inbox.db*"):
        file = os.open(path, os.O_RDONLY)
        os.fdatasync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def _line(one):
    return (f"round {one['round']}, {one['events']:9,} events: {one['rate']:7,.0f} req/s  p50 {one['p50_ms']:.2f} ms  "
            f"p99 {one['p99_ms']:.2f} ms  CPU {one['server_us']:.1f} us; started in {one['started_in']:.2f} s, "
            f"{one['idle_mib']:.1f} MiB idle, {one['loaded_mib']:.1f} MiB after load")


def _judged(chosen, measured):
    def medians(figure):
        return [median(one[figure] for one in measured if one["events"] == events) for events in chosen.events]

    findings = Findings("growth", chosen)
    findings.add("measurements", measured)
    for figure in ("rate", "p99_ms"):
        values = medians(figure)
        findings.judge(f"{figure}: largest / smallest median of all sizes", max(values) / min(values), at_most=1.25)
    findings.judge("slowest start, seconds", max(one["started_in"] for one in measured), at_most=1)
    findings.judge("idle memory, MiB", max(one["idle_mib"] for one in measured), at_most=20)
    findings.judge("answers that were not 2xx", sum(one["not_2xx"] for one in measured), at_most=0)
    findings.judge("requests sent twice", sum(one["wraps"] for one in measured), at_most=0)
    judge_others(findings, [one["cpu"] for one in measured])
    return findings.write()
