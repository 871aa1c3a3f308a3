"""Tables of results that were written with --json, all of the same machine: of one run or of several."""

import json
from collections import defaultdict
from pathlib import Path
from statistics import median

from . import contenders, goals, picture

SUMMARY = "the tables again, from files that compare --json wrote"

FIGURES = ["rate", "p50_ms", "p99_ms", "p999_ms", "max_ms", "server_us", "generator_us", "memory_mib",
           "written_bytes", "kept_bytes"]

BUSY = 0.95  # of one core: the generator could not send more
QUIET = 5  # percent of the machine that others may take before it is mentioned


def add_options(parser):
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what compare --json wrote")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw rate and CPU at 64 connections there, as SVG")
    parser.set_defaults(json=None)


def run(chosen):
    read = [json.loads(file.read_text()) for file in chosen.files]
    results = read[0]
    for more in read[1:]:
        results["disk"] += more["disk"]
        results["measurements"] += more["measurements"]
    write(results, chosen)
    return 0


class Figures:
    """The medians of what was measured without a problem."""

    def __init__(self, results):
        self._disk = results["disk"]
        gathered = defaultdict(list)
        for one in results["measurements"]:
            if not one["problem"]:
                gathered[one["contender"], one["connections"]].append(one)
        self._medians = {
            key: {name: median(one[name] for one in measured) for name in FIGURES}
            for key, measured in gathered.items()
        }
        valid = [one for measured in gathered.values() for one in measured]
        self.others_percent = median(one["others_percent"] for one in valid) if valid else 0
        self.rounds = max((len(measured) for measured in gathered.values()), default=0)

    def of(self, contender, connections):
        return self._medians[contender, connections]

    def all(self):
        return self._medians

    def sync_ms(self, name="append_1_us"):
        return median(one[name] for one in self._disk) / 1000


def line(one):
    """What is printed of each measurement at once."""
    what = f"{one['connections']:4} connections, round {one['round']}: {one['contender']:20}"
    if "rate" not in one:
        return f"{what} {one['problem']}"
    problem = f"  INVALID: {one['problem']}" if one["problem"] else ""
    if one["others_percent"] > QUIET:
        problem += f"  (others took {one['others_percent']:.0f} % of the machine)"
    return (
        f"{what} {one['rate']:8,.0f} req/s  p50 {one['p50_ms']:7.2f} ms  p99 {one['p99_ms']:7.2f} ms"
        f"  CPU {one['server_us']:6.1f} µs{problem}"
    )


def write(results, chosen):
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1) + "\n")
    if not results["measurements"]:
        return
    text = markdown(results)
    print("\n" + text)
    if chosen.markdown:
        chosen.markdown.write_text(text)
    if chosen.picture:
        chosen.picture.write_text(picture.drawn(Figures(results), goals.AT))


def markdown(results):
    figures = Figures(results)
    parts = [_about(results, figures)]
    for connections in sorted({connections for _, connections in figures.all()}):
        heading = "1 connection" if connections == 1 else f"{connections} connections"
        parts.append(f"### {heading}\n\n" + table(_HEADER, _rows(figures, connections)))
        parts.append(_limited_by_generator(figures, connections))
    parts += [_goals(figures), _problems(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(results, figures):
    machine, settings = results["machine"], results["settings"]
    return (
        f"{machine['date']}, Shopbell {machine['commit']}; {machine['cores']} cores ({machine['processor']}), shared "
        f"with the load generator; Linux {machine['kernel']}. {_medians_of(figures.rounds)} "
        f"{settings['seconds']} s. One record of 3 KB appended and synced: {figures.sync_ms():.2f} ms; 64 of them: "
        f"{figures.sync_ms('append_64_us'):.2f} ms. Besides the contender and the generator, others took "
        f"{figures.others_percent:.0f} % of the machine."
    )


def _medians_of(rounds):
    return f"Medians of {rounds} rounds of" if rounds > 1 else "One round of"


_HEADER = ["", "durable", "req/s", "Shopbell ÷", "p50 ms", "p99 ms", "p99.9 ms", "CPU µs", "Shopbell ÷", "MiB",
           "written B", "kept B", "generator µs"]


def _rows(figures, connections):
    medians = figures.all()
    shopbell = medians.get(("shopbell", connections))
    for contender in contenders.ALL:
        one = medians.get((contender.name, connections))
        if one is None:
            continue
        yield [
            contender.name,
            contender.durable,
            f"{one['rate']:,.0f}",
            f"{shopbell['rate'] / one['rate']:.2f}" if shopbell else "",
            f"{one['p50_ms']:.2f}",
            f"{one['p99_ms']:.2f}",
            f"{one['p999_ms']:.2f}",
            f"{one['server_us']:.1f}",
            f"{shopbell['server_us'] / one['server_us']:.2f}" if shopbell else "",
            f"{one['memory_mib']:.0f}",
            f"{one['written_bytes']:,.0f}",
            f"{one['kept_bytes']:,.0f}",
            f"{one['generator_us']:.1f}",
        ]


def _limited_by_generator(figures, connections):
    names = [
        name
        for (name, at), one in figures.all().items()
        if at == connections and one["rate"] * one["generator_us"] > BUSY * 1e6
    ]
    return f"The generator had no time left: {', '.join(names)} could do more." if names else ""


def _goals(figures):
    judged = list(goals.judged(figures))
    if all(value is None for _, value in judged):
        return ""
    rows = []
    for goal, value in judged:
        if value is None:
            rows.append([goal.text, goal.bound, "", "not measured"])
        else:
            rows.append([goal.text, goal.bound, f"{value:.2f}", "reached" if goal.is_reached_by(value) else "MISSED"])
    return f"### Goals, at {goals.AT} connections\n\n" + table(["", "goal", "measured", ""], rows)


def _problems(results):
    found = [
        f"- {one['contender']}, {one['connections']} connections, round {one['round']}: {one['problem']}"
        for one in results["measurements"]
        if one["problem"]
    ]
    return "### Invalid measurements\n\n" + "\n".join(found) if found else ""


def table(header, rows):
    """Markdown that is also pleasant on a terminal: names to the left, figures to the right."""
    rows = [header, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]

    def line(cells):
        first, *others = [cell.ljust(width) if column == 0 else cell.rjust(width)
                          for column, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join([first, *others]) + " |"

    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([line(header), rule, *(line(row) for row in rows[1:])])
