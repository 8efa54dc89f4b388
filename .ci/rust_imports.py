"""The modules of a Rust crate and the paths between them, read from the source text.

It knows the grammar of paths, not that of Rust: `use` trees, `crate::`, `self::` and `super::`, paths
that begin with an imported module, inline modules and `pub use`. Tests (`#[cfg(test)]`) are left out,
and so is what a glob import brings in.
"""

import pathlib
import re
from typing import NamedTuple

TOKENS = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<raw>\b(?:b|c)?r(?P<hashes>\#*)".*?"(?P=hashes))
  | (?P<string>\b[bc]?"(?:\\.|[^"\\])*"|"(?:\\.|[^"\\])*")
  | (?P<char>\bb?'(?:\\[^\n]*?|[^\\'\n])'|'(?:\\[^\n]*?|[^\\'\n])')
  | (?P<lifetime>'\w+)
  | (?P<word>(?:r\#)?[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<colons>::)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A word, `::` or a single character of the code, and its line."""

    text: str
    line: int


class Import(NamedTuple):
    """A path from one module into another, both as tuples of names below the crate."""

    source: tuple
    target: tuple
    file: str
    line: int
    path: str


def tokens(text):
    """The code without comments, literals and white space."""
    found, at, line = [], 0, 1
    while at < len(text):
        match = TOKENS.match(text, at)
        end = match.end()
        if match.lastgroup == "comment":
            end = end_of_comment(text, at)
        elif match.lastgroup in ("word", "colons", "other"):
            found.append(Token(match.group().removeprefix("r#"), line))
        line += text.count("\n", at, end)
        at = end
    return found


def end_of_comment(text, at):
    """Where a block comment ends, which may hold others."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


class Module:
    """What a file says: the modules it declares, what it names, and under which name."""

    def __init__(self, name, file, text):
        self.name = name
        self.file = file
        self.tokens = tokens(text)
        self.declared = []
        self.tests = set()
        self.names = {}
        self.exported = {}
        self.globs = []
        self.paths = []
        self.read()

    def read(self):
        """Walks the tokens once."""
        at, inside, depth = 0, [], 0
        while at < len(self.tokens):
            word, line = self.tokens[at]
            if word == "{":
                depth += 1
            elif word == "}":
                depth -= 1
                if inside and inside[-1][1] == depth:
                    inside.pop()
            elif word == "#" and self.is_test(at):
                at = self.after_item(self.after_attribute(at))
                continue
            elif word == "mod" and self.text(at + 2) == ";":
                self.declared.append((*(name for name, _ in inside), self.text(at + 1)))
                at += 2
            elif word == "mod" and self.text(at + 2) == "{":
                inside.append((self.text(at + 1), depth))
                at += 1
            elif word == "use" and self.text(at - 1) != "::":
                public = self.is_public(at)
                at = self.use(at + 1, (), public, tuple(name for name, _ in inside), line)
            elif is_word(word) and self.text(at - 1) != "::" and self.text(at + 1) == "::":
                path, at = self.path(at)
                self.paths.append((tuple(name for name, _ in inside), path, line))
            at += 1

    def text(self, at):
        """The token at a place, or nothing beyond the ends."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def path(self, at):
        """A path from its first word on, and the place of its last."""
        path = [self.text(at)]
        while self.text(at + 1) == "::" and is_word(self.text(at + 2)):
            path.append(self.text(at + 2))
            at += 2
        return tuple(path), at

    def use(self, at, before, public, inside, line):
        """Reads a `use` tree from a place on, and returns the place after it."""
        path = before
        while at < len(self.tokens):
            word, here = self.tokens[at]
            if word == "{":
                at += 1
                while self.text(at) not in ("}", ""):
                    at = self.use(at, path, public, inside, line)
                    if self.text(at) == ",":
                        at += 1
                return at + 1
            if word == "*":
                self.paths.append((inside, path, here))
                if public and not inside:
                    self.globs.append(path)
                return at + 1
            if word == "as":
                self.imported(path, self.text(at + 1), public, inside, here)
                return at + 2
            if word == "::":
                at += 1
                continue
            if is_word(word):
                path = (*path, word)
                at += 1
                if self.text(at) in ("::", "as"):
                    continue
                self.imported(path, path[-1], public, inside, here)
                return at
            return at
        return at

    def imported(self, path, name, public, inside, line):
        """Notes an imported path and the name under which the file has it."""
        if path[-1] == "self" and len(path) > 1:
            path = path[:-1]
            name = path[-1] if name == "self" else name
        self.paths.append((inside, path, line))
        if not inside:
            self.names.setdefault(name, path)
            if public:
                self.exported[name] = path

    def is_public(self, at):
        """Whether the word at a place is led by `pub` or `pub(…)`."""
        if self.text(at - 1) == ")":
            while at > 0 and self.text(at) != "(":
                at -= 1
        return self.text(at - 1) == "pub"

    def is_test(self, at):
        """Whether the attribute at a place is `cfg(test)` or of that kind."""
        words = [token.text for token in self.tokens[at : self.after_attribute(at)]]
        return words[2:4] == ["cfg", "("] and "test" in words and "not" not in words

    def after_attribute(self, at):
        """The place after an attribute."""
        depth = 0
        for place in range(at, len(self.tokens)):
            depth += {"[": 1, "]": -1}.get(self.text(place), 0)
            if depth == 0 and self.text(place) == "]":
                return place + 1
        return len(self.tokens)

    def after_item(self, at):
        """The place after an item that begins here; a test module of its own is noted."""
        depth = 0
        for place in range(at, len(self.tokens)):
            word = self.text(place)
            if word == "mod" and depth == 0 and self.text(place + 2) == ";":
                self.tests.add(self.text(place + 1))
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(word, 0)
            if depth == 0 and word in (";", "}"):
                return place + 1
        return len(self.tokens)


def is_word(text):
    """Whether a token is an identifier."""
    return text[:1].isalpha() or text[:1] == "_"


class Crate:
    """All modules below `src/lib.rs`, and what each names of others."""

    def __init__(self, source):
        self.source = pathlib.Path(source)
        self.modules = {}
        self.load((), self.source / "lib.rs", self.source)

    def load(self, name, file, folder):
        """Reads a module's file and those of its children, which are in `folder`."""
        module = Module(name, file.relative_to(self.source).as_posix(), file.read_text("utf-8"))
        self.modules[name] = module
        for child in module.declared:
            below = folder.joinpath(*child)
            for candidate in (below.with_suffix(".rs"), below / "mod.rs"):
                if candidate.is_file():
                    self.load((*name, *child), candidate, below)
                    break

    def imports(self):
        """Every path from a module into another, in the order of the files."""
        for module in self.modules.values():
            for inside, path, line in module.paths:
                target = self.resolve(module, inside, path)
                if target is not None and target != module.name:
                    yield Import(module.name, target, module.file, line, "::".join(path))

    def resolve(self, module, inside, path, trail=()):
        """The module that a path leads to, if it is one of this crate."""
        first, rest = path[0], path[1:]
        if first == "crate":
            return self.descend((), rest, trail)
        if first in ("self", "super"):
            here = (*module.name, *inside)
            if first == "super":
                here = here[:-1]
            while rest[:1] == ("super",):
                here, rest = here[:-1], rest[1:]
            if here not in self.modules:
                return module.name
            return self.descend(here, rest, trail)
        if first in module.names and module.names[first] != path[:1]:
            whole = (*module.names[first], *rest)
            if (module.name, first) not in trail:
                return self.resolve(module, (), whole, (*trail, (module.name, first)))
        if (*module.name, first) in self.modules:
            return self.descend(module.name, path, trail)
        return None

    def descend(self, name, rest, trail):
        """Follows names from a module on, through children and what they hand on by `pub use`."""
        while rest and (*name, rest[0]) in self.modules:
            name, rest = (*name, rest[0]), rest[1:]
        module = self.modules[name]
        if not rest or (name, rest[0]) in trail:
            return name
        if rest[0] in module.exported:
            whole = (*module.exported[rest[0]], *rest[1:])
            return self.resolve(module, (), whole, (*trail, (name, rest[0]))) or name
        for glob in module.globs:
            below = self.resolve(module, (), glob)
            if below and below != name and rest[0] in self.modules[below].exported:
                return self.descend(below, rest, (*trail, (name, rest[0])))
        return name
