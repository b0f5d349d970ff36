# SPDX-License-Identifier: BSL-1.0
"""Ours and the peers of row 14: a list of `true`, run by two workers. Wall time of the whole command, in ns a task.

command_list.py farm|xargs|parallel PROGRAM [COUNT]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def command(tool, program, folder):
    tasks = str(folder / "tasks.txt")
    if tool == "farm":
        return [os.environ.get("BENCH_MPIEXEC", "mpirun"), "-n", "2", program, tasks, "--log", "none", "--quiet"]
    if tool == "xargs":
        return [program, "-a", tasks, "-d", "\n", "-n", "1", "-P", "2", "sh", "-c"]
    return [program, "--will-cite", "-u", "-j", "2", "-a", tasks]


def main():
    tool, program = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tasks.txt").write_text("true\n" * count, encoding="ascii")
        begin = time.monotonic_ns()
        # (GNU parallel's default is the shell that it was started from.)
        subprocess.run(command(tool, program, folder), check=True, capture_output=True, cwd=folder,
                       env={**os.environ, "PARALLEL_SHELL": "/bin/sh"})
        wall = time.monotonic_ns() - begin
        if tool == "farm":
            journal = (folder / "tasks.txt.journal").read_text(encoding="utf-8")
            assert journal.count('"how":"done"') == count, "tasks were lost"
    print(json.dumps({"task": wall / count}))


if __name__ == "__main__":
    main()
