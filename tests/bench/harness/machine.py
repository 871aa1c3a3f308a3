"""This clone and this machine: what has to be there before anything is measured, and what to say about it."""

import os
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PEERS = ROOT / "tests/bench/peers"
BINARIES = ROOT / "build/release/bin"
BENCH = ROOT / "build/bench"

TARGETS = ["shopbell", "floor", "make_requests", "sync_time", "fill_inbox", "timed_load"]


class Unusable(Exception):
    """Why nothing can be measured here."""


def prepare(folder, free=0):
    """Installs packages, builds the release preset's programs, and makes `folder`, which is to have room for so many
    bytes."""
    _run("scripts/install-packages", "build", "test", "bench")
    _run("cmake", "--preset", "release", "-DSHOPBELL_TESTS=ON", quiet=True)
    jobs = subprocess.check_output(["scripts/jobs"], cwd=ROOT, text=True).strip()
    _run("cmake", "--build", "--preset", "release", "--parallel", jobs, "--target", *TARGETS, quiet=True)
    folder.mkdir(parents=True, exist_ok=True)
    if _file_system(folder) in ("tmpfs", "ramfs"):
        raise Unusable(f"{folder} is in memory: durability costs nothing there; name a disk with --folder")
    if shutil.disk_usage(folder).free < free:
        raise Unusable(f"{folder} has less than {free / 1e9:.0f} GB left: name another disk with --folder")


def install_packages(*names):
    _run("scripts/install-packages", *names)


def install_fastify(folder):
    """The version that peers/fastify/package.json names, into fastify/node_modules."""
    packages = folder / "fastify"
    wanted = PEERS / "fastify/package.json"
    installed = packages / "package.json"
    if not (packages / "node_modules").is_dir() or installed.read_text() != wanted.read_text():
        if shutil.which("npm") is None:  # comes with some Node packages, not with Debian's
            _run("scripts/install-packages", "npm")
        packages.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, installed)
        _run("npm", "install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", packages)

def busy_seconds():
    """What all cores have worked since boot, for anybody, and what the host kept from them."""
    user, nice, system, _idle, _waiting, *others = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def described():
    """What a reader of the figures has to know, for the report."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "kernel": os.uname().release,
    }


def _run(*command, quiet=False):
    output = subprocess.PIPE if quiet else None
    done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT if quiet else None, text=True)
    if done.returncode != 0:
        raise Unusable(f"{command[0]} failed\n{done.stdout or ''}".rstrip())


def _processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine


def _file_system(folder):
    return subprocess.check_output(["stat", "--file-system", "--format=%T", folder], text=True).strip()
