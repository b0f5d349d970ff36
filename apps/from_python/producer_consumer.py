# SPDX-License-Identifier: BSL-1.0
from multiprocessing import Process, Queue


def produce(queue, text):
    for word in text.split():
        queue.put(word)  # waits while three are there
    queue.put(None)  # no more


if __name__ == "__main__":
    queue = Queue(maxsize=3)
    producer = Process(target=produce, args=(queue, "all the words of a longer text"))
    producer.start()
    while (word := queue.get()) is not None:
        print(word, len(word))
    producer.join()
