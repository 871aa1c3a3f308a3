"""A server under measurement: the processes of one or more commands, all of which are ended with it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

READY_WITHIN = 20  # seconds
STOPS_WITHIN = 10

_TICKS = os.sysconf("SC_CLK_TCK")


class DidNotStart(Exception):
    pass


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """Started and ended with `with`. Every command leads a session of its own, and is ended with all of it."""

    def __init__(self, commands, port, folder, ready_with=""):
        self.port = port
        self.folder = folder
        self._commands = commands
        self._ready_with = folder / ready_with
        self._leaders = []

    def __enter__(self):
        try:
            with open(self.folder / "output.log", "wb") as output:
                for command in self._commands:
                    self._leaders.append(
                        subprocess.Popen(
                            [str(word) for word in command],
                            cwd=self.folder,
                            stdin=subprocess.DEVNULL,
                            stdout=output,
                            stderr=subprocess.STDOUT,
                            start_new_session=True,
                        )
                    )
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for leader in self._leaders:
            if leader.poll() is None:
                leader.terminate()
        deadline = time.monotonic() + STOPS_WITHIN
        for leader in self._leaders:
            try:
                leader.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
        for process in self.processes():
            _kill(process)
        for leader in self._leaders:
            leader.wait()

    def remove_data(self):
        """Before the next one starts: what was written without a sync would be written during its measurement."""
        shutil.rmtree(self.folder)
        os.sync()

    def processes(self):
        """All that descend from its commands, as numbers."""
        sessions = {leader.pid for leader in self._leaders}
        return [number for number, fields in _all_processes() if int(fields[3]) in sessions]

    def cpu_seconds(self):
        """User's and system's time of all its processes, and of those of them that ended."""
        sessions = {leader.pid for leader in self._leaders}
        used = 0
        for _, fields in _all_processes():
            if int(fields[3]) in sessions:
                used += sum(int(ticks) for ticks in fields[11:15])
        return used / _TICKS

    def bytes_written(self):
        """What all its processes have had written to disks."""
        total = 0
        for process in self.processes():
            try:
                lines = Path(f"/proc/{process}/io").read_text().splitlines()
            except OSError:  # it has just ended
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))
        return total

    def bytes_kept(self):
        """What all files in its folder take."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def memory_mib(self):
        """Resident memory: what processes share is counted once (Pss)."""
        total = 0
        for process in self.processes():
            try:
                lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            except OSError:  # it has just ended
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if any(leader.poll() is not None for leader in self._leaders):
                break
            if self._ready_with.exists() and self._accepts():
                return
            time.sleep(0.02)
        output = (self.folder / "output.log").read_text(errors="replace")
        raise DidNotStart(output.strip() or f"nothing listens on port {self.port}")

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def _all_processes():
    """(number, the fields of /proc/NUMBER/stat behind the name: state is the first)."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue
        yield int(entry.name), text[text.rindex(")") + 2 :].split()


def _kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass
