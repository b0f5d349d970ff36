# SPDX-License-Identifier: BSL-1.0
"""Measures Cohort against its peers. scripts/bench builds the programs and calls this.

bench.py --build DIRECTORY --output FILE [--mpiexec PROGRAM] [--quick] [ROW...]
"""

import argparse
import os
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from driver import machine, report  # noqa: E402
from driver.rows import ROWS, Rows  # noqa: E402
from driver.runner import Runner  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description="Measures Cohort against its peers.")
    parser.add_argument("--build", required=True, help="folder of a release build")
    parser.add_argument("--output", required=True, help="the JSON file to write")
    parser.add_argument("--mpiexec", default="mpirun", help="the launcher that belongs to the build's MPI")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller counts")
    parser.add_argument("rows", nargs="*", type=int, metavar="ROW", help=f"of {', '.join(map(str, ROWS))}; none: all")
    result = parser.parse_args()
    for row in result.rows:
        if row not in ROWS:
            parser.error(f"row {row} is not measured here; these are: {', '.join(map(str, ROWS))}")
    return result


class Progress:
    """One line on stderr that is written over on a terminal, a line a row elsewhere."""

    def __init__(self):
        self._terminal = sys.stderr.isatty()
        self._row = None

    def start(self, row):
        self._row = row
        if not self._terminal:
            print(f"bench: row {row}", file=sys.stderr, flush=True)

    def __call__(self, program, repetition, repetitions):
        if self._terminal:
            text = f"bench: row {self._row}, {repetition} of {repetitions}: {program.name}"
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def end(self):
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def stop(*_):
    sys.exit(143)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, stop)
    progress = Progress()
    runner = Runner(options.mpiexec, progress)
    print(machine.description(runner.cpus, options.mpiexec))
    load = os.getloadavg()[0]
    if load > 0.7:
        print(f"The machine is busy (load {load:.1f}): these figures will suffer from it.")
    if options.quick:
        print("Quick: fewer repetitions and smaller counts; nothing to publish.")

    rows = []
    catalogue = Rows(Path(options.build).resolve(), options.quick)
    for row in options.rows or ROWS:
        progress.start(row)
        for experiment in catalogue.experiments(row):
            medians = runner.alternate(experiment.programs, experiment.repetitions)
            rows += [entry.evaluate(medians) for entry in experiment.entries]
    progress.end()

    print(report.table(rows))
    report.write(rows, options.output)
    measured = [row for row in rows if row["met"] is not None]
    print(f"{sum(row['met'] for row in measured)} of {len(measured)} targets met; written to {options.output}")
    failed = [row["name"] for row in rows if row["value"] is None]
    for name in failed:
        print(f"bench: no figure for: {name}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
