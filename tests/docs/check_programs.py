#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_programs.py [--write] PAGE FOLDER: the page shows the programs of the folder as they are, and what they print.

A block whose first line names a file (```python pool_map.py) is that file, but for the line of its license; one that
begins with ```text pool_map is what pool_map.py prints. Each NAME.py and NAME.cpp of the folder is on the page once.
--write puts into each block what belongs there.
"""

import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^(?P<head>```\w+ (?P<name>[\w.]+)\n)(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LICENSE = re.compile(r"\A(#|//) SPDX-License-Identifier: .*\n\n?")


def printed(program):
    """What a Python program prints, or why it does not."""
    run = subprocess.run([sys.executable, "-B", str(program)], capture_output=True, text=True, timeout=60)
    return run.stdout if run.returncode == 0 else f"{program.name} ended with {run.returncode}: {run.stderr}"


def belongs(folder, name):
    """What the block of that name holds; None where there is no such program."""
    program = folder / name if "." in name else folder / f"{name}.py"
    if not program.is_file():
        return None
    return printed(program) if "." not in name else LICENSE.sub("", program.read_text(encoding="utf-8"))


def due(folder):
    """The names of the blocks that the page owes its reader."""
    pairs = {path.stem for path in folder.iterdir() if path.suffix in (".py", ".cpp")}
    return sorted(f"{name}{end}" for name in pairs for end in (".py", ".cpp", ""))


def check(page, folder):
    """Complaints about the page, as texts."""
    text = page.read_text(encoding="utf-8")
    names = []
    for block in BLOCK.finditer(text):
        name = block["name"]
        names.append(name)
        wanted = belongs(folder, name)
        line = text.count("\n", 0, block.start()) + 1
        if wanted is None:
            yield f"{page.name}:{line}: there is no program {name} in {folder.name}"
        elif block["text"] != wanted:
            yield f"{page.name}:{line}: {name} is\n{wanted}and is shown as\n{block['text']}"
    for name in due(folder):
        if names.count(name) != 1:
            yield f"{page.name}: shows {name} {names.count(name)} times instead of once"
        if "." in name and not (folder / name).is_file():
            yield f"{folder.name}: {name} is missing"


def written(page, folder):
    """The page's text with what belongs into each block."""

    def renewed(block):
        wanted = belongs(folder, block["name"])
        return f"{block['head']}{block['text'] if wanted is None else wanted}```"

    return BLOCK.sub(renewed, page.read_text(encoding="utf-8"))


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    if len(arguments) != 2:
        print("usage: check_programs.py [--write] PAGE FOLDER", file=sys.stderr)
        return 2
    page, folder = map(Path, arguments)
    if "--write" in sys.argv:
        page.write_text(written(page, folder), encoding="utf-8")
    complaints = list(check(page, folder))
    for complaint in complaints:
        print(complaint)
    print(f"{len(due(folder))} blocks, {len(complaints)} complaints")
    return 1 if complaints or not due(folder) else 0


if __name__ == "__main__":
    sys.exit(main())
