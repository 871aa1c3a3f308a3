"""The highest accept rate for ten minutes, with retention at work and the log rotated every minute. Every answer
slower than 50 ms is held against what the writing thread did at that moment and against a probe that syncs a few
bytes on the same disk: a stall that the probe had, too, is the disk's."""

import json
import subprocess
import time
from collections import Counter

from . import machine, options
from .cpu_use import CpuUse, judge_others
from .findings import Findings
from .generator import Requests
from .shopbell import Shopbell, scratch_folder
from .writer_watch import DiskProbe, Sampled, WriterWatch

SUMMARY = "ten minutes at the highest rate: stalls and whose they are, memory"

SLOW_MS = 50
PRINTED_STALLS = 20  # the longest; all are in the file of --json
ROTATION_LASTS = 2  # seconds in which what it leaves to write may make syncs slow
DISK, NO_CPU = "the disk", "no CPU"
REQUESTS = 1_500_000  # then the same once more, for another store


def add_options(parser):
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--retain", default="10s", help="so short that events are removed all the time")
    parser.add_argument("--rotate-every", type=int, default=60, metavar="SECONDS", help="rename the log, send SIGHUP")
    parser.add_argument("--alone", type=int, default=20, metavar="SECONDS",
                        help="how long the disk is probed before there is load")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="different ones, before they go round")
    options.add_folder(parser)
    options.add_json(parser)


class MemoryWatch(Sampled):
    def __init__(self, server, every=1):
        super().__init__(every)
        self._server = server

    def look(self):
        return self._server.rss_mib()


def run(chosen):
    machine.prepare(chosen.folder)
    requests = Requests.made(chosen.folder, chosen.requests)
    with scratch_folder(chosen.folder / "data/steady") as folder:
        found = _measure(folder, requests, chosen)
    _print(found)
    return _judged(chosen, found)


def _measure(folder, requests, chosen):
    with DiskProbe(folder / "probe") as alone:
        time.sleep(chosen.alone)
    with Shopbell(folder, retain=chosen.retain) as server:
        with DiskProbe(folder / "probe") as disk, WriterWatch(server.process) as writer, MemoryWatch(server) as memory:
            cpu = CpuUse(server)
            said, rotations = _load(server, requests, chosen)
            used = cpu.shares()
        found = _found(said, rotations, server, writer, disk)
    found["cpu"] = used
    found["alone_slowest_sync_ms"] = alone.slowest_ms()
    seen = [mib for _, mib in memory.seen]
    found["memory"] = {"largest": max(seen), "last": seen[-1], "by_second": [round(mib, 1) for mib in seen]}
    return found


def _load(server, requests, chosen):
    """What timed_load says, and when the log was rotated."""
    command = [machine.BINARIES / "timed_load", requests.path, requests.size, server.port, chosen.connections,
               chosen.seconds]
    rotations = []
    load = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    try:
        while True:
            try:
                printed, _ = load.communicate(timeout=chosen.rotate_every)
                break
            except subprocess.TimeoutExpired:
                rotations.append(time.monotonic())
                server.rotate_log()
    except BaseException:
        load.kill()
        raise
    if load.returncode != 0:
        raise machine.Unusable("timed_load failed")
    return json.loads(printed), rotations


def _found(said, rotations, server, writer, disk):
    start, end = said["start"], said["start"] + said["seconds"]
    stored = server.metrics()
    return {
        **said,
        "rate": said["requests"] / said["seconds"],
        "stalls": [_explained(one, start, rotations, writer, disk) for one in _stalls(said["slow"])],
        "rotations_s": [round(at - start, 1) for at in rotations],
        "writer": writer.shares(start, end),
        "writer_waited_for_cpu": writer.waited_ms(start, end) / 1000 / said["seconds"],
        "slowest_sync_ms": disk.slowest_ms(start, end),
        "slow_syncs": disk.count_above(SLOW_MS),
        "slow_commits": stored["shopbell_commit_duration_seconds_count"]
        - stored['shopbell_commit_duration_seconds_bucket{le="0.05"}'],
        "stored_at_the_end": stored["shopbell_inbox_events"],
        "inbox_bytes_at_the_end": stored["shopbell_inbox_bytes"],
        "accepted": stored['shopbell_events_accepted_total{endpoint="jumpseller",provider="jumpseller"}'],
        "dropped_log_lines": stored["shopbell_log_lines_dropped_total"],
    }


