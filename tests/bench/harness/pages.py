"""What the stores notice of the inspector: answers with its page open in eight tabs beside answers without, in pairs
one after the other. Each tab here follows the stream by itself and asks for status and charts again and again, as a
browser without locks does; with them seven of eight would share one stream."""

import selectors
import socket
import time
from contextlib import nullcontext
from statistics import median
from threading import Event, Thread

from . import machine, options
from .findings import Findings
from .generator import Load, Requests, send
from .shopbell import FILE_SINK, Shopbell, everything_to, scratch_folder

SUMMARY = "p99 of answers to stores and memory with the inspector open in eight tabs"

STREAM = "/api/stream?kinds=accepted,settled,sink,endpoint,rejection,tick&brief=1&mask=1"
LOOKS = ["/api/status?mask=1", "/api/series?window=1h&each=1"]
SLOWER = 1.05  # times p99 without tabs
LARGER_MIB = 5


def add_options(parser):
    parser.add_argument("--tabs", type=int, default=8)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=6, help="how long each time")
    parser.add_argument("--rate", type=int, default=300, help="requests a second, over all connections")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--look-every", type=float, default=2, metavar="SECONDS", help="status and charts, in each tab")
    options.add_folder(parser)
    options.add_json(parser)


class Tabs:
    """Open while it is used with `with`. One thread reads for all, and throws away what it reads."""

    def __init__(self, port, count, look_every):
        self._port, self._count, self._look_every = port, count, look_every
        self._end = Event()
        self._thread = Thread(target=self._read)
        self.bytes = 0

    def __enter__(self):
        self._streams = [self._ask(STREAM) for _ in range(self._count)]
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        for one in self._streams:
            one.close()

    def _ask(self, target):
        opened = socket.create_connection(("127.0.0.1", self._port))
        opened.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n".encode())
        opened.setblocking(False)
        return opened

    def _read(self):
        with selectors.DefaultSelector() as ready:
            for one in self._streams:
                ready.register(one, selectors.EVENT_READ)
            due = time.monotonic()
            looking = []
            while not self._end.is_set():
                if time.monotonic() >= due:
                    due += self._look_every
                    for one in looking:
                        ready.unregister(one)
                        one.close()
                    looking = [self._ask(target) for target in LOOKS for _ in range(self._count)]
                    for one in looking:
                        ready.register(one, selectors.EVENT_READ)
                for key, _ in ready.select(timeout=0.1):
                    self._take(key.fileobj)
            for one in looking:
                one.close()

    def _take(self, opened):
        try:
            read = len(opened.recv(1 << 16))
        except BlockingIOError:
            return
        if read == 0 and opened in self._streams:
            raise RuntimeError("the daemon ended a stream")
        self.bytes += read


def run(chosen):
    machine.prepare(chosen.folder)
    requests = Requests.made(chosen.folder, chosen.rate * (chosen.seconds + 1) * (2 * chosen.pairs + 1))
    return judged(chosen, measured(chosen, requests))


def measured(chosen, requests):
    """One entry for each pair: p99 in ms and memory in MiB, without tabs and with."""
    each = chosen.rate * (chosen.seconds + 1)
    sinks = FILE_SINK + everything_to("file")
    pairs = []
    with scratch_folder(chosen.folder / "data/pages") as folder, Shopbell(folder, sinks) as server:
        load = Load(chosen.connections, chosen.seconds, chosen.rate)
        send(requests, server.port, load, 0, each)
        first = each
        for number in range(chosen.pairs):
            pair = {}
            for open_tabs in (False, True) if number % 2 == 0 else (True, False):
                tabs = Tabs(server.admin_port, chosen.tabs, chosen.look_every) if open_tabs else nullcontext()
                with tabs:
                    said = send(requests, server.port, load, first, each)
                    memory = server.rss_mib()
                first += each
                name = "with" if open_tabs else "without"
                pair[name] = {"p99_ms": said["p99_ms"], "rss_mib": memory, "not_2xx": said["not_2xx"]}
                if open_tabs:
                    pair["read_bytes"] = tabs.bytes
            pairs.append(pair)
            print(f"pair {number + 1}: p99 with / without {ratio(pair):.3f}", flush=True)
    return pairs


def ratio(pair):
    return pair["with"]["p99_ms"] / pair["without"]["p99_ms"]


def judged(chosen, pairs):
    findings = Findings("pages", chosen)
    findings.add("pairs", pairs)
    larger = median(pair["with"]["rss_mib"] - pair["without"]["rss_mib"] for pair in pairs)
    findings.judge(f"p99 with {chosen.tabs} tabs / without, median of {len(pairs)} pairs",
                   median(map(ratio, pairs)), at_most=SLOWER)
    findings.judge(f"memory with {chosen.tabs} tabs - without, MiB", larger, at_most=LARGER_MIB)
    findings.judge("answers that were not 2xx", sum(pair[name]["not_2xx"] for pair in pairs
                                                    for name in ("with", "without")), at_most=0)
    return findings.write()
