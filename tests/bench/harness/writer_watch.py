"""What the daemon's one writing thread does, looked at many times a second from outside, and whether the disk itself
stalls meanwhile: together they tell whose a slow answer is."""

import os
import threading
import time
from collections import Counter
from pathlib import Path

_CALLS = {1: "write", 17: "pread", 18: "pwrite", 74: "fsync", 75: "fdatasync", 77: "ftruncate", 202: "futex"}  # x86-64
_WAITS_FOR_WORK = "waits for work"
_COMPUTES = "computes"


class Sampled:
    """A thread that looks every so often, while it is entered; `seen` has (time of the steady clock, what)."""

    def __init__(self, every):
        self.seen = []
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_again_and_again)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _look_again_and_again(self):
        while not self._ended.wait(self._every):
            began = time.monotonic()
            self.seen.append((began, self.look()))

    def between(self, start, end):
        return [what for at, what in self.seen if start <= at <= end]


class WriterWatch(Sampled):
    """What the thread is at: "computes", or the system call and the file, as in "fdatasync inbox.db-wal". Beside it:
    for how long it has been waiting for a CPU all in all, in ns."""

    def __init__(self, process, every=0.005):
        super().__init__(every)
        self._process = Path(f"/proc/{process}")
        self._thread_folder = next(
            one for one in self._process.glob("task/*") if (one / "comm").read_text().strip() == "inbox-writer"
        )
        self._files = {}

    def look(self):
        try:
            words = (self._thread_folder / "syscall").read_text().split()
            waited = int((self._thread_folder / "schedstat").read_text().split()[1])
        except OSError:
            return "has ended", 0
        return self._named(words), waited

    def _named(self, words):
        if words[0] == "running":
            return _COMPUTES
        call = _CALLS.get(int(words[0]), f"system call {words[0]}")
        return _WAITS_FOR_WORK if call == "futex" else f"{call} {self._file(int(words[1], 16))}"

    def shares(self, start, end):
        looks = [what for what, _ in self.between(start, end)]
        return {what: round(count / len(looks), 3) for what, count in Counter(looks).most_common()} if looks else {}

    def waited_ms(self, start, end):
        """For a CPU."""
        looks = self.between(start, end)
        return (looks[-1][1] - looks[0][1]) / 1e6 if looks else 0

    def _file(self, number):
        if number not in self._files:
            try:
                self._files[number] = os.path.basename(os.readlink(self._process / f"fd/{number}"))
            except OSError:
                return "?"
        return self._files[number]


class DiskProbe(Sampled):
    """How long it takes, in ms, to write 3 KB over what is in a file that nobody else has, and to sync them."""

    _RECORD = b"x" * 3072

    def __init__(self, path, every=0.01):
        super().__init__(every)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.look()  # the room is there from now on: no entry of the file system's journal is waited for

    def __exit__(self, *_):
        super().__exit__()
        os.close(self._file)

    def look(self):
        began = time.monotonic()
        os.pwrite(self._file, self._RECORD, 0)
        os.fdatasync(self._file)
        return (time.monotonic() - began) * 1000

    def slowest_ms(self, start=float("-inf"), end=float("inf")):
        return max((took for at, took in self.seen if at <= end and at + took / 1000 >= start), default=0)

    def count_above(self, ms):
        return sum(1 for _, took in self.seen if took > ms)
