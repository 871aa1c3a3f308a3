"""Every contender gets the same distinct, signed requests from the same generator, one contender after the other, in
rounds: A B C A B C. Each time it starts fresh, is checked (one wrong signature is refused, one genuine request is
accepted and stored), warmed up and measured. What is reported are medians of the rounds."""

import json
import os
import subprocess

from . import contenders, machine, options, probe, report
from .generator import Load, Requests, per_request_us, send
from .server import DidNotStart

SUMMARY = "accept rate, latency, CPU and memory of Shopbell and its peers"

FASTEST = 130_000  # requests a second that the file of requests has to last for


def add_options(parser):
    names = ", ".join(contenders.BY_NAME)
    parser.add_argument("--contenders", type=options.names(contenders.BY_NAME), default="all",
                        metavar="NAME,...", help=f"who is measured: all of {names}, unless said")
    parser.add_argument("--connections", type=options.numbers, default="1,16,64,256", metavar="N,...",
                        help="how many are open at once (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each is measured (%(default)s)")
    parser.add_argument("--seconds", type=int, default=5, metavar="N", help="how long each time (%(default)s)")
    parser.add_argument("--warm-up", type=int, default=1, metavar="SECONDS", help="before each time (%(default)s)")
    options.add_folder(parser)
    options.add_outputs(parser)


def run(chosen):
    machine.prepare(chosen.folder)
    for contender in chosen.contenders:
        if contender.install:
            contender.install(chosen.folder)
    requests = Requests.made(chosen.folder, probe.FIRST_OF_LOAD + FASTEST * (chosen.seconds + chosen.warm_up))
    results = {
        "machine": machine.described(),
        "settings": {name: getattr(chosen, name) for name in ("connections", "rounds", "seconds", "warm_up")},
        "disk": [],
        "measurements": [],
    }
    try:
        for measurement in _measurements(chosen, requests, results):
            results["measurements"].append(measurement)
            print(report.line(measurement), flush=True)
    finally:
        report.write(results, chosen)  # also what an interrupted run has
    return 1 if any(one["problem"] for one in results["measurements"]) else 0


def _measurements(chosen, requests, results):
    for connections in chosen.connections:
        for turn in range(1, chosen.rounds + 1):
            results["disk"].append(_time_syncs(chosen.folder))
            for contender in chosen.contenders:
                load = Load(connections, chosen.seconds)
                figures = measure(contender, requests, load, chosen.warm_up, chosen.folder)
                yield {"contender": contender.name, "connections": connections, "round": turn, **figures}


def measure(contender, requests, load, warm_up, folder):
    """The figures of one measurement; `problem` says why they are worth nothing, or is empty."""
    try:
        with contenders.start(contender, folder) as server:
            probe.check(contender, server, requests)
            figures = _measure(contender, server, requests, load, warm_up)
    except (DidNotStart, probe.DoesNotDoItsWork) as failure:
        return {"problem": str(failure)}
    server.remove_data()
    return figures


def _measure(contender, server, requests, load, warm_up):
    first = probe.FIRST_OF_LOAD
    if warm_up > 0:
        send(requests, server.port, Load(load.connections, warm_up), first, FASTEST * warm_up)
        first += FASTEST * warm_up
    written_before, kept_before = server.bytes_written(), server.bytes_kept()
    before, all_before = server.cpu_seconds(), machine.busy_seconds()
    said = send(requests, server.port, load, first)
    used, all_used = server.cpu_seconds() - before, machine.busy_seconds() - all_before
    others = all_used - used - said.pop("generator_seconds")
    return {
        **said,
        "others_percent": 100 * max(others, 0) / (said["seconds"] * os.cpu_count()),
        "server_us": per_request_us(used, said),
        "memory_mib": server.memory_mib(),
        "written_bytes": (server.bytes_written() - written_before) / max(said["requests"], 1),
        "kept_bytes": (server.bytes_kept() - kept_before) / max(said["requests"], 1),
        "problem": _problem(contender, said),
    }


def _problem(contender, said):
    if said["requests"] == 0:
        return "answered nothing"
    if said["not_2xx"] > 0:
        return f"{said['not_2xx']} answers were not 2xx"
    if said["socket_errors"] + said["unanswered"] > 0:
        return f"{said['socket_errors']} errors of connections, {said['unanswered']} requests without an answer"
    if said["wraps"] > 0 and contender.knows_duplicates:
        return "requests were sent twice: too few were made"
    return ""


def _time_syncs(folder):
    return json.loads(subprocess.check_output([machine.BINARIES / "sync_time", folder]))
