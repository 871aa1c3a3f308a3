"""What a scenario found: its figures, and which of its goals they reach."""

import json

from . import machine
from .goals import Goal
from .report import table


class Findings:
    def __init__(self, scenario, chosen):
        settings = {name: _plain(value) for name, value in vars(chosen).items() if name != "run"}
        self._all = {"scenario": scenario, "machine": machine.described(), "settings": settings, "goals": []}
        self._json = chosen.json

    def add(self, name, figures):
        """Figures for the file of --json; they are printed by whoever makes them."""
        self._all[name] = figures

    def judge(self, text, value, at_least=None, at_most=None):
        goal = Goal(text, None, at_least=at_least, at_most=at_most)
        self._all["goals"].append(
            {"goal": text, "bound": goal.bound, "measured": value, "reached": bool(goal.is_reached_by(value))}
        )

    def write(self):
        """Returns the exit status."""
        goals = self._all["goals"]
        rows = [[one["goal"], one["bound"], _short(one["measured"]), "reached" if one["reached"] else "MISSED"]
                for one in goals]
        print("\n" + table(["", "goal", "measured", ""], rows), flush=True)
        if self._json:
            self._json.write_text(json.dumps(self._all, indent=1) + "\n")
        return 0 if all(one["reached"] for one in goals) else 1


def _plain(value):
    return value if isinstance(value, (int, float, str, list, type(None))) else str(value)


def _short(value):
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
