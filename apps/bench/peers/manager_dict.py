# SPDX-License-Identifier: BSL-1.0
"""Peer of row 7: a dict of Python's multiprocessing.Manager, used by processes at once.

manager_dict.py [operations] [workers]

Wall time divided by the operations of all workers. An increment is a read and a write, and may lose one.
"""

import json
import multiprocessing
import random
import sys

from manager_list import wall_ns

KEYS = 10_000


def set_all(shared, keys):
    for key in keys:
        shared[key] = 1


def get_all(shared, keys):
    for key in keys:
        shared[key]


def increment_all(shared, keys):
    for key in keys:
        shared[key] += 1


def main():
    operations = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    chooser = random.Random(13)
    keys = [([chooser.randrange(KEYS) for _ in range(operations)],) for _ in range(workers)]
    total = operations * workers
    with multiprocessing.Manager() as manager:
        shared = manager.dict({key: 1 for key in range(KEYS)})
        figures = {
            "set": wall_ns(set_all, shared, keys) / total,
            "get": wall_ns(get_all, shared, keys) / total,
            "increment": wall_ns(increment_all, shared, keys) / total,
        }
        new = [([KEYS + rank * operations + i for i in range(operations)],) for rank in range(workers)]
        figures["insert"] = wall_ns(set_all, shared, new) / total
        assert len(shared) == KEYS + total
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
