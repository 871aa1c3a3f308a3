"""A Shopbell whose configuration the scenario chooses."""

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from . import machine
from .server import Server, free_port

ENDPOINTS = Path(__file__).resolve().parents[1] / "endpoints"
JUMPSELLER = ENDPOINTS / "jumpseller.toml"

_CONFIGURATION = """
[server]
listen = ["127.0.0.1:{port}"]
threads = {threads}

[admin]
listen = "127.0.0.1:{admin}"

[inbox]
path = "inbox.db"
retain = "{retain}"

[log]
output = "shopbell.log"

[[endpoint]]
name = "jumpseller"
path = "/hooks/jumpseller"
{endpoint}"""

LOG_SINK = """
[[sink]]
name = "log"
type = "log"
"""

FILE_SINK = """
[[sink]]
name = "file"
type = "file"
path = "events.jsonl"
"""


def forward_sink(url, concurrency=16):
    return f"""
[[sink]]
name = "forward"
type = "forward"
url = "{url}"
concurrency = {concurrency}
"""


def everything_to(*names):
    listed = ", ".join(f'"{name}"' for name in names)
    return f"""
[[route]]
events = ["**"]
sinks = [{listed}]
"""


class Shopbell(Server):
    """Used with `with`, as every Server. It goes on with the inbox that is in `folder`, if there is one."""

    def __init__(self, folder, sinks="", threads=0, retain="30d", daemon=machine.BINARIES / "shopbell", below=(),
                 endpoint=JUMPSELLER):
        port, self._admin = free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        values = dict(port=port, admin=self._admin, threads=threads, retain=retain, endpoint=endpoint.read_text())
        (folder / "shopbell.toml").write_text(_CONFIGURATION.format(**values) + sinks)
        super().__init__([[*below, daemon, "--config", "shopbell.toml", "serve"]], port, folder)

    def __enter__(self):
        began = time.monotonic()
        super().__enter__()
        self.started_in = time.monotonic() - began
        return self

    @property
    def process(self):
        return self._leaders[0].pid

    @property
    def admin_port(self):
        return self._admin

    def rss_mib(self):
        return self._status("VmRSS")

    def peak_rss_mib(self):
        return self._status("VmHWM")

    def metrics(self):
        """Values by name and labels, as they are written: 'shopbell_sink_lag_seconds{sink="log"}'."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._admin}/metrics", timeout=30) as page:
            lines = page.read().decode().splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    def rotate_log(self):
        """As logrotate does: no name is renamed over another, which ext4 answers with writing all of it at once."""
        log, last, oldest = (self.folder / f"shopbell.log{ending}" for ending in ("", ".1", ".2"))
        oldest.unlink(missing_ok=True)
        if last.exists():
            last.rename(oldest)
        log.rename(last)
        os.kill(self.process, signal.SIGHUP)

    def _status(self, field):
        for line in Path(f"/proc/{self.process}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        raise LookupError(field)


def fresh_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def scratch_folder(folder):
    """Empty to begin with, and gone at the end."""
    try:
        yield fresh_folder(folder)
    finally:
        shutil.rmtree(folder)


def fill(folder, count, first=None):
    """Puts `count` events into the inbox of that folder while no daemon has it."""
    numbers = [str(count)] if first is None else [str(count), str(first)]
    subprocess.run([machine.BINARIES / "fill_inbox", folder / "inbox.db", *numbers], check=True)
