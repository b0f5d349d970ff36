#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""extract_programs.py FOLDER DOCUMENT...: writes each block ```cpp with a main to FOLDER/DOCUMENT_N.cpp.

Prints the files, one a line. A file whose text is the same is left alone, so that nothing is built again; files of
blocks that are gone are removed.
"""

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^(?P<indent> *)```cpp[^\n]*\n(?P<code>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE)
MAIN = re.compile(r"\bint\s+main\s*\(")


def programs(document):
    """The programs of a document, as (line, code)."""
    text = document.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        if MAIN.search(block["code"]):
            yield text.count("\n", 0, block.start("code")) + 1, block["code"]


def name_of(document):
    """framework/README.md as framework_README, with the folder so that two READMEs stay apart."""
    return re.sub(r"\W", "_", "_".join(document.with_suffix("").parts).strip("/"))


def extract(folder, documents, root):
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for document in documents:
        for count, (line, code) in enumerate(programs(document), 1):
            name = name_of(document.relative_to(root) if document.is_relative_to(root) else document)
            path = folder / f"{name}_{count}.cpp"
            text = f'#line {line} "{document.as_posix()}"\n{code}'
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
            written.append(path)
    for path in set(folder.glob("*.cpp")) - set(written):
        path.unlink()
    return written


def main():
    if len(sys.argv) < 3:
        print("usage: extract_programs.py FOLDER DOCUMENT...", file=sys.stderr)
        return 2
    root = Path(__file__).resolve().parents[2]
    for path in extract(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]], root):
        print(path.as_posix())
    return 0


if __name__ == "__main__":
    sys.exit(main())
