# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Pool, Process


def share(cake, guests):
    if guests == 0:
        raise ValueError("nobody to share with")
    return cake // guests


if __name__ == "__main__":
    with Pool(2) as pool:
        try:
            print(pool.starmap(share, [(12, 3), (12, 0), (12, 4)]))
        except ValueError as error:
            print("a task failed:", error)
        print("the pool goes on:", pool.apply(share, (12, 6)))

    process = Process(target=share, args=(12, 0))
    process.start()
    process.join()
    print("a process failed:", process.exitcode)
