# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Process, Queue


def smallest_factor(n):
    return next(i for i in range(2, n + 1) if n % i == 0)


def work(jobs, results):
    while (n := jobs.get()) is not None:
        results.put((n, smallest_factor(n)))


if __name__ == "__main__":
    jobs, results = Queue(), Queue()
    workers = [Process(target=work, args=(jobs, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for n in range(90, 98):
        jobs.put(n)
    for _ in workers:
        jobs.put(None)  # one for each
    found = [results.get() for _ in range(90, 98)]
    for worker in workers:
        worker.join()
    print(sorted(found))
