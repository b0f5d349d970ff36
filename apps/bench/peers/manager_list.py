# SPDX-License-Identifier: BSL-1.0
"""Peer of rows 1, 2 and 4: a list of Python's multiprocessing.Manager, used by processes at once.

manager_list.py append|chain|strings [operations] [workers]

Appends and reads of strings are wall time divided by the operations of all workers; a read of the chain is what
each worker sees from one read to the next, as in the C++ programs.
"""

import json
import multiprocessing
import random
import sys
import time

CHAIN = 10_000


def random_cycle(size):
    """One cycle through range(size) in random order (Sattolo's shuffle)."""
    chooser = random.Random(7)
    cycle = list(range(size))
    for i in range(size - 1, 0, -1):
        j = chooser.randrange(i)
        cycle[i], cycle[j] = cycle[j], cycle[i]
    return cycle


def append_all(shared, items):
    for item in items:
        shared.append(item)


def follow(shared, position, steps):
    for _ in range(steps):
        position = shared[position]


def read_all(shared, places):
    for place in places:
        len(shared[place])


def worker(rank, barrier, results, work, shared, *arguments):
    len(shared)  # connects to the manager
    barrier.wait()
    begin = time.monotonic_ns()
    work(shared, *arguments)
    results.put((begin, time.monotonic_ns()))


def wall_ns(work, shared, arguments_of):
    """From the first start to the last finish of all workers."""
    count = len(arguments_of)
    barrier = multiprocessing.Barrier(count)
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=worker, args=(rank, barrier, results, work, shared, *arguments))
        for rank, arguments in enumerate(arguments_of)
    ]
    for process in processes:
        process.start()
    times = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return max(end for _, end in times) - min(begin for begin, _ in times)


def appended_longs(manager, operations, workers):
    shared = manager.list()
    items = [([rank * operations + i for i in range(operations)],) for rank in range(workers)]
    wall = wall_ns(append_all, shared, items)
    total = operations * workers
    assert len(shared) == total and sum(shared[:]) == total * (total - 1) // 2
    return {"append": wall / total}


def chased_longs(manager, operations, workers):
    shared = manager.list(random_cycle(CHAIN))
    starts = [(CHAIN * rank // workers, operations) for rank in range(workers)]
    return {"read": wall_ns(follow, shared, starts) / operations}


def strings(manager, operations, workers):
    chooser = random.Random(11)
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = ["".join(chooser.choices(letters, k=chooser.randint(10, 40))) for _ in range(operations)]
    shared = manager.list()
    total = operations * workers
    append = wall_ns(append_all, shared, [(texts,)] * workers) / total
    assert len(shared) == total
    places = [([chooser.randrange(total) for _ in range(operations)],) for _ in range(workers)]
    return {"append": append, "read": wall_ns(read_all, shared, places) / total}


def main():
    work = {"append": appended_longs, "chain": chased_longs, "strings": strings}[sys.argv[1]]
    operations = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    workers = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    with multiprocessing.Manager() as manager:
        print(json.dumps(work(manager, operations, workers)))


if __name__ == "__main__":
    main()
