# SPDX-License-Identifier: BSL-1.0
"""Runs programs in turn and collects the figures they print."""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from driver import machine


@dataclass(frozen=True)
class Program:
    """One command; `ranks` 0 means without mpirun. `ours` must work, a peer may be missing."""

    name: str
    command: tuple
    ranks: int = 0
    ours: bool = False
    timeout_s: int = 120

    def installed(self):
        return all(Path(part).exists() for part in self.command if part.startswith("/"))


class Failed(Exception):
    pass


class Runner:
    def __init__(self, mpiexec, progress):
        self._mpiexec = mpiexec
        self.cpus = machine.core_cpus()
        self._gate = machine.Gate()
        self._environment = machine.environment(self.cpus, self._gate)
        self._environment["BENCH_MPIEXEC"] = mpiexec
        self._progress = progress

    def run(self, program):
        """The figures of one run, and `wall_ms`, the time of the whole command."""
        environment = dict(self._environment)
        command = ["timeout", "-k", "5", str(program.timeout_s)]
        if program.ranks:
            environment["OMPI_MCA_hwloc_base_binding_policy"] = machine.binding(program.ranks, self.cpus)
            command += [self._mpiexec, "-n", str(program.ranks)]
        command += program.command
        self._gate.clear()
        begin = time.monotonic()
        code, output, errors = execute(command, environment)
        figures = {"wall_ms": (time.monotonic() - begin) * 1e3}
        if code != 0:
            what = "no end within the time allowed" if code in (124, 137) else f"exit code {code}"
            raise Failed(f"{' '.join(command[4:])}: {what}\n{errors.strip()[-1500:]}")
        for line in output.splitlines():
            if line.startswith("{"):
                figures.update(json.loads(line))
        return figures

    def alternate(self, programs, repetitions):
        """Runs all programs in turn, `repetitions` times over, each time beginning with another one.

        Returns {program: {figure: median}}; None for a program that is not installed or failed.
        """
        samples = {program: [] if program.installed() else None for program in programs}
        for program in programs:
            if samples[program] is None and program.ours:
                self._fail(program, f"{program.command[0]} is not built")
        for repetition in range(repetitions):
            shift = repetition % len(programs)
            for program in programs[shift:] + programs[:shift]:
                if samples[program] is None:
                    continue
                self._progress(program, repetition + 1, repetitions)
                try:
                    samples[program].append(self.run(program))
                except Failed as failure:
                    samples[program] = None
                    self._fail(program, str(failure))
        return {program: medians(runs) for program, runs in samples.items()}

    @staticmethod
    def _fail(program, reason):
        print(f"\nbench: {program.name}: {reason}", file=sys.stderr)


def medians(runs):
    if not runs:
        return None
    names = set.intersection(*(set(run) for run in runs))
    return {name: statistics.median(run[name] for run in runs) for name in names}


def execute(command, environment):
    """Like subprocess.run, but an interrupted wait ends the command and all that it started."""
    child = subprocess.Popen(
        command, env=environment, cwd=os.sep, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, errors="replace")
    try:
        output, errors = child.communicate()
    except BaseException:
        child.terminate()  # `timeout` hands it on to mpirun, and mpirun to the ranks
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    return child.returncode, output, errors
