# SPDX-License-Identifier: BSL-1.0
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import Pool

NUMBER = 62773913  # 7919 * 7927


def search(first):
    """A divisor among a thousand candidates, or 0."""
    return next((i for i in range(first, first + 1000) if NUMBER % i == 0), 0)


if __name__ == "__main__":
    with Pool() as pool:
        for divisor in pool.imap_unordered(search, range(2, 100000, 1000)):
            if divisor:
                print("found", divisor)
                break  # and search no more

    with ProcessPoolExecutor() as executor:
        searches = [executor.submit(search, first) for first in (2, 1002, 7002)]
        found = set()
        for each in as_completed(searches):
            found.add(each.result())
        print(sorted(found))
