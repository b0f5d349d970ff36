# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Event, Manager, Process


def note(ready, settings, seen):
    ready.wait()
    seen.append(settings["depth"])


if __name__ == "__main__":
    with Manager() as manager:
        ready, settings, seen = Event(), manager.dict(), manager.list()
        listeners = [Process(target=note, args=(ready, settings, seen)) for _ in range(3)]
        for listener in listeners:
            listener.start()
        print("before the event:", seen)
        settings["depth"] = 12
        ready.set()
        for listener in listeners:
            listener.join()
        print("after it:", seen)
