#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_layers.py [ROOT]: the layers of framework/cohort include inwards only, and MPI is called in one of them.

A file in the folder of a layer may include its own layer and those to its right. error.hpp, codec.hpp and watch/ stand
aside: all may include them. Of the other public headers (those at depth 1), the layers may include options.hpp alone;
public headers, the sources beside them, and typed/, which is a part of them, may include anything.
"""

import re
import sys
from pathlib import Path, PurePosixPath

LAYERS = ["session", "process", "containers", "sync", "heap", "window"]  # outermost first
ASIDE = {"watch"}
OF_THE_FACES = {"typed"}  # what several public headers share
FACES_FOR_ALL = {"handle.hpp", "error.hpp", "codec.hpp", "options.hpp"}
MPI_FOLDER = "window"
MPI_FILES = {"mpi.hpp", "mpi.cpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MPI = re.compile(r"\bMPI_\w+|\bboost\s*::\s*mpi\b")
MPI_HEADER = re.compile(r"^(mpi\.h|boost/mpi(/.*|\.hpp))$")
# A raw string, a string, a character, a comment: what is no code. The apostrophe of 1'000 begins no character.
NO_CODE = re.compile(
    r'R"(?P<end>[^()\s\\]{0,16})\(.*?\)(?P=end)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
    r"|//(?:\\\n|[^\n])*"
    r"|/\*.*?\*/",
    re.DOTALL,
)


def without_comments(text, strings):
    """The text with its comments blanked, and its strings too if asked; lines stay where they are."""

    def blank(match):
        found = match.group()
        comment = found.startswith(("//", "/*"))
        return re.sub(r"[^\n]", " ", found) if comment or strings else found

    return NO_CODE.sub(blank, text)


def part_of(path):
    """The layer of a path below framework/cohort; for a public file its name."""
    return path.parts[0]


def included(file, kind, name):
    """The path below framework/cohort that an include names; None if it is no file of ours."""
    path = PurePosixPath(name)
    if path.parts[0] == "cohort":
        return PurePosixPath(*path.parts[1:])
    if kind == '"':
        folded = []
        for part in (file.parent / path).parts:
            if part == "..":
                if not folded:
                    return None
                folded.pop()
            elif part != ".":
                folded.append(part)
        return PurePosixPath(*folded)
    return None


def include_complaint(file, target):
    """Why `file` may not include `target`; both are paths below framework/cohort."""
    if len(file.parts) == 1 or part_of(file) in OF_THE_FACES:
        return None
    here, there = part_of(file), part_of(target)
    if len(target.parts) == 1:
        if there in FACES_FOR_ALL:
            return None
        return f"{here} must not include the public {target}"
    if there in ASIDE or here in ASIDE or there == here:
        return None
    if there not in LAYERS:
        return f"{target} is in no known layer"
    if LAYERS.index(there) < LAYERS.index(here):
        return f"{here} must not include {target}: {there} lies outside {here}"
    return None


def check_file(file, text):
    """Complaints about one file, as (line, text)."""
    may_use_mpi = part_of(file) == MPI_FOLDER if len(file.parts) > 1 else file.name in MPI_FILES
    if len(file.parts) > 1 and part_of(file) not in {*LAYERS, *ASIDE, *OF_THE_FACES}:
        yield 1, f"the folder {part_of(file)} is no known layer; tell check_layers.py where it belongs"
    for number, line in enumerate(without_comments(text, strings=False).splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        if MPI_HEADER.match(match[2]) and not may_use_mpi:
            yield number, f"includes {match[2]}; MPI belongs to {MPI_FOLDER}/"
        target = included(file, match[1], match[2])
        complaint = include_complaint(file, target) if target and target.parts else None
        if complaint:
            yield number, complaint
    if may_use_mpi:
        return
    for number, line in enumerate(without_comments(text, strings=True).splitlines(), 1):
        match = MPI.search(line)
        if match and not INCLUDE.match(line):
            yield number, f"uses {match.group()}; MPI belongs to {MPI_FOLDER}/"


def check_tree(root):
    """All complaints about the framework below `root`, and the number of files looked at."""
    folder = root / "framework" / "cohort"
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".hpp", ".cpp") and path.is_file())
    complaints = []
    for path in files:
        file = PurePosixPath(path.relative_to(folder).as_posix())
        for line, text in check_file(file, path.read_text(encoding="utf-8")):
            complaints.append(f"framework/cohort/{file}:{line}: {text}")
    return complaints, len(files)


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    complaints, files = check_tree(root)
    for complaint in complaints:
        print(complaint)
    if files == 0:
        print(f"there are no files in {root}/framework/cohort")
        return 1
    print(f"{files} files, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
