"""The command line of tests/bench/run."""

import argparse
import os
import sys

from . import backlog, compare, delivery, growth, instructions, machine, pages, report, search, steady, threads

# A scenario is a module with SUMMARY, add_options(parser) and run(options), which returns the exit status.
SCENARIOS = {
    "compare": compare,
    "report": report,
    "growth": growth,
    "delivery": delivery,
    "backlog": backlog,
    "steady": steady,
    "threads": threads,
    "pages": pages,
    "search": search,
    "instructions": instructions,
}


def main():
    options = parser().parse_args()
    os.environ["PATH"] += ":/usr/sbin"  # where nginx and PHP-FPM are, which is not in everybody's
    try:
        return options.run(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # nobody reads what is printed
        sys.stderr.close()
        return 1
    except machine.Unusable as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1


def parser():
    made = argparse.ArgumentParser(
        prog="tests/bench/run",
        description="Measures the Shopbell of this clone (release preset) beside what people would use instead. "
        "Installs and builds what is missing; every server listens on 127.0.0.1 only and is ended afterwards.",
    )
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    for name, scenario in SCENARIOS.items():
        one = commands.add_parser(name, help=scenario.SUMMARY, description=scenario.__doc__)
        scenario.add_options(one)
        one.set_defaults(run=scenario.run)
    return made
