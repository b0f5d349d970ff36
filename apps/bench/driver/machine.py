# SPDX-License-Identifier: BSL-1.0
"""The machine the bench runs on: its cores, and the environment that every program gets."""

import os
import platform
import subprocess
from pathlib import Path

GATE_BYTES = 1 << 16


def core_cpus():
    """One CPU of each physical core this process may use."""
    seen, cpus = set(), []
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text().strip() if siblings.exists() else str(cpu)
        if core not in seen:
            seen.add(core)
            cpus.append(cpu)
    return cpus


class Gate:
    """The page at which the ranks of a job meet: memory without a name, gone when the driver ends."""

    def __init__(self):
        self._file = os.memfd_create("cohort-bench-gate")
        os.ftruncate(self._file, GATE_BYTES)
        self.path = f"/proc/{os.getpid()}/fd/{self._file}"

    def clear(self):
        os.pwrite(self._file, bytes(GATE_BYTES), 0)


def environment(cpus, gate):
    result = dict(os.environ)
    result["BENCH_GATE"] = gate.path
    result["BENCH_CPUS"] = ",".join(map(str, cpus))
    result["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
    if os.geteuid() == 0:
        result["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        result["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    return result


def binding(ranks, cpus):
    """A core for each rank where there are enough, as the peers' workers get it; else none for anybody."""
    return "core:if-supported" if ranks <= 2 and ranks <= len(cpus) else "none"


def description(cpus, mpiexec):
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    version = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=False).stdout
    launcher = version.splitlines()[0] if version else mpiexec
    return f"{model}, {len(cpus)} cores, {launcher}, Python {platform.python_version()}"
