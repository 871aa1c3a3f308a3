"""Server CPU per request with more and more I/O threads, in rounds: A B C A B C."""

from statistics import median

from . import machine, options
from .cpu_use import CpuUse, judge_others
from .findings import Findings
from .generator import Load, Requests, per_request_us, send
from .shopbell import Shopbell, scratch_folder

SUMMARY = "CPU per request with 1, 2 and 4 I/O threads"

FASTEST = 40_000  # requests a second that the file of requests has to last for
AS_MUCH = 1.1  # times as much counts as the same


def add_options(parser):
    parser.add_argument("--threads", type=options.numbers, default="1,2,4", metavar="N,...", help="of I/O")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="how long each time, after one to warm up")
    options.add_folder(parser)
    options.add_json(parser)


def run(chosen):
    machine.prepare(chosen.folder)
    requests = Requests.made(chosen.folder, FASTEST * (chosen.seconds + 1))
    measured = []
    for turn in range(1, chosen.rounds + 1):
        for threads in chosen.threads:
            one = {"threads": threads, "round": turn, **_measure(threads, requests, chosen)}
            measured.append(one)
            print(f"round {turn}: {threads} I/O threads {one['rate']:8,.0f} req/s  CPU {one['server_us']:5.1f} us  "
                  f"p99 {one['p99_ms']:.2f} ms", flush=True)

    findings = Findings("threads", chosen)
    findings.add("measurements", measured)
    costs = {threads: median(one["server_us"] for one in measured if one["threads"] == threads)
             for threads in chosen.threads}
    least, *more = chosen.threads
    for threads in more:
        findings.judge(f"CPU per request: {threads} I/O threads / {least}", costs[threads] / costs[least],
                       at_most=AS_MUCH)
    findings.judge("answers that were not 2xx", sum(one["not_2xx"] for one in measured), at_most=0)
    judge_others(findings, [one["cpu"] for one in measured])
    return findings.write()


def _measure(threads, requests, chosen):
    scratch = scratch_folder(chosen.folder / "data/threads")
    with scratch as folder, Shopbell(folder, threads=threads) as server:
        send(requests, server.port, Load(chosen.connections, 1), 0, FASTEST)
        before, cpu = server.cpu_seconds(), CpuUse(server)
        said = send(requests, server.port, Load(chosen.connections, chosen.seconds), FASTEST)
        used = server.cpu_seconds() - before
        return {**said, "server_us": per_request_us(used, said), "cpu": cpu.shares()}
