# SPDX-License-Identifier: BSL-1.0
"""What is measured: the programs of each row, and the lines of the table made from their figures."""

import sys
from dataclasses import dataclass
from pathlib import Path

from driver import machine
from driver.entry import Entry, at_most, below, efficient, share_of, times_as_fast, within
from driver.runner import Program

ROWS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)

PYTHON = "Python manager list"
INTERPROCESS = "Boost.Interprocess"
TBB = "tbb::concurrent_vector"
PYTHON_QUEUE = "Python manager queue"
TBB_QUEUE = "tbb::concurrent_queue"
PYTHON_DICT = "Python manager dict"
HASH_MAP = "tbb::concurrent_hash_map"
RMA = "raw MPI RMA"
FLOOR = "fetch_add + store"
ARRAY = "raw array"
MEMCPY = "memcpy"
MUTEX = "std::mutex"
PARALLEL_FOR = "tbb::parallel_for"
PYTHON_POOL = "Python Pool.map"
MPI4PY = "mpi4py.futures"
SERIAL = "one serial loop"
OPENMP = "OpenMP schedule(dynamic)"
XARGS = "xargs -P 2"
PARALLEL = "GNU parallel -j 2"


@dataclass(frozen=True)
class Experiment:
    """Programs that are run in turn, so that whatever disturbs the machine disturbs all of them."""

    programs: list
    entries: list
    repetitions: int


