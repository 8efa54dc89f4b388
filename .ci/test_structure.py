"""Tests of .ci/structure: python3 .ci/test_structure.py"""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

from rust_imports import Crate, tokens  # noqa: E402

LOADER = importlib.machinery.SourceFileLoader("structure", str(HERE / "structure"))
structure = importlib.util.module_from_spec(importlib.util.spec_from_loader("structure", LOADER))
LOADER.exec_module(structure)

SCRATCH = tempfile.TemporaryDirectory()
# Two folders side by side, each with a file; a test fills in what the files say.
TREE = {
    "lib.rs": "pub mod a; pub mod b; pub mod lone;",
    "lone.rs": "",
    "a/mod.rs": "pub mod one; pub mod deep;",
    "a/one.rs": "",
    "a/deep.rs": "pub mod down;",
    "a/deep/down.rs": "",
    "b/mod.rs": "pub mod two; pub mod other;",
    "b/two.rs": "",
    "b/other/mod.rs": "pub mod file;",
    "b/other/file.rs": "",
}


class Tree:
    """A crate in a temporary folder."""

    def __init__(self, **files):
        self.source = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH.name)) / "src"
        said = {name.replace("__", "/") + ".rs": text for name, text in files.items()}
        for name, text in (TREE | said).items():
            file = self.source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def arrows(self):
        """Every import, as `source -> target`."""
        imports = Crate(self.source).imports()
        return sorted({f"{'::'.join(one.source)} -> {'::'.join(one.target)}" for one in imports})

    def breaches(self, exceptions=""):
        """What the check says, the first line of each."""
        found = structure.check(self.source, structure.Exceptions(exceptions))
        return [breach.splitlines()[0] for breach in found]


class Imports(unittest.TestCase):
    def leads(self, text, *targets):
        """What a file in `b/other` imports."""
        arrows = [f"b::other::file -> {target}" for target in sorted(targets)]
        self.assertEqual(Tree(b__other__file=text).arrows(), arrows, text)

    def test_each_form_of_a_path(self):
        self.leads("use crate::a::one::Thing;", "a::one")
        self.leads("fn f() { crate::a::one::g(1) }", "a::one")
        self.leads("use super::super::two;", "b::two")
        self.leads("fn f(_: super::super::two::Thing) {}", "b::two")
        self.leads("use crate::{a::{self, one::*}, lone};", "a", "a::one", "lone")
        self.leads("use crate::a::deep as d; fn f() { d::down::g() }", "a::deep", "a::deep::down")
        self.leads("use crate::a; fn f() { a::one::g() }", "a", "a::one")
        self.leads("mod inner { use super::super::super::super::lone; }", "lone")
        self.leads("macro_rules! m { () => { $crate::lone::f() }; }", "lone")
        self.leads("#[body(Vec<crate::lone::Row>)] struct S;", "lone")
        self.leads("use std::a::one; use serde::lone; fn f() { other::a::one() }")

    def test_text_that_is_no_code(self):
        self.leads("// use crate::lone;\n/* crate::a /* deeper */ crate::b */")
        self.leads('const A: &str = "crate::lone \\" crate::a"; const B: &str = r#"" crate::lone"#;')
        self.leads("fn f<'a>(c: &'a u8) -> char { '\"' } use crate::lone; const Q: char = '\\'';", "lone")

    def test_tests_are_left_out(self):
        self.leads("#[cfg(test)] mod tests { use crate::lone; } use crate::a;", "a")
        self.leads("#[cfg(test)] mod tests; #[cfg(test)] fn f() { crate::lone::g([1; 2]) }")
        self.leads("#[cfg(not(test))] use crate::lone;", "lone")

    def test_what_a_module_hands_on_leads_to_where_it_is(self):
        tree = Tree(a__mod="pub mod one; pub use self::one::Thing;", lone="use crate::a::Thing;")
        self.assertIn("lone -> a::one", tree.arrows())

    def test_lines(self):
        found = tokens('a /* \n */ b "\n" c // d\n::')
        self.assertEqual([(t.text, t.line) for t in found], [("a", 1), ("b", 2), ("c", 3), ("::", 4)])


class Circles(unittest.TestCase):
    def test_two_folders_that_look_at_each_other(self):
        tree = Tree(a__one="use crate::b::two;", b__other__file="use crate::a::deep;")
        self.assertEqual(tree.breaches(), ["src: circle of a, b"])
        self.assertEqual(tree.breaches("src: circle of a, b -- a reason"), [])

    def test_a_circle_by_way_of_a_third(self):
        tree = Tree(a__one="use crate::b;", b__two="use crate::lone;", lone="use crate::a::one;")
        self.assertEqual(tree.breaches(), ["src: circle of a, b, lone"])

    def test_a_folder_and_what_is_in_it_may_use_each_other(self):
        tree = Tree(b__two="use super::other::file;", b__other__file="use super::super::two; use crate::b;")
        self.assertEqual(tree.breaches(), [])

    def test_imports_of_a_circle_are_named(self):
        tree = Tree(a__one="\nuse crate::b::two;", b__two="use crate::a::one;")
        (breach,) = structure.check(tree.source, structure.Exceptions(""))
        self.assertIn("a -> b (1)\n        src/a/one.rs:2 crate::b::two", breach)

    def test_an_exception_is_for_these_members_alone(self):
        tree = Tree(a__one="use crate::b;", b__two="use crate::a;")
        found = tree.breaches("src: circle of a, b, lone -- a reason")
        self.assertEqual(found[0], "src: circle of a, b")
        self.assertIn("does not apply", found[1])


class Sizes(unittest.TestCase):
    def test_files_and_lines(self):
        many = {f"b__other__f{at}": "" for at in range(20)}
        self.assertEqual(Tree(**many).breaches(), ["src/b/other: 22 files; the maximum is 20"])
        long = Tree(b__two="//\n" * 421)
        self.assertEqual(long.breaches(), ["src/b/two.rs: 421 lines; the maximum is 420"])
        large = Tree(**{f"b__other__f{at}": "//\n" * 420 for at in range(6)})
        self.assertEqual(large.breaches(), ["src/b/other: 2521 lines; the maximum is 2500"])

    def test_an_exception_holds_up_to_its_number(self):
        tree = Tree(b__two="//\n" * 430)
        self.assertEqual(tree.breaches("src/b/two.rs: at most 430 lines -- a reason"), [])
        self.assertEqual(len(tree.breaches("src/b/two.rs: at most 429 lines -- a reason")), 2)
        self.assertIn("does not apply", Tree().breaches("src/b/two.rs: at most 430 lines -- a reason")[0])

    def test_an_exception_needs_a_reason(self):
        with self.assertRaises(SystemExit):
            structure.Exceptions("src/b/two.rs: at most 430 lines")


class Picture(unittest.TestCase):
    def test_it_counts(self):
        tree = Tree(a__one="use crate::b;", b__two="use crate::lone;", b__mod="pub mod two; pub mod other;")
        found = {line.split()[0]: line.split()[1:] for line in structure.picture(tree.source).splitlines() if line}
        self.assertEqual(found["src"], ["2", "1", "3", "2", "3", "0", "0"])
        self.assertEqual(found["src/b"][2:4], ["2", "0"])


def tearDownModule():
    SCRATCH.cleanup()


if __name__ == "__main__":
    unittest.main()
