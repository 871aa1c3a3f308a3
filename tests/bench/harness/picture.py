"""Rate and CPU of all that were measured, as an SVG: bars with figures, readable in light and dark."""

from xml.sax.saxutils import escape

from . import contenders

ROW, BAR, NAME, WIDTH = 26, 16, 170, 250  # pixels: a line, its bar, the names' column, the longest bar
GAP = 80  # between the two columns of bars, for the figures of the first
TOP = 40
_STYLE = """
text { font: 13px sans-serif; fill: #333; }
.durable { fill: #2b7de9; } .shopbell { fill: #d9480f; } .other { fill: #adb5bd; }
@media (prefers-color-scheme: dark) { text { fill: #ddd; } .other { fill: #6c757d; } }
"""


def drawn(figures, connections):
    measured = [(one, figures.all()[one.name, connections]) for one in contenders.ALL
                if (one.name, connections) in figures.all()]
    columns = [("requests a second", "rate", NAME), ("CPU, µs per request", "server_us", NAME + WIDTH + GAP)]
    height = TOP + ROW * (len(measured) + 1)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {NAME + 2 * (WIDTH + GAP)} {height}">',
             f"<style>{_STYLE}</style>"]
    for title, figure, left in columns:
        most = max((one[figure] for _, one in measured), default=1)
        parts.append(f'<text x="{left}" y="20">{escape(title)}</text>')
        for line, (contender, one) in enumerate(measured):
            parts += _bar(left, TOP + ROW * line, one[figure] / most, f"{one[figure]:,.0f}", _class(contender))
    for line, (contender, _) in enumerate(measured):
        parts.append(f'<text x="{NAME - 10}" y="{TOP + ROW * line + BAR - 3}" text-anchor="end">'
                     f"{escape(contender.name)}</text>")
    parts += [f'<text x="{NAME}" y="{height - 8}">{connections} connections; blue and orange: a 200 outlives a loss '
              "of power</text>", "</svg>"]
    return "\n".join(parts) + "\n"


def _class(contender):
    if contender.peer == "shopbell":
        return "shopbell"
    return "durable" if contender.durable == "yes" else "other"


def _bar(left, top, share, text, kind):
    length = max(WIDTH * share, 1)
    return [f'<rect class="{kind}" x="{left}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"/>',
            f'<text x="{left + length + 6:.1f}" y="{top + BAR - 3}">{text}</text>']
