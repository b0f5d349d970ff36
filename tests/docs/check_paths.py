#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_paths.py [ROOT]: what the documents name exists.

Looked at are links, words in backticks, and the words of code blocks that show commands. A link is taken from the
document's own folder, as a browser does. A path in backticks may also be named from the root, or, as includes and the
documents of the framework do, from framework/ or framework/cohort/. A `*` stands for anything, and must match something.
"""

import re
import sys
from pathlib import Path

# Where documents are looked for; what is not there yet is no complaint of this script.
DOCUMENTS = ["*.md", "framework/*.md", "framework/docs/**/*.md", "apps/**/*.md", "tests/**/*.md"]
BASES = ["", "framework", "framework/cohort", "framework/docs", "tests"]
SUFFIXES = {".md", ".hpp", ".cpp", ".sh", ".py", ".cmake", ".txt", ".in", ".json", ".supp"}
HISTORY = {"CHANGELOG.md"}  # names what was
MADE = {"build"}  # what a build or a run makes is not in the tree
TREES = ["scripts", "apps", "framework", "tests", "cmake", ".ci"]
COMMAND_BLOCKS = {"", "sh", "bash", "console", "shell"}

LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
TICKS = re.compile(r"(`+)(.+?)\1")
FENCE = re.compile(r"^\s*(```+|~~~+)\s*([\w+-]*)")
PATH = re.compile(r"^[\w.+*-]+(/[\w.+*-]+)*/?$")


def exists(root, bases, path):
    return any(next((root / base).glob(path.rstrip("/")), None) is not None for base in bases)


def is_path(root, word):
    """Whether a word in backticks means a path of this tree."""
    if not PATH.match(word) or set(word) <= set(".*") or word.startswith("-"):
        return False
    first = word.split("/")[0]
    if first in MADE:
        return False
    if "/" not in word:
        return Path(word).suffix in SUFFIXES and not word.startswith("*")
    return (
        Path(word).suffix in SUFFIXES
        or word.endswith("/")
        or any((root / base / first).is_dir() for base in BASES)
    )


def check_link(root, folder, target):
    if re.match(r"^([a-z][a-z0-9+.-]*:|#|//)", target, re.IGNORECASE):
        return None
    path = target.split("#")[0].split("?")[0]
    if path.startswith("/"):
        return f"the link {target} begins at the root of the machine"
    return None if (folder / path).exists() else f"the link {target} leads nowhere"


def check_word(root, folder, word):
    word = word.removeprefix("./").strip(",;:")
    if not is_path(root, word):
        return None
    bases = [folder.relative_to(root).as_posix(), *BASES]
    if exists(root, bases, word):
        return None
    # A bare name may belong to any folder that the text is about.
    if "/" not in word and exists(root, TREES, f"**/{word}"):
        return None
    return f"`{word}` does not exist"


def check_command_word(root, word):
    word = word.removeprefix("./").rstrip(",;:)")
    if "/" not in word or not PATH.match(word) or word.split("/")[0] not in TREES:
        return None
    return None if exists(root, [""], word) else f"{word} in a command does not exist"


def check_document(root, document):
    """Complaints about one document, as (line, text)."""
    folder = document.parent
    fence = None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        found = []
        match = FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence[0]) and not match[2]:
                fence = None
            elif fence[1] in COMMAND_BLOCKS:
                found = [check_command_word(root, word) for word in line.split("#")[0].split()]
        elif match:
            fence = match[1], match[2]
        elif line.startswith("    "):
            found = [check_command_word(root, word) for word in line.split("#")[0].split()]
        else:
            found = [check_link(root, folder, target) for target in LINK.findall(TICKS.sub("", line))]
            for _, text in TICKS.findall(line):
                found += [check_word(root, folder, word) for word in text.split()]
        yield from ((number, text) for text in found if text)


def check_tree(root):
    """All complaints about the documents below `root`, and the number of documents."""
    documents = sorted({path for pattern in DOCUMENTS for path in root.glob(pattern) if path.is_file()})
    documents = [path for path in documents if path.name not in HISTORY]
    complaints = []
    for document in documents:
        for line, text in check_document(root, document):
            complaints.append(f"{document.relative_to(root).as_posix()}:{line}: {text}")
    return complaints, len(documents)


def main():
    root = (Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    complaints, documents = check_tree(root)
    for complaint in complaints:
        print(complaint)
    if documents == 0:
        print(f"there are no documents in {root}")
        return 1
    print(f"{documents} documents, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
