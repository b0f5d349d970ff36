#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the table of differences against the Python that runs this.

usage: check_differences.py [--check | --self_test] python_differences.md

Every method and attribute of `list`, `dict` and `set`, of a `Manager()`, of the proxies that its `.list()`, `.dict()` and
`.Namespace()` give, of the queues (queue.Queue and
multiprocessing's), of Value, Array and a manager's iterators, of a pipe's Connection, of `multiprocessing.Process`, of
a Pool, its AsyncResult and its IMapIterator, and of the locks and what is made of them needs a row `| \\`list.append\\` | ... | same | ... |`. A row
about something that Python does not have must be an `extension`, or stand in OTHER_VERSIONS below. What rows say of
Cohort's classes is checked against their headers beside the table: nothing that is not there, and all that is.
--self_test takes the rows away one at a time, those of each public method too, and gives each class a method more; it
wants all of this to be noticed.
"""

import multiprocessing
import multiprocessing.connection
import multiprocessing.managers
import multiprocessing.pool
import multiprocessing.queues
import multiprocessing.sharedctypes
import multiprocessing.synchronize
import queue
import re
import sys
from pathlib import Path

STATUSES = ("same", "differs", "extension")

# What some supported Python has and another has not.
OTHER_VERSIONS = {"list.__getstate__", "dict.__getstate__", "set.__getstate__", "Namespace.__getstate__",
                  "Pool.__reduce__", "Process.interrupt", "Lock.locked", "RLock.locked", "Queue.shutdown",
                  "Manager.set"}

# Of the locks and their like: how they print, and how they are pickled and copied.
PLUMBING = {"__deepcopy__", "__getstate__", "__repr__", "__setstate__", "__str__"}

ROW = re.compile(r"^\|\s*`([A-Za-z]+\.\w+)`\s*\|\s*(.*?)\s*\|\s*(\w+)\s*\|\s*(.*?)\s*\|$")


def own_names(cls):
    """What the class brings itself: names from `object`, private ones and plain data with dunder names left out."""
    for name in dir(cls):
        private = name.startswith("_") and not (name.startswith("__") and name.endswith("__"))
        inherited = not any(name in vars(base) for base in cls.__mro__ if base is not object)
        bookkeeping = name.startswith("__") and not callable(getattr(cls, name)) and name != "__hash__"
        # Made by the class statement or by pickling, not by the author of the class.
        bookkeeping = bookkeeping or name in ("__weakref__", "__annotate__", "__annotate_func__", "__reduce__")
        if not (private or inherited or bookkeeping):
            yield name


def names_of_synchronizers():
    """Of both kinds that Python has: those of a manager, and those that processes inherit."""
    proxies = multiprocessing.managers
    own = multiprocessing.synchronize
    kinds = {
        "Lock": (proxies.AcquirerProxy, own.Lock),
        "RLock": (proxies.AcquirerProxy, own.RLock),
        "Semaphore": (proxies.AcquirerProxy, own.Semaphore),
        "BoundedSemaphore": (proxies.AcquirerProxy, own.BoundedSemaphore),
        "Condition": (proxies.ConditionProxy, own.Condition),
        "Event": (proxies.EventProxy, own.Event),
        "Barrier": (proxies.BarrierProxy, own.Barrier),
    }
    return {f"{kind}.{name}" for kind, classes in kinds.items() for cls in classes for name in own_names(cls)
            if name not in PLUMBING}


def required_names():
    proxy = multiprocessing.managers.ListProxy
    names = {"list." + name for name in own_names(list)}
    names |= {"list." + name for name in proxy._exposed_}
    for name in own_names(proxy):
        names.add(("list." if hasattr(list, name) else "ListProxy.") + name)
    for cls in (dict, multiprocessing.managers.DictProxy):
        names |= {("dict." if hasattr(dict, name) else "DictProxy.") + name for name in own_names(cls)}
    names |= {"set." + name for name in own_names(set)}
    for cls in (multiprocessing.managers.Namespace, multiprocessing.managers.NamespaceProxy):
        names |= {"Namespace." + name for name in own_names(cls)}
    for cls in (queue.Queue, multiprocessing.queues.Queue, multiprocessing.queues.JoinableQueue):
        names |= {"Queue." + name for name in own_names(cls)}
    names |= {"Connection." + name for name in own_names(multiprocessing.connection.Connection)}
    names |= {"Process." + name for name in own_names(multiprocessing.Process)}
    names |= {"Manager." + name for name in own_names(multiprocessing.managers.SyncManager)}
    names.add("Manager.shutdown")  # an attribute that start() gives it
    names.discard("Manager.set")
    names |= {"Pool." + name for name in own_names(multiprocessing.pool.Pool)}
    names |= {"AsyncResult." + name for cls in (multiprocessing.pool.AsyncResult, multiprocessing.pool.MapResult)
              for name in own_names(cls)}
    names |= {"IMapIterator." + name for name in own_names(multiprocessing.pool.IMapIterator)}
    shared = multiprocessing.sharedctypes
    proxies = multiprocessing.managers
    for kind, classes in {"Value": (proxies.ValueProxy, proxies.Value, shared.Synchronized),
                          "Array": (proxies.ArrayProxy, shared.SynchronizedArray, shared.SynchronizedString),
                          "Iterator": (proxies.IteratorProxy,)}.items():
        names |= {f"{kind}.{name}" for cls in classes for name in own_names(cls)}
    names |= names_of_synchronizers() - OTHER_VERSIONS
    return names


# A class, its header, how the rows call its objects, and how Python calls it.
CLASSES = {
    "List": ("list.hpp", "l", ("list", "List", "ListProxy")),
    "Element": ("element.hpp", "l[i]", ("Element",)),
    "Dict": ("dict.hpp", "d", ("dict", "Dict", "DictProxy")),
    "Set": ("set.hpp", "s", ("set", "Set")),
    "Queue": ("queue.hpp", "q", ("Queue",)),
    "Connection": ("connection.hpp", "c", ("Connection",)),
    "Namespace": ("namespace.hpp", "ns", ("Namespace",)),
    "Value": ("value.hpp", "v", ("Value",)),
    "Array": ("array.hpp", "a", ("Array",)),
    "Lock": ("lock.hpp", "k", ("Lock",)),
    "RLock": ("lock.hpp", "k", ("RLock",)),
    "Semaphore": ("semaphore.hpp", "s", ("Semaphore",)),
    "BoundedSemaphore": ("semaphore.hpp", "s", ("BoundedSemaphore",)),
    "Condition": ("condition.hpp", "c", ("Condition",)),
    "Event": ("event.hpp", "e", ("Event",)),
    "Barrier": ("barrier.hpp", "b", ("Barrier",)),
    "Process": ("process.hpp", "p", ("Process",)),
    "Pool": ("pool.hpp", "pool", ("Pool",)),
    "Future": ("future.hpp", "f", ("AsyncResult",)),
    "Imap": ("imap.hpp", "results", ("IMapIterator",)),
    "Manager": ("manager.hpp", "manager", ("Manager",)),
}
# What a handle has for the framework itself and for Boost.Serialization.
HANDLE_PLUMBING = {"reference", "save", "load"}

CLASS = r"^class {}(?:<T>)?(?: : public ([\w:]+)(?:<\w+>)?)? {{$(.*?)^}};$"
METHOD = re.compile(r"^  (?:\[\[[\w:, ]+\]\] )?(?! |friend|using|requires|template|explicit|operator)"
                    r"(?:decltype\(auto\)|[\w:<>,& ]+?)[ &](\w+)\(", re.M)


def public_names(read, file, cls):
    """The member functions that a header's class shows, and those of its base; operators left out."""
    names = set()
    # The class, and what it is for some types.
    classes = re.findall(CLASS.format(cls), read(file), re.M | re.S)
    if not classes:
        raise ValueError(f"{file} has no class {cls}")
    for base, body in classes:
        for part in body.split("\n public:\n")[1:]:
            names |= set(METHOD.findall(re.split(r"^ (?:private|protected):$", part, flags=re.M)[0]))
        if base == "Handle":
            names |= public_names(read, "handle.hpp", "Handle") - HANDLE_PLUMBING
        elif base:
            names |= public_names(read, file, base.rpartition(":")[2])
    return names - {cls}


def names_said(rows, letter, python):
    """The methods of which the rows speak."""
    return {name for row, equivalent, _, _ in rows if row.partition(".")[0] in python
            for name in re.findall(rf"`{re.escape(letter)}\.(\w+)[(<]", equivalent)}


def problems_with_headers(rows, read):
    """`read`: gives the text of a header."""
    for cls, (file, letter, python) in CLASSES.items():
        there = public_names(read, file, cls)
        said = names_said(rows, letter, python)
        for name in sorted(said - there):
            yield f"{file} has no {cls}::{name}, of which a row speaks"
        for name in sorted(there - said):
            yield f"no row speaks of {cls}::{name} of {file}"


def parse(text):
    """[(name, equivalent, status, sentence)] and the lines of the table that are no such row."""
    rows, broken = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            continue
        match = ROW.match(line)
        if match:
            rows.append(match.groups())
        elif not (re.match(r"^\|\s*Python\s*\|", line) or re.match(r"^\|[\s|:-]+\|$", line)):
            broken.append(f"line {number} is no row of the table: {line}")
    return rows, broken


def problems(rows):
    required = required_names()
    seen = set()
    for name, equivalent, status, sentence in rows:
        if name in seen:
            yield f"{name} has two rows"
        seen.add(name)
        if status not in STATUSES:
            yield f"{name} is '{status}'; it may be {', '.join(STATUSES)}"
        if not equivalent or not sentence.endswith("."):
            yield f"{name} wants an equivalent (or 'none') and a sentence"
        if name not in required and name not in OTHER_VERSIONS and status != "extension":
            yield f"{name} is not in this Python ({sys.version.split()[0]})"
        if name in required and status == "extension":
            yield f"{name} is in Python, so it is no extension"
    for name in sorted(required - seen):
        yield f"{name} has no row"


def self_test_headers(rows, read):
    for cls, (file, letter, python) in CLASSES.items():
        for name in public_names(read, file, cls):
            rest = [row for row in rows if row[0].partition(".")[0] not in python
                    or name not in names_said([row], letter, python)]
            if f"no row speaks of {cls}::{name} of {file}" not in problems_with_headers(rest, read):
                yield f"nobody noticed that no row spoke of {cls}::{name}"
        invented = (f"{python[0]}.no_such_row", f"`{letter}.no_such_method()`", "extension", "It is not there.")
        if f"{file} has no {cls}::no_such_method, of which a row speaks" not in problems_with_headers(
                rows + [invented], read):
            yield f"nobody noticed a row of a method that {cls} has not"

        def with_another(name, file=file, cls=cls):
            text = read(name)
            if name != file:
                return text
            head = re.search(rf"^class {cls}\b[^;]*? {{$.*?^ public:$", text, re.M | re.S)
            return f"{text[:head.end()]}\n  int without_a_row() const;{text[head.end():]}"

        if f"no row speaks of {cls}::without_a_row of {file}" not in problems_with_headers(rows, with_another):
            yield f"nobody noticed a method more in {cls}"


def self_test(rows, read):
    required = required_names()
    for name in required:
        rest = [row for row in rows if row[0] != name]
        if f"{name} has no row" not in problems(rest):
            yield f"nobody noticed that {name} was gone"
    for wrong in (("list.no_such_method", "none", "same", "It is not there."),
                  ("list.append", "append", "same", "A second time."),
                  ("List.something", "something", "perhaps", "A status that does not exist.")):
        if not any(problem.startswith(wrong[0]) for problem in problems(rows + [wrong])):
            yield f"nobody noticed the wrong row {wrong}"
    yield from self_test_headers(rows, read)


def main(arguments):
    if len(arguments) == 2 and arguments[0] in ("--check", "--self_test"):
        mode, path = arguments
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        mode, path = "--check", arguments[0]
    else:
        print(__doc__, file=sys.stderr)
        return 2
    with open(path, encoding="utf-8") as file:
        rows, found = parse(file.read())
    folder = Path(path).resolve().parent.parent / "cohort"
    headers = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.hpp")}
    if mode == "--check":
        found += [*problems(rows), *problems_with_headers(rows, headers.__getitem__)]
    else:
        found += self_test(rows, headers.__getitem__)
    for problem in found:
        print(f"{path}: {problem}", file=sys.stderr)
    if not found:
        print(f"{path}: {len(rows)} rows agree with Python {sys.version.split()[0]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
