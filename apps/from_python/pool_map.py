# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Pool


def square(n):
    return n * n


def area(width, height):
    return width * height


if __name__ == "__main__":
    with Pool(4) as pool:
        print(pool.map(square, range(10)))
        print(pool.starmap(area, [(2, 3), (4, 5)]))
