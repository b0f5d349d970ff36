# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Process, Value


def count(total, times):
    for _ in range(times):
        with total.get_lock():
            total.value += 1


if __name__ == "__main__":
    total = Value("i", 0)
    workers = [Process(target=count, args=(total, 1000)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("counted to", total.value)
