"""The load: requests made beforehand, and wrk sending them."""

import json
import os
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .machine import BINARIES, Unusable

SCRIPT = Path(__file__).with_name("send.lua")
ANSWER_TIMEOUT = "10s"
FIRST_ORDER = 5_000_000_000  # as make_requests has it


class Requests:
    """A file of distinct signed requests, all of one length."""

    def __init__(self, path, count, size):
        self.path, self.count, self.size = path, count, size

    def __getitem__(self, number):
        with open(self.path, "rb") as file:
            file.seek(number * self.size)
            return file.read(self.size)

    @staticmethod
    def made_for(endpoint, folder, count):
        """For the endpoint of that file: new ones each time, since a signature may hold the time."""
        path = folder / f"requests-{endpoint.stem}"
        program = BINARIES / "make_requests"
        size = int(subprocess.check_output([program, path, str(count), str(FIRST_ORDER), endpoint]))
        return Requests(path, count, size)

    @staticmethod
    def made(folder, count):
        """Those of an earlier run where they are as many and as make_requests makes them today."""
        program = BINARIES / "make_requests"
        path = folder / "requests"
        size = int(subprocess.check_output([program, folder / "request.tmp", "1"]))
        (folder / "request.tmp").unlink()
        fresh = path.exists() and path.stat().st_mtime > program.stat().st_mtime
        if not fresh or path.stat().st_size < count * size:
            print(f"making {count:,} requests ({count * size / 1e9:.1f} GB) in {path}", flush=True)
            part = path.with_suffix(".tmp")
            subprocess.run([program, part, str(count)], check=True, stdout=subprocess.DEVNULL)
            part.replace(path)
        return Requests(path, path.stat().st_size // size, size)


@dataclass(frozen=True)
class Load:
    """How requests are sent."""

    connections: int
    seconds: int
    rate: int = 0  # a second; 0: as fast as answers come
    threads: int = 1


def send(requests, port, load, first=0, count=None):
    """Sends requests from the `first` on, at most `count` different ones; returns what wrk and the kernel say."""
    environment = dict(
        os.environ,
        BENCH_FILE=str(requests.path),
        BENCH_SIZE=str(requests.size),
        BENCH_FIRST=str(first),
        BENCH_COUNT=str(count or requests.count - first),
        BENCH_RATE=str(load.rate),
        BENCH_THREADS=str(load.threads),
    )
    command = ["wrk", f"-t{load.threads}", f"-c{load.connections}", f"-d{load.seconds}s"]
    command += ["--timeout", ANSWER_TIMEOUT, "--script", SCRIPT, f"http://127.0.0.1:{port}/hooks/jumpseller"]
    before = _cpu_of_children()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    used = _cpu_of_children() - before
    if done.returncode != 0:
        raise Unusable(f"wrk failed: {done.stderr or done.stdout}")
    said = json.loads(done.stdout.splitlines()[-1])
    # wrk counts no request whose connection is closed instead of answered. Each connection may have one under way at the
    # end, and every thread makes one that is never sent.
    said["unanswered"] = max(0, said["sent"] - said["requests"] - load.connections - load.threads)
    said["rate"] = said["requests"] / said["seconds"]
    said["generator_us"] = per_request_us(used, said)
    said["generator_seconds"] = used
    return said


def per_request_us(seconds, said):
    return seconds * 1e6 / max(said["requests"], 1)


def _cpu_of_children():
    """Seconds; servers are not among them as long as they run, since nobody has waited for them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
