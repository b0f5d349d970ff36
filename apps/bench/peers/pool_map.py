# SPDX-License-Identifier: BSL-1.0
"""Peer of row 9: Python's Pool.map with two processes. pool_map.py [tasks]

Prints nanoseconds a task: {"single": with chunksize 1, "automatic": with its own}.
"""

import json
import multiprocessing
import statistics
import sys
import time


def next_of(number):
    return number + 1


def median_of(tasks, work):
    times = []
    for _ in range(4):
        begin = time.perf_counter_ns()
        work()
        times.append((time.perf_counter_ns() - begin) / tasks)
    return statistics.median(times[1:])


def main():
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    values = [1] * tasks
    few = values[: tasks // 20]
    with multiprocessing.Pool(2) as pool:
        single = median_of(len(few), lambda: pool.map(next_of, few, chunksize=1))
        automatic = median_of(tasks, lambda: pool.map(next_of, values))
    print(json.dumps({"single": single, "automatic": automatic}))


if __name__ == "__main__":
    main()
