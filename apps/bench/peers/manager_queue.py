# SPDX-License-Identifier: BSL-1.0
"""Peer of row 6: a queue of Python's multiprocessing.Manager, used by two processes at once.

manager_queue.py [values]

Wall time divided by the values that passed, as in the C++ programs.
"""

import json
import multiprocessing
import sys

from manager_list import wall_ns


def put_all(shared, values):
    for value in range(values):
        shared.put(value)


def get_all(shared, values):
    for _ in range(values):
        shared.get()


class Pipe:
    """A queue with a length, which is how a worker connects to the manager before it is timed."""

    def __init__(self, queue):
        self._queue = queue
        self.put = queue.put
        self.get = queue.get

    def __len__(self):
        return self._queue.qsize()

    def __reduce__(self):
        return Pipe, (self._queue,)


def work(shared, side, values):
    {"put": put_all, "get": get_all, "both": exchange}[side](shared, values)


def exchange(shared, values):
    for value in range(values):
        shared.put(value)
        shared.get()


def main():
    values = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
    with multiprocessing.Manager() as manager:
        shared = Pipe(manager.Queue())
        one_to_one = wall_ns(work, shared, [("put", values), ("get", values)]) / values
        all_to_all = wall_ns(work, shared, [("both", values // 2)] * 2) / (values // 2 * 2)
    print(json.dumps({"one_to_one": one_to_one, "all_to_all": all_to_all}))


if __name__ == "__main__":
    main()
