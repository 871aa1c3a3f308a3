"""Whose the machine's CPU time is while something is measured."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MOST_OF_OTHERS = 0.05


class CpuUse:
    """From now on, as shares of all there is."""

    def __init__(self, server):
        self._server = server
        self._before = self._times()

    def shares(self):
        passed = {whose: after - self._before[whose] for whose, after in self._times().items()}
        whole = passed.pop("all")
        passed["other programs"] = whole - sum(passed.values())
        return {whose: round(seconds / whole, 3) for whose, seconds in passed.items()}

    def _times(self):
        user, nice, system, idle, iowait, irq, softirq, stolen, *_ = (
            int(ticks) / TICKS for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        )
        mine = os.times()
        return {
            "all": user + nice + system + idle + iowait + irq + softirq + stolen,
            "idle": idle + iowait,
            "stolen": stolen,
            "the daemon": self._server.cpu_seconds(),
            "the load": mine.user + mine.system + mine.children_user + mine.children_system,
        }


def judge_others(findings, measured):
    """`measured`: shares of several measurements."""
    findings.judge("share of the CPU time that other programs took: above it the figures say little",
                   max(one["other programs"] + one["stolen"] for one in measured), at_most=MOST_OF_OTHERS)
