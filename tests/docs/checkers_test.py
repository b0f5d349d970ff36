#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The checkers of this folder, on small trees: each finds what it is there for, and nothing else."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import check_layers  # noqa: E402
import check_paths  # noqa: E402
import check_programs  # noqa: E402
import extract_programs  # noqa: E402


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name).resolve()

    def write(self, name, text=""):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class Layers(Tree):
    def complaints(self, name, text):
        self.write(f"framework/cohort/{name}", text)
        return check_layers.check_tree(self.root)[0]

    def allowed(self, name, text):
        self.assertEqual(self.complaints(name, text), [])

    def refused(self, name, text, expected):
        complaints = self.complaints(name, text)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertIn(expected, complaints[0])

    def test_inwards_is_allowed(self):
        self.allowed("sync/wait.hpp", '#include "cohort/heap/heap.hpp"\n#include <cohort/window/address.hpp>\n')
        self.allowed("session/session.cpp", '#include "cohort/process/table.hpp"\n#include "../heap/heap.hpp"\n')

    def test_outwards_is_refused_with_its_line(self):
        self.refused("heap/heap.hpp", '\n#include "cohort/sync/wait.hpp"\n', "heap/heap.hpp:2: heap must not include")

    def test_relative_includes_are_followed(self):
        self.refused("window/window.cpp", '#include "../heap/heap.hpp"\n', "heap lies outside window")

    def test_aside_is_for_all(self):
        self.allowed("window/window.cpp", '#include "cohort/watch/log.hpp"\n#include "cohort/error.hpp"\n')
        self.allowed("heap/heap.cpp", '#include "cohort/codec.hpp"\n#include "cohort/options.hpp"\n')

    def test_layers_do_not_see_faces(self):
        self.refused("containers/list.cpp", "#include <cohort/list.hpp>\n", "the public list.hpp")

    def test_watch_does_not_see_faces(self):
        self.refused("watch/report.cpp", "#include <cohort/list.hpp>\n", "the public list.hpp")

    def test_faces_see_everything(self):
        self.allowed("list.hpp", '#include "cohort/containers/list.hpp"\n#include "cohort/process.hpp"\n')

    def test_unknown_folder_is_refused(self):
        self.refused("misc/thing.hpp", "", "no known layer")

    def test_mpi_belongs_to_the_window(self):
        self.allowed("window/launch.cpp", "#include <mpi.h>\nint f() { return MPI_Barrier(comm); }\n")
        self.allowed("mpi.hpp", "#include <boost/mpi/communicator.hpp>\nboost::mpi::communicator c;\n")
        self.refused("heap/a.cpp", "#include <mpi.h>\n", "includes mpi.h")

    def test_mpi_call_is_refused(self):
        self.refused("session/a.cpp", "int f() { return MPI_Barrier(comm); }\n", "uses MPI_Barrier")

    def test_boost_mpi_is_refused(self):
        self.refused("list.hpp", "boost::mpi::communicator c;\n", "uses boost::mpi")

    def test_mpi_may_be_spoken_of(self):
        self.allowed("heap/a.cpp", '// MPI_Put\n/* MPI_Get\n boost::mpi */ auto a = "MPI_Init" + 1\'000;  // OMPI_X\n')

    def test_mpi_behind_a_comment_is_seen(self):
        self.refused("heap/a.cpp", "/* MPI */ MPI_Put();  // call\n", "uses MPI_Put")

    def test_no_files_is_no_success(self):
        self.assertEqual(check_layers.check_tree(self.root), ([], 0))


