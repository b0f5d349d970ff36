# SPDX-License-Identifier: BSL-1.0
"""Peer of row 9: mpi4py.futures, where rank 0 hands tasks to the others. For mpirun -n 2. mpi4py_map.py [tasks]

Prints {"single": nanoseconds a task with chunksize 1}.
"""

import json
import sys
import time

from mpi4py.futures import MPICommExecutor


def next_of(number):
    return number + 1


def main():
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with MPICommExecutor() as executor:
        if executor is not None:
            list(executor.map(next_of, range(50)))
            begin = time.perf_counter_ns()
            count = sum(1 for _ in executor.map(next_of, range(tasks)))
            print(json.dumps({"single": (time.perf_counter_ns() - begin) / count}))


if __name__ == "__main__":
    main()
