"""What Shopbell has to reach beside the others."""

from dataclasses import dataclass
from typing import Callable

AT = 64  # connections


@dataclass(frozen=True)
class Goal:
    text: str
    measured: Callable  # of Figures; KeyError where something was not measured
    at_least: float = None
    at_most: float = None

    def is_reached_by(self, value):
        return value >= self.at_least if self.at_least is not None else value <= self.at_most

    @property
    def bound(self):
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"


def _times_the_rate_of(peer, shopbell="shopbell"):
    return lambda figures: figures.of(shopbell, AT)["rate"] / figures.of(peer, AT)["rate"]


def _times_the_cpu_of(peer):
    return lambda figures: figures.of("shopbell", AT)["server_us"] / figures.of(peer, AT)["server_us"]


def _tail(figures):
    return figures.of("shopbell", AT)["p99_ms"] / figures.of("shopbell", AT)["p50_ms"]


def _alone(figures):
    least = figures.sync_ms() + figures.of("floor", 1)["p50_ms"]
    return figures.of("shopbell", 1)["p50_ms"] / least


ALL = [
    Goal("rate / fastify with fdatasync", _times_the_rate_of("fastify-fdatasync"), at_least=2),
    Goal("rate / fastify that gathers writes by hand", _times_the_rate_of("fastify-gathered"), at_least=2),
    Goal("rate / nginx + Lua with fdatasync", _times_the_rate_of("nginx-lua-fdatasync"), at_least=6),
    Goal("rate / PHP-FPM with fsync", _times_the_rate_of("php-fpm-fsync"), at_least=5),
    Goal("rate / webhook", _times_the_rate_of("webhook"), at_least=20),
    Goal("rate / nginx + Lua that is not durable", _times_the_rate_of("nginx-lua"), at_least=0.6),
    Goal("CPU per request / fastify with fdatasync", _times_the_cpu_of("fastify-fdatasync"), at_most=0.4),
    Goal("CPU per request / fastify that gathers writes by hand", _times_the_cpu_of("fastify-gathered"), at_most=0.4),
    Goal("CPU per request / nginx + Lua that is not durable", _times_the_cpu_of("nginx-lua"), at_most=1.2),
    Goal("with a file sink: rate / fastify with fdatasync",
         _times_the_rate_of("fastify-fdatasync", "shopbell-file"), at_least=1),
    Goal("CPU per request / floor-durable", _times_the_cpu_of("floor-durable"), at_most=1.15),
    Goal("CPU per request / floor-beast", _times_the_cpu_of("floor-beast"), at_most=0.9),
    Goal("rate / floor-durable", _times_the_rate_of("floor-durable"), at_least=1),
    Goal("rate / floor-log", _times_the_rate_of("floor-log"), at_least=0.8),
    Goal("rate with a file sink / without", lambda figures: 1 / _times_the_rate_of("shopbell-file")(figures),
         at_least=0.75),
    Goal("p99 / p50", _tail, at_most=4),
    Goal("one connection: p50 / (one fdatasync + the floor's p50)", _alone, at_most=1.3),
]


def judged(figures):
    """(goal, the measured value or None) of every goal."""
    for goal in ALL:
        try:
            yield goal, goal.measured(figures)
        except KeyError:
            yield goal, None