class Paths(Tree):
    def setUp(self):
        super().setUp()
        self.write("framework/cohort/list.hpp")
        self.write("framework/cohort/window/window.hpp")
        self.write("scripts/run")
        self.write("apps/quickstart/main.cpp")

    def complaints(self, text, name="README.md"):
        self.write(name, text)
        return check_paths.check_tree(self.root)[0]

    def allowed(self, text, name="README.md"):
        self.assertEqual(self.complaints(text, name), [])

    def refused(self, text, expected):
        complaints = self.complaints(text)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertIn(expected, complaints[0])

    def test_what_exists_is_fine(self):
        self.allowed("`framework/cohort/list.hpp`, `apps/`, `apps/*/main.cpp`, [code](apps/quickstart/main.cpp#L3)")
        self.allowed("`cohort/list.hpp`, `window/`, `window.hpp`, `<cohort/list.hpp>`, `list.hpp`")
        self.allowed("[up](../apps/quickstart)", "framework/README.md")

    def test_what_is_gone_is_named_with_its_line(self):
        self.refused("first\n`framework/cohort/dict.hpp`\n", "README.md:2: `framework/cohort/dict.hpp`")

    def test_gone_folder(self):
        self.refused("`heap/`", "`heap/`")

    def test_gone_bare_name(self):
        self.refused("`dict.hpp`", "`dict.hpp`")

    def test_gone_link(self):
        self.refused("[code](apps/gone/main.cpp)", "apps/gone/main.cpp")

    def test_link_is_taken_from_the_document(self):
        complaints = self.complaints("[code](apps/quickstart/main.cpp)", "framework/README.md")
        self.assertEqual(len(complaints), 1)

    def test_star_must_match(self):
        self.refused("`apps/*/other.cpp`", "other.cpp")

    def test_commands_are_looked_at(self):
        self.refused("```sh\nscripts/run # apps/gone\nscripts/gone -n 2\n```\n", "README.md:3: scripts/gone")

    def test_indented_commands_are_looked_at(self):
        self.refused("text\n\n    scripts/gone\n", "README.md:3: scripts/gone")

    def test_changelog_may_name_what_was(self):
        self.write("README.md")
        self.allowed("`apps/gone/`", "CHANGELOG.md")

    def test_what_is_no_path_is_left_alone(self):
        self.allowed("`a/b`, `1/2`, `std::list<int>`, `x.y`, `/dev/shm`, `build/bench.json`, `--top`, `...`, `*.hpp`")
        self.allowed("```cpp\nauto x = apps/quickstart/gone;\n```\n[site](https://example.org/a/b.md) [here](#there)")


class Programs(Tree):
    def test_only_blocks_with_main(self):
        document = self.write("README.md", "a\n```cpp\nint x;\n```\n\n```cpp\nint main() {}\n```\n```sh\nint main()\n```\n")
        self.assertEqual(list(extract_programs.programs(document)), [(7, "int main() {}\n")])

    def test_unchanged_files_are_left_alone_and_old_ones_go(self):
        document = self.write("README.md", "```cpp\nint main() {}\n```\n```cpp\nint main() { }\n```\n")
        folder = self.root / "out"
        first = extract_programs.extract(folder, [document], self.root)
        self.assertEqual([path.name for path in first], ["README_1.cpp", "README_2.cpp"])
        self.assertIn("#line 2 ", first[0].read_text())
        before = first[0].stat().st_mtime_ns
        self.write("README.md", "```cpp\nint main() {}\n```\n")
        self.assertEqual(extract_programs.extract(folder, [document], self.root), first[:1])
        self.assertEqual(first[0].stat().st_mtime_ns, before)
        self.assertFalse(first[1].exists())


class ShownPrograms(Tree):
    PAGE = "# Page\n```python hi.py\nprint(1)\n```\n```cpp hi.cpp\nint x;\n```\n```text hi\n1\n```\n"

    def setUp(self):
        super().setUp()
        self.write("programs/hi.py", "# SPDX-License-Identifier: BSL-1.0\nprint(1)\n")
        self.write("programs/hi.cpp", "// SPDX-License-Identifier: BSL-1.0\n\nint x;\n")
        self.programs = self.root / "programs"

    def complaints(self, text):
        return list(check_programs.check(self.write("page.md", text), self.programs))

    def refused(self, text, expected):
        complaints = self.complaints(text)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertIn(expected, complaints[0])

    def test_the_files_as_they_are(self):
        self.assertEqual(self.complaints(self.PAGE + "```text\nfree\n```\n```cpp\nfree;\n```\n"), [])

    def test_another_text_is_named_with_its_line(self):
        self.refused(self.PAGE.replace("int x", "int y"), "page.md:5: hi.cpp is\nint x;\n")

    def test_another_output(self):
        self.refused(self.PAGE.replace("\n1\n", "\n2\n"), "page.md:8: hi is\n1\n")

    def test_a_program_that_fails(self):
        self.write("programs/hi.py", "print(1)\nexit(3)\n")
        self.refused(self.PAGE.replace("(1)\n", "(1)\nexit(3)\n"), "hi.py ended with 3")

    def test_each_program_once(self):
        self.refused(self.PAGE + "```cpp hi.cpp\nint x;\n```\n", "shows hi.cpp 2 times")
        self.refused(self.PAGE.replace("cpp hi.cpp", "cpp"), "shows hi.cpp 0 times")

    def test_a_program_that_is_not_there(self):
        self.refused(self.PAGE + "```cpp ho.cpp\nint x;\n```\n", "no program ho.cpp")

    def test_a_program_in_one_language(self):
        (self.programs / "hi.cpp").unlink()
        self.assertIn("programs: hi.cpp is missing", self.complaints(self.PAGE))

    def test_write_mends_the_blocks_and_nothing_else(self):
        page = self.write("page.md", self.PAGE.replace("int x", "int y").replace("\n1\n", "\n2\n"))
        self.assertEqual(check_programs.written(page, self.programs), self.PAGE)


if __name__ == "__main__":
    unittest.main()
