# SPDX-License-Identifier: BSL-1.0
import sys
from multiprocessing import Pool


def steps(n):
    """How long n takes to come to 1."""
    count = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        count += 1
    return count


if __name__ == "__main__":
    numbers = range(1, 3000)
    counts = []
    with Pool() as pool:
        for count in pool.imap(steps, numbers, chunksize=100):
            counts.append(count)
            print(f"\rnumbers  {len(counts)}/{len(numbers)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    print("the longest way:", max(counts))
