"""Options that scenarios share."""

import argparse
from pathlib import Path

from . import machine


def numbers(text):
    try:
        return [int(one) for one in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of numbers like 1,64") from None


def names(known):
    """A type for lists of the keys of `known`; gives the values."""

    def parse(text):
        if text == "all":
            return list(known.values())
        for name in text.split(","):
            if name not in known:
                raise argparse.ArgumentTypeError(f"there is no '{name}': all, or some of {', '.join(known)}")
        return [known[name] for name in text.split(",")]

    return parse


def add_folder(parser):
    parser.add_argument("--folder", type=lambda text: Path(text).resolve(), default=machine.BENCH, metavar="PATH",
                        help="where requests, packages and the servers' data are written; a real disk, not a tmpfs "
                        "(%(default)s)")


def add_json(parser):
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")


def add_outputs(parser):
    add_json(parser)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there, as in BENCHMARKS.md")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw rate and CPU at 64 connections there, as SVG")