class Rows:
    def __init__(self, build, quick):
        self._bench = Path(build) / "apps" / "bench"
        self._quickstart = Path(build) / "apps" / "quickstart" / "quickstart"
        self._farm = Path(build) / "apps" / "farm" / "farm"
        self._peers = Path(__file__).resolve().parent.parent / "peers"
        self._quick = quick
        self._repetitions = 3 if quick else 7

    def experiments(self, row):
        makers = {1: self._append, 2: self._read, 3: self._bulk, 4: self._strings, 5: self._locks,
                  6: self._queue, 7: self._dict,
                  8: self._start, 9: self._pool, 10: self._mandelbrot, 11: self._waiting, 12: self._launch,
                  13: self._many_ranks, 14: self._commands}
        return makers[row]()

    def _size(self, full, quick):
        return str(quick if self._quick else full)

    def _ours(self, program, *arguments, ranks=2, name=None):
        command = (str(self._bench / f"bench_{program}"), *arguments)
        return Program(name or program, command, ranks=ranks, ours=True)

    def _peer(self, program, *arguments, ranks=0):
        return Program(program, (str(self._bench / f"peer_{program}"), *arguments), ranks=ranks)

    def _python(self, script, *arguments):
        return Program(script, (sys.executable, str(self._peers / script), *arguments))

    def _append(self):
        sizes = self._size(2_000_000, 1_000_000), self._size(5, 3)
        ours = self._ours("list_append", *sizes)
        python = self._python("manager_list.py", "append", self._size(4_000, 1_000))
        rma = self._peer("rma_append", self._size(400_000, 200_000), "3", ranks=2)
        interprocess = self._peer("interprocess_append", *sizes)
        tbb = self._peer("tbb_append", *sizes)
        floor = self._peer("fetch_add_append", *sizes)
        limits = (times_as_fast(PYTHON, 1000), times_as_fast(RMA, 5), times_as_fast(INTERPROCESS, 1),
                  times_as_fast(TBB, 1), within(FLOOR, 3))

        def entry(name, figure):
            peers = {PYTHON: (python, "append"), RMA: (rma, figure), INTERPROCESS: (interprocess, figure),
                     TBB: (tbb, figure), FLOOR: (floor, figure)}
            return Entry(1, name, "ns", (ours, figure), peers, limits)

        entries = [entry("List<long>::append, 2 ranks at once, committed memory", "warm"),
                   entry("List<long>::append, 2 ranks at once, growing on fresh memory", "growing")]
        return [Experiment([ours, python, rma, interprocess, tbb, floor], entries, self._repetitions)]

    def _read(self):
        small = "10000", self._size(2_000_000, 1_000_000), "3"
        large = "10000000", self._size(500_000, 200_000), self._size(3, 1)
        ours_small = self._ours("list_read", *small, name="list_read 10^4")
        ours_large = self._ours("list_read", *large, name="list_read 10^7")
        array_small = self._peer("array_read", *small)
        array_large = self._peer("array_read", *large)
        python = self._python("manager_list.py", "chain", self._size(4_000, 1_000))
        near = Entry(2, "List<long> dependent read, 10^4 elements, 2 ranks at once", "ns", (ours_small, "read"),
                     {PYTHON: (python, "read"), ARRAY: (array_small, "read")},
                     (at_most(10, "ns"), times_as_fast(PYTHON, 5000)))
        far = Entry(2, "List<long> dependent read, 10^7 elements, 2 ranks at once", "ns", (ours_large, "read"),
                    {ARRAY: (array_large, "read")}, (within(ARRAY, 1.5),))
        return [Experiment([ours_small, array_small, python], [near], self._repetitions),
                Experiment([ours_large, array_large], [far], self._repetitions)]

    def _bulk(self):
        sizes = "10000000", self._size(5, 3)
        ours = self._ours("list_bulk", *sizes)
        memcpy = self._peer("memcpy_bulk", *sizes)

        def entry(name, figure):
            return Entry(3, name, "GB/s", (ours, figure), {MEMCPY: (memcpy, figure)}, (share_of(MEMCPY, 0.7),),
                         more_is_better=True)

        speeds = Experiment([ours, memcpy],
                            [entry("extend by 10^7 longs, committed against committed", "extend_committed"),
                             entry("extend by 10^7 longs, fresh against fresh", "extend_fresh"),
                             entry("copy of 10^7 longs, committed against committed", "copy_committed"),
                             entry("copy of 10^7 longs, fresh against fresh", "copy_fresh")], self._repetitions)

        extended = self._ours("list_memory", "extend", name="list_memory extend")
        appended = self._ours("list_memory", "append", name="list_memory append")

        def memory(name, program):
            return Entry(3, name, "MB", (program, "megabytes"), limits=(at_most(104, "MB (1.3 x 80)"),))

        return [speeds, Experiment([extended, appended],
                                   [memory("memory of 10^7 longs, extended", extended),
                                    memory("memory of 10^7 longs, appended one by one", appended)], self._repetitions)]

    def _strings(self):
        sizes = self._size(200_000, 100_000), self._size(200_000, 100_000), "3"
        ours = self._ours("string_list", *sizes)
        interprocess = self._peer("interprocess_strings", *sizes)
        python = self._python("manager_list.py", "strings", self._size(4_000, 1_000))

        def entry(name, figure, python_figure):
            return Entry(4, name, "ns", (ours, figure),
                         {PYTHON: (python, python_figure), INTERPROCESS: (interprocess, figure)},
                         (times_as_fast(PYTHON, 100), times_as_fast(INTERPROCESS, 1)))

        entries = [entry("List<std::string>::append, 2 ranks at once, committed memory", "warm", "append"),
                   entry("List<std::string>::append, 2 ranks at once, growing on fresh memory", "growing", "append"),
                   entry("List<std::string> read at random, 2 ranks at once", "read", "read")]
        return [Experiment([ours, interprocess, python], entries, self._repetitions)]

    def _queue(self):
        sizes = self._size(1_000_000, 400_000), self._size(5, 3)
        ours = self._ours("queue_pass", *sizes)
        tbb = self._peer("tbb_pass", *sizes)
        python = self._python("manager_queue.py", self._size(4_000, 1_000))

        def entry(name, figure):
            return Entry(6, name, "ns", (ours, figure), {PYTHON_QUEUE: (python, figure), TBB_QUEUE: (tbb, figure)},
                         (times_as_fast(PYTHON_QUEUE, 500), times_as_fast(TBB_QUEUE, 1)))

        entries = [entry("Queue<long> put + get, one rank puts and one gets", "one_to_one"),
                   entry("Queue<long> put + get, both ranks do both", "all_to_all")]
        return [Experiment([ours, tbb, python], entries, self._repetitions)]

    def _locks(self):
        sizes = "pairs", self._size(2_000_000, 1_000_000), self._size(5, 3)
        alone = self._ours("lock_pair", *sizes, ranks=1, name="lock_pair alone")
        mutex_alone = self._peer("mutex_pair", *sizes, "1")
        both = self._ours("lock_pair", *sizes, name="lock_pair 2 ranks")
        mutex_both = self._peer("mutex_pair", *sizes, "2")
        pairs = [Entry(5, "Lock, lock + unlock, alone", "ns", (alone, "pair"), {MUTEX: (mutex_alone, "pair")},
                       (within(MUTEX, 2),)),
                 Entry(5, "Lock, lock + unlock, 2 ranks at once", "ns", (both, "pair"), {MUTEX: (mutex_both, "pair")},
                       (times_as_fast(MUTEX, 1),))]
        programs, fairness = [], []
        for waiters in (2, 4, 16):
            ours = self._ours("lock_pair", "fairness", self._size(500, 200), ranks=waiters,
                              name=f"lock_pair {waiters} waiters")
            mutex = self._peer("mutex_pair", "fairness", self._size(500, 200), "1", str(waiters))
            programs += [ours, mutex]
            fairness += [Entry(5, f"Lock, longest wait of {waiters} at once", "µs", (ours, "longest"),
                               {MUTEX: (mutex, "longest")}, scale=1e-3),
                         Entry(5, f"Lock, most that were let in before a waiter, {waiters} at once", "", (ours, "passed"),
                               {MUTEX: (mutex, "passed")}),
                         Entry(5, f"Lock, Jain index of {waiters} at once", "", (ours, "jain"),
                               {MUTEX: (mutex, "jain")}, more_is_better=True)]
        return [Experiment([alone, mutex_alone, both, mutex_both], pairs, self._repetitions),
                Experiment(programs, fairness, self._repetitions)]

    def _dict(self):
        sizes = "200000", self._size(1_000_000, 300_000), "3"
        ours = self._ours("dict", *sizes)
        tbb = self._peer("tbb_hash_map", *sizes)
        python = self._python("manager_dict.py", self._size(4_000, 1_000))

        def entry(name, figure):
            return Entry(7, f"Dict<long, long> {name}, 2 * 10^5 keys, 2 ranks at once", "ns", (ours, figure),
                         {PYTHON_DICT: (python, figure), HASH_MAP: (tbb, figure)},
                         (times_as_fast(PYTHON_DICT, 300), times_as_fast(HASH_MAP, 1)))

        entries = [entry("set of new keys", "insert"), entry("set of keys that are there", "set"), entry("get", "get"),
                   entry("increment", "increment")]
        return [Experiment([ours, tbb, python], entries, self._repetitions)]

    def _start(self):
        count = self._size(20_000, 5_000)
        joiner = self._ours("process_start", "joiner", count, ranks=1, name="process_start joiner")
        child = self._ours("process_start", "child", self._size(500, 200), ranks=1, name="process_start child")
        spinning = self._ours("process_start", "spinning", count, name="process_start spinning")
        sleeping = self._ours("process_start", "sleeping", self._size(100, 40), name="process_start sleeping")
        thread = self._peer("thread_start", self._size(5_000, 1_000))
        fork = self._peer("fork_wait", self._size(500, 200))
        rank_fork = self._peer("mpi_fork_wait", self._size(500, 200), ranks=1)
        wake = self._peer("futex_wake", self._size(100, 40))
        python = self._python("process_start.py", self._size(40, 10))
        peers = {name: (program, "start_join")
                 for name, program in (("std::thread", thread), ("fork + wait", fork), ("Python Process", python))}

        def entry(name, ours, limit, more_peers=()):
            return Entry(8, name, "µs", (ours, "start_join"), {**peers, **dict(more_peers)}, (limit,), scale=1e-3)

        entries = [entry("Process start + join, run by its own joiner", joiner, at_most(1, "µs")),
                   entry("Process start + join, in a child", child, within("fork + wait", 1.3),
                         {"fork + wait in a rank": (rank_fork, "start_join")}),
                   entry("Process start to end, run by a spinning rank", spinning, at_most(2, "µs")),
                   entry("Process start to end, run by a sleeping rank", sleeping, at_most(50, "µs"),
                         {"bare futex wake-up": (wake, "start_join")})]
        return [Experiment([joiner, child, spinning, sleeping, thread, fork, rank_fork, wake, python], entries, self._repetitions)]

    def _pool(self):
        sizes = self._size(4_000_000, 1_000_000), self._size(5, 3)
        ours = self._ours("pool_map", *sizes)
        tbb = self._peer("tbb_map", *sizes)
        python = self._python("pool_map.py", self._size(100_000, 40_000))
        # Debian's, which is the one that has Debian's mpi4py.
        mpi4py = Program("mpi4py_map.py", ("/usr/bin/python3", str(self._peers / "mpi4py_map.py"),
                                           self._size(2_000, 500)), ranks=2)

        def entry(name, figure, peers, *limits):
            with_figures = {peer: of if isinstance(of, tuple) else (of, figure) for peer, of in peers.items()}
            return Entry(9, name, "ns", (ours, figure), with_figures, limits)

        both = {PYTHON_POOL: python, PARALLEL_FOR: tbb}
        entries = [entry("Pool::map, a task at a time", "single", {**both, MPI4PY: mpi4py}, at_most(100, "ns")),
                   entry("Pool::map, automatic, into a new vector", "automatic", both, within(PARALLEL_FOR, 2)),
                   entry("Pool::map, an Array in place", "in_place", {PARALLEL_FOR: tbb}, within(PARALLEL_FOR, 2))]
        return [Experiment([ours, tbb, python, mpi4py], entries, self._repetitions)]

    def _mandelbrot(self):
        cores = len(machine.core_cpus())
        sizes = self._size(1_000, 500), self._size(3, 3)
        ours = self._ours("mandelbrot", *sizes, ranks=cores)
        serial = self._peer("serial_rows", *sizes)
        openmp = self._peer("openmp_rows", *sizes, str(cores))

        def entry(name, figure):
            return Entry(10, f"Mandelbrot, uneven rows, {name}, {cores} ranks", "ms", (ours, figure),
                         {SERIAL: (serial, "picture"), OPENMP: (openmp, "picture")},
                         (efficient(SERIAL, 0.95, cores), times_as_fast(OPENMP, 1)), scale=1e-6)

        entries = [entry("Pool::map into an Array", "map"), entry("Pool::imap_unordered", "imap")]
        return [Experiment([ours, serial, openmp], entries, self._repetitions)]

    def _waiting(self):
        ours = self._ours("waiting", self._size(2_000, 400))
        barrier = self._peer("mpi_barrier", self._size(500, 200), ranks=2)

        def entry(name, figure):
            return Entry(11, name, "%", (ours, figure), {"MPI_Barrier": (barrier, "idle")}, (below(1, "%"),))

        entries = [entry("core used by an idle rank", "idle"),
                   entry("core used by a rank in Process::join", "joining")]
        return [Experiment([ours, barrier], entries, 3 if self._quick else 5)]

    def _launch(self):
        ours = Program("quickstart", (str(self._quickstart),), ranks=2, ours=True)
        bare = self._peer("mpi_init", ranks=2)
        entry = Entry(12, "mpirun -n 2 of the first program", "ms", (ours, "wall_ms"),
                      {"MPI_Init + MPI_Finalize": (bare, "wall_ms")}, (within("MPI_Init + MPI_Finalize", 1.1),))
        return [Experiment([ours, bare], [entry], 5 if self._quick else 11)]

    def _many_ranks(self):
        """Everything that ranks do together, by more of them than there are cores, against two."""
        works = (
            # program, arguments for so many ranks, (figure, what it is)
            ("list_append", lambda _: (self._size(2_000_000, 1_000_000), "19"),
             (("warm", "List<long>::append"),)),
            ("list_read", lambda ranks: ("10000", self._part(4_000_000, 1_000_000, ranks), "3"),
             (("of_all", "List<long> dependent read, 10^4 elements"),)),
            ("string_list", lambda ranks: (self._size(200_000, 100_000), self._part(200_000, 100_000, ranks), "9"),
             (("warm", "List<std::string>::append"), ("read", "List<std::string> read at random"))),
            ("lock_pair", lambda _: ("pairs", self._size(2_000_000, 500_000), "3"),
             (("pair", "Lock, lock + unlock"),)),
            ("queue_pass", lambda _: (self._size(400_000, 200_000), "3"),
             (("all_to_all", "Queue<long> put + get, all to all"),)),
            ("dict", lambda ranks: ("200000", self._part(1_000_000, 400_000, ranks), "9"),
             (("insert", "Dict<long, long> set of new keys"), ("set", "Dict<long, long> set of keys that are there"),
              ("get", "Dict<long, long> get"), ("increment", "Dict<long, long> increment"))),
            ("pool_map", lambda _: (self._size(2_000_000, 500_000), "3"),
             (("single", "Pool::map, a task at a time"), ("automatic", "Pool::map, automatic"),
              ("in_place", "Pool::map, an Array in place"))),
        )
        experiments = []
        for program, arguments, figures in works:
            few = self._ours(program, *arguments(2), name=f"{program} 2 ranks")
            many = [(ranks, self._ours(program, *arguments(ranks), ranks=ranks, name=f"{program} {ranks} ranks"))
                    for ranks in ((16,) if self._quick else (16, 32, 64))]
            entries = []
            for figure, what in figures:
                for ranks, ours in many:
                    entries.append(Entry(13, f"{what}, {ranks} ranks at once", "ns", (ours, figure),
                                         {"2 ranks": (few, figure)}, (share_of("2 ranks", 0.5),)))
            experiments.append(Experiment([few, *(ours for _, ours in many)], entries, 3))
        return experiments

    def _commands(self):
        def program(tool, path, ours=False):
            script = str(self._peers.parent / "command_list.py")
            return Program(f"command_list {tool}", (sys.executable, script, tool, path, self._size(4_000, 2_000)),
                           ours=ours)

        farm = program("farm", str(self._farm), ours=True)
        xargs = program("xargs", "/usr/bin/xargs")
        parallel = program("parallel", "/usr/bin/parallel")
        entry = Entry(14, "farm, a list of `true`, a task, 2 ranks", "µs", (farm, "task"),
                      {XARGS: (xargs, "task"), PARALLEL: (parallel, "task")}, (within(XARGS, 1.25),), scale=1e-3)
        return [Experiment([farm, xargs, parallel], [entry], self._repetitions)]

    def _part(self, full, quick, ranks):
        """A rank's part of so many operations."""
        return str((quick if self._quick else full) // ranks)
