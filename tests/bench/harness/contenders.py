"""Who is measured. What each needs besides this table is in peers/NAME/: texts whose @WORDS@ are filled in."""

import shutil
import subprocess
from dataclasses import dataclass, field
from typing import Callable

from . import machine
from .server import Server, free_port

TOKEN = "bench-hooks-token"  # as in tests/bench/orders.hpp
STORED = "stored.jsonl"


def _in_file(name):
    return lambda folder: (folder / name).read_bytes() if (folder / name).exists() else b""


def _in_inbox(folder):
    command = [machine.BINARIES / "shopbell", "--config", folder / "shopbell.toml", "events"]
    return subprocess.check_output(command)


@dataclass(frozen=True)
class Contender:
    name: str
    does: str  # before it answers
    durable: str  # "yes", "no" or "stores nothing": what a 200 means when the power fails
    peer: str  # its folder in peers/
    commands: Callable  # of a Site: what to start
    words: dict = field(default_factory=dict)  # more to fill in
    checks: bool = True  # answers 401 to a wrong signature
    stored: tuple = (_in_file(STORED),)  # of the folder: texts in which an accepted order is found
    install: Callable = None  # of a folder: fetches there what no Debian package has
    ready_with: str = ""  # a file that is there when it can serve; besides, its port is open
    knows_duplicates: bool = False


@dataclass(frozen=True)
class Site:
    """Where one start of a contender lives."""

    folder: object
    port: int
    tools: object  # the folder that Contender.install was given


def start(contender, folder):
    """A Server, to be used with `with`, in a fresh folder of its own under `folder`."""
    site = Site(folder / "data" / contender.name, free_port(), folder)
    shutil.rmtree(site.folder, ignore_errors=True)
    site.folder.mkdir(parents=True)
    words = {
        "PORT": site.port,
        "ADMIN_PORT": free_port(),
        "FOLDER": site.folder,
        "PEER": machine.PEERS / contender.peer,
        "TOKEN": TOKEN,
        "STORED": site.folder / STORED,
        **contender.words,
    }
    for template in (machine.PEERS / contender.peer).glob("*"):
        (site.folder / template.name).write_text(_filled(template.read_text(), words))
    return Server(contender.commands(site), site.port, site.folder, contender.ready_with)


def _filled(text, words):
    for name, value in words.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _shopbell(site):
    return [[machine.BINARIES / "shopbell", "--config", "shopbell.toml", "serve"]]


def _floor(site):
    return [[machine.BINARIES / "floor", site.port, "2"]]


def _committing_floor(kind):
    return lambda site: [[machine.BINARIES / "floor", site.port, "2", kind, STORED]]


def _nginx(site):
    return [["nginx", "-p", site.folder, "-c", "nginx.conf", "-e", "error.log"]]


def _php(site):
    fpm = ["php-fpm8.2", "--nodaemonize", "--fpm-config", "php-fpm.conf", "--allow-to-run-as-root"]
    return [fpm, *_nginx(site)]


def _fastify(site):
    modules = site.tools / "fastify/node_modules"
    return [["env", f"NODE_PATH={modules}", "NODE_ENV=production", "node", "server.js"]]


def _webhook(site):
    return [["webhook", "-ip", "127.0.0.1", "-port", site.port, "-hooks", "hooks.json"]]


def _puma(site):
    return [["env", "RACK_ENV=production", "APP_ENV=production", "puma", "--config", "puma.rb"]]


_FLOOR = dict(durable="yes", peer="floor")
_IN_LOG = (_in_file(STORED + "-wal"),)  # of SQLite: what a probe sends is not in the database yet
_SHOPBELL = dict(commands=_shopbell, durable="yes", peer="shopbell", knows_duplicates=True)
_NGINX = dict(commands=_nginx, peer="nginx-lua")
_FASTIFY = dict(commands=_fastify, peer="fastify", install=machine.install_fastify)
_PHP = dict(commands=_php, peer="php-fpm", ready_with="php-fpm.socket")
_WEBHOOK = dict(commands=_webhook, peer="webhook", durable="stores nothing", stored=())

ALL = [
    Contender("shopbell", "verify, identify, commit", words={"SINKS": ""}, stored=(_in_inbox,), **_SHOPBELL),
    Contender("shopbell-file", "the same; every event delivered to a file sink besides", words={"SINKS": """
[[sink]]
name = "events"
type = "file"
path = "events.jsonl"

[[route]]
events = ["**"]
sinks = ["events"]
"""}, stored=(_in_inbox, _in_file("events.jsonl")), **_SHOPBELL),
    Contender("floor", "nothing: bare Beast that answers 200", "stores nothing", "floor", _floor, checks=False,
              stored=()),
    Contender("floor-beast", "verify, commit to SQLite: Beast as in its examples", stored=_IN_LOG,
              commands=_committing_floor("beast"), **_FLOOR),
    Contender("floor-durable", "the same: one receive and one prepared answer", stored=_IN_LOG,
              commands=_committing_floor("durable"), **_FLOOR),
    Contender("floor-log", "the same: one write and one fdatasync instead of SQLite",
              commands=_committing_floor("log"), **_FLOOR),
    Contender("nginx-lua", "verify, append", durable="no", words={"SYNC": "false"}, **_NGINX),
    Contender("nginx-lua-fdatasync", "verify, append, fdatasync", durable="yes", words={"SYNC": "true"}, **_NGINX),
    Contender("fastify", "verify, append", durable="no", words={"STORE": "append"}, **_FASTIFY),
    Contender("fastify-fdatasync", "verify, append; one fdatasync for all that wait", durable="yes",
              words={"STORE": "appendAndSync"}, **_FASTIFY),
    Contender("fastify-gathered", "verify; one write and one fdatasync for all that wait", durable="yes",
              words={"STORE": "gather"}, **_FASTIFY),
    Contender("php-fpm", "verify, append", durable="no", words={"SYNC": "false"}, **_PHP),
    Contender("php-fpm-fsync", "verify, append, fsync", durable="yes", words={"SYNC": "true"}, **_PHP),
    Contender("webhook", "verify, run /bin/true, wait for it", words={"WAIT": "true"}, **_WEBHOOK),
    Contender("webhook-nowait", "verify, start /bin/true", words={"WAIT": "false"}, **_WEBHOOK),
    Contender("sinatra", "verify, append", "no", "sinatra", _puma),
]

BY_NAME = {one.name: one for one in ALL}