def _stalls(slow):
    """Slow answers that overlap are one: (when the first was sent, when the last came, the longest in ms, how many)."""
    stalls = []
    for sent, took_ms in sorted(slow):
        end = sent + took_ms / 1000
        if stalls and sent <= stalls[-1][1]:
            first, last, longest, answers = stalls[-1]
            stalls[-1] = (first, max(last, end), max(longest, took_ms), answers + 1)
        else:
            stalls.append((sent, end, took_ms, 1))
    return stalls


def _explained(stall, start, rotations, writer, disk):
    sent, end, longest, answers = stall
    one = {
        "at_s": round(sent - start, 2),
        "ms": longest,
        "answers": answers,
        "writer": writer.shares(sent, end),
        "writer_waited_for_cpu_ms": round(writer.waited_ms(sent, end), 1),
        "slowest_sync_ms": round(disk.slowest_ms(sent, end), 1),
        "after_rotation_s": min((round(end - at, 2) for at in rotations if at <= end), default=None),
    }
    return {**one, "whose": _whose(one)}


def _whose(stall):
    """The disk's only where we asked nothing special of it: rotating a log and copying the log of the inbox back can
    make its syncs slow for everybody."""
    if stall["after_rotation_s"] is not None and stall["after_rotation_s"] < ROTATION_LASTS:
        return "log rotation"
    if sum(share for what, share in stall["writer"].items() if what.endswith(" inbox.db")) >= 0.5:
        return "checkpoint"
    if stall["slowest_sync_ms"] >= stall["ms"] / 2:
        return DISK
    return NO_CPU if stall["writer_waited_for_cpu_ms"] >= stall["ms"] / 2 else "other"


def _print(found):
    print(f"{found['requests']:,} answers, {found['rate']:,.0f} a second; p50 {found['p50_ms']:.2f} ms, "
          f"p99 {found['p99_ms']:.2f}, p99.9 {found['p999_ms']:.2f}, p99.99 {found['p9999_ms']:.2f}, "
          f"slowest {found['max_ms']:.1f}")
    rates = [second[0] for second in found["by_second"][:-1]] or [0]
    print(f"each second: {min(rates):,} to {max(rates):,} answers; memory at most {found['memory']['largest']:.1f} MiB; "
          f"{found['stored_at_the_end']:,.0f} events left in {found['inbox_bytes_at_the_end'] / 1e9:.2f} GB")
    print(f"slowest sync of the probe: {found['slowest_sync_ms']:.0f} ms ({found['alone_slowest_sync_ms']:.0f} ms without "
          f"load); commits slower than {SLOW_MS} ms: {found['slow_commits']:.0f}")
    print(f"the writing thread: {_shares(found['writer'])}; waits for a CPU {found['writer_waited_for_cpu']:.0%}; all CPUs: "
          f"{_shares(found['cpu'])}")
    for whose, count in Counter(one["whose"] for one in found["stalls"]).most_common():
        print(f"stalls above {SLOW_MS} ms, {whose}: {count}")
    for one in sorted(found["stalls"], key=lambda one: -one["ms"])[:PRINTED_STALLS]:
        print(f"  at {one['at_s']:7.2f} s: {one['answers']} answers up to {one['ms']:.0f} ms, {one['whose']}: slowest sync "
              f"of the probe {one['slowest_sync_ms']:.0f} ms; writer waited {one['writer_waited_for_cpu_ms']:.0f} ms for a "
              f"CPU, {_shares(one['writer'])}")


def _shares(shares):
    return ", ".join(f"{what} {share:.0%}" for what, share in shares.items()) or "not seen"


def _judged(chosen, found):
    findings = Findings("steady", chosen)
    findings.add("found", found)
    ours = [one for one in found["stalls"] if one["whose"] not in (DISK, NO_CPU)]
    findings.judge(f"stalls above {SLOW_MS} ms that are neither the disk's nor for want of a CPU", len(ours), at_most=0)
    judge_others(findings, [found["cpu"]])
    findings.judge("resident memory, largest, MiB", found["memory"]["largest"], at_most=64)
    findings.judge("events accepted / answers", found["accepted"] / max(found["requests"], 1), at_least=1)
    findings.judge("events left / accepted: retention keeps up", found["stored_at_the_end"] / found["accepted"],
                   at_most=0.5)
    findings.judge("answers that were not 2xx, or none", found["not_2xx"] + found["socket_errors"], at_most=0)
    findings.judge("lines of the log dropped", found["dropped_log_lines"], at_most=0)
    return findings.write()
