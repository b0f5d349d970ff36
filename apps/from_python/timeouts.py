# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Manager, Pool, Process, TimeoutError
from queue import Empty


def enter(door):
    door.wait()
    return "came in"


if __name__ == "__main__":
    with Manager() as manager, Pool(1) as pool:
        door, letters = manager.Event(), manager.Queue()
        guest = Process(target=enter, args=(door,))
        guest.start()
        guest.join(0.05)
        if guest.is_alive():
            print("the guest waits")
        try:
            letters.get(timeout=0.05)
        except Empty:
            print("there are no letters")
        answer = pool.apply_async(enter, (door,))
        try:
            answer.get(timeout=0.05)
        except TimeoutError:
            print("there is no answer yet")
        door.set()
        print("the answer:", answer.get(timeout=60))
        guest.join(60)
        if not guest.is_alive():
            print("the guest has gone in")
