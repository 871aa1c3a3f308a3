"""Instructions and allocations per accepted event, by thread and by library: callgrind watches the daemon while it
accepts a fixed number of requests. What start and stop take is subtracted with a second, shorter replay. Neighbours on
the machine do not change these figures; the processor does, where a library has faster code for it (SHA in OpenSSL)."""

import re
import shutil
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import machine, options
from .findings import Findings
from .generator import Requests
from .shopbell import ENDPOINTS, JUMPSELLER, Shopbell, scratch_folder

SUMMARY = "instructions and allocations per accepted event, counted by callgrind"

WARM_UP = 200  # requests of the shorter replay: what is made once has been made by then
CALLGRIND = ["valgrind", "-q", "--tool=callgrind", "--separate-threads=yes", "--callgrind-out-file=callgrind"]
FEW_ALLOCATIONS = 12
ALLOCATING = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}


def add_options(parser):
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--daemon", type=Path, default=machine.BINARIES / "shopbell", metavar="FILE",
                        help="the shopbell to watch, for instance that of an earlier commit (this clone's)")
    parser.add_argument("--endpoint", choices=sorted(file.stem for file in ENDPOINTS.glob("*.toml")),
                        default=JUMPSELLER.stem, help="the keys of the endpoint that accepts, in tests/bench/endpoints "
                        "(%(default)s)")
    options.add_folder(parser)
    options.add_json(parser)


def run(chosen):
    machine.prepare(chosen.folder)
    if shutil.which("valgrind") is None:
        machine.install_packages("valgrind")
    requests = Requests.made_for(ENDPOINTS / f"{chosen.endpoint}.toml", chosen.folder, WARM_UP + chosen.requests)
    short = _replay(requests, WARM_UP, chosen)
    long = _replay(requests, WARM_UP + chosen.requests, chosen)
    threads = _roles(short, long, chosen.requests)
    total = sum(figures["instructions"] for figures in threads.values())
    print(f"{total:,.0f} instructions per accepted event")
    for thread, figures in threads.items():
        print(f"{thread:22} {figures['instructions']:9,.0f}  {figures['allocations']:5.1f} allocations")
        for library, count in figures["libraries"].items():
            print(f"  {library:20} {count:9,.0f}")
    findings = Findings("instructions", chosen)
    findings.add("threads", threads)
    findings.judge("allocations per accepted event, HTTP", threads["http"]["allocations"], at_most=FEW_ALLOCATIONS)
    return findings.write()


def _replay(requests, count, chosen):
    """What each thread did, by its file, which has the number of the thread."""
    with scratch_folder(chosen.folder / "data/instructions") as folder:
        endpoint = ENDPOINTS / f"{chosen.endpoint}.toml"
        with Shopbell(folder, threads=1, daemon=chosen.daemon, below=CALLGRIND, endpoint=endpoint) as server:
            with ThreadPoolExecutor(chosen.connections) as clients:
                shares = [range(first, count, chosen.connections) for first in range(chosen.connections)]
                list(clients.map(lambda share: _deliver(requests, share, server.port), shares))
        profiles = {file.name: _Profile.read(file) for file in folder.glob("callgrind-*")}
        if len(profiles) < 2:
            raise machine.Unusable("callgrind wrote no profiles: the daemon did not end in its time")
        return profiles


def _deliver(requests, numbers, port):
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        for number in numbers:
            connection.sendall(requests[number])
            status, length = answers.readline(), 0
            while (line := answers.readline()).strip():
                name, value = line.split(b":", 1)
                if name.lower() == b"content-length":
                    length = int(value)
            body = answers.read(length)
            if b" 200 " not in status or b"accepted" not in body:
                raise machine.Unusable(f"request {number} was not accepted: {status.decode().strip()}")


class _Profile:
    """What one thread did, or several: instructions by library, and allocations."""

    def __init__(self, libraries=(), allocations=0):
        self.libraries, self.allocations = Counter(libraries), allocations

    @staticmethod
    def read(file):
        profile = _Profile()
        names, library, callee, inclusive = {}, "", "", False
        for line in file.read_text(errors="replace").splitlines():
            if match := re.match(r"(c?(?:ob|fn))=\((\d+)\)(?: (.*))?$", line):
                kind, number, name = match.groups()
                name = names.setdefault((kind.removeprefix("c"), number), name)
                if kind == "ob":
                    library = Path(name).name
                elif kind == "cfn":
                    callee = name.split("'")[0]
            elif match := re.match(r"calls=(\d+)", line):
                inclusive = True  # the next line is the callee's, which counts itself
                profile.allocations += int(match[1]) if callee in ALLOCATING else 0
            elif match := re.match(r"[-+*]?\d* (\d+)$", line):
                profile.libraries[library] += 0 if inclusive else int(match[1])
                inclusive = False
        return profile

    def __add__(self, other):
        return _Profile(self.libraries + other.libraries, self.allocations + other.allocations)

    def since(self, earlier):
        if earlier is None:
            return self
        more = Counter(self.libraries)
        more.subtract(earlier.libraries)
        return _Profile(more, self.allocations - earlier.allocations)

    def instructions_in(self, library):
        return sum(count for name, count in self.libraries.items() if name.startswith(library))

    def per_event(self, events):
        return {
            "instructions": sum(self.libraries.values()) / events,
            "allocations": self.allocations / events,
            "libraries": {name: count / events for name, count in self.libraries.most_common(5)},
        }


def _roles(short, long, events):
    """Threads have no names in callgrind: what libcrypto does is HTTP's, what libsqlite3 does is the writer's."""
    more = {number: long[number].since(short.get(number)) for number in long}
    threads = sorted(more.values(), key=lambda profile: profile.instructions_in("libcrypto"), reverse=True)
    http, *behind = threads
    writer, *others = sorted(behind, key=lambda profile: profile.instructions_in("libsqlite3"), reverse=True)
    roles = {"http": http, "writer": writer, "others": sum(others, _Profile())}
    return {role: profile.per_event(events) for role, profile in roles.items()}
