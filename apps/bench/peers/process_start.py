# SPDX-License-Identifier: BSL-1.0
"""Peer of row 8: a multiprocessing.Process of an empty function started and joined, median nanoseconds.

process_start.py [count]
"""

import json
import multiprocessing
import statistics
import sys
import time


def nothing():
    pass


def main():
    times = []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 50):
        begin = time.monotonic_ns()
        process = multiprocessing.Process(target=nothing)
        process.start()
        process.join()
        times.append(time.monotonic_ns() - begin)
    print(json.dumps({"start_join": statistics.median(times)}))


if __name__ == "__main__":
    main()
