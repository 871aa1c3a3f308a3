"""Whether a contender does the work that it is measured at."""

import http.client
import re
import socket
import time

SEEN_WITHIN = 10  # seconds: deliveries follow the answer

RIGHT, WRONG = 0, 1  # which requests are taken for it; load starts behind them
FIRST_OF_LOAD = 2


class DoesNotDoItsWork(Exception):
    pass


def check(contender, server, requests):
    """One genuine request is accepted and where it should be; one that was tampered with is refused and is not."""
    genuine, changed = requests[RIGHT], requests[WRONG]
    if contender.checks:
        _expect(401, server, changed.replace(b'"order"', b'"Order"', 1))
    _expect(200, server, genuine)
    for place in contender.stored:
        _wait_for(_order(genuine), place, server.folder)
        if _order(changed) in place(server.folder):
            raise DoesNotDoItsWork("what was refused is stored")


def _expect(status, server, request):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        if answer.status != status:
            raise DoesNotDoItsWork(f"answers {answer.status} where {status} is right: {answer.read(200)!r}")


def _order(request):
    return re.search(rb'"id":(\d{10})', request).group(1)


def _wait_for(order, place, folder):
    deadline = time.monotonic() + SEEN_WITHIN
    while order not in place(folder):
        if time.monotonic() > deadline:
            raise DoesNotDoItsWork("what was accepted is not stored")
        time.sleep(0.02)
