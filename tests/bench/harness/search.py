"""How long a person waits for a search in a large inbox: a text that is nowhere, which looks as far as one call goes,
and the subject of one order, asked for on connections of their own."""

import http.client
import json
import time
from statistics import median

from . import machine, options
from .findings import Findings
from .shopbell import Shopbell, fill, scratch_folder

SUMMARY = "the inspector's search in 100,000 events: by text and by order number"

TEXT_S = 1.2
SUBJECT_MS = 60


def add_options(parser):
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    options.add_folder(parser)
    options.add_json(parser)


def run(chosen):
    machine.prepare(chosen.folder)
    return judged(chosen, measured(chosen))


def measured(chosen):
    """Seconds of each first answer, and whether it said how far it looked."""
    with scratch_folder(chosen.folder / "data/search") as folder:
        folder.mkdir(exist_ok=True)
        fill(folder, chosen.events)
        with Shopbell(folder) as server:
            newest = _ask(server, "GET", "/api/events?limit=1")[0]["events"][0]["subject"]
            number = newest.rpartition("/")[2]
            _search(server, number)  # the first one of a process reads the subjects into memory
            rounds = []
            for _ in range(chosen.rounds):
                said, text_s = _search(server, "nowhere in any order")
                found, subject_s = _search(server, number)
                told = "next" not in said or "searched_to" in said
                rounds.append({"text_s": text_s, "told": told, "subject_s": subject_s,
                               "found": len(found["events"])})
    return rounds


def judged(chosen, rounds):
    findings = Findings("search", chosen)
    findings.add("rounds", rounds)
    findings.judge("first answer for a text, s", max(one["text_s"] for one in rounds), at_most=TEXT_S)
    findings.judge("a subject, median, ms", median(one["subject_s"] for one in rounds) * 1000, at_most=SUBJECT_MS)
    findings.judge("answers that do not say how far they looked", sum(not one["told"] for one in rounds), at_most=0)
    findings.judge("searches that did not find the order", sum(one["found"] != 1 for one in rounds), at_most=0)
    return findings.write()


def _search(server, text):
    return _ask(server, "POST", "/api/events/search?brief=1&mask=1", json.dumps({"q": text}))


def _ask(server, method, target, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=30)
    try:
        began = time.monotonic()
        connection.request(method, target, body, {"X-Requested-With": "bench"})
        answer = connection.getresponse()
        document = json.loads(answer.read())
        took = time.monotonic() - began
    finally:
        connection.close()
    if answer.status != 200:
        raise machine.Unusable(f"{target} was answered {answer.status}: {document}")
    return document, took
