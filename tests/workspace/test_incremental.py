"""After every edit the session says what a session without a past says of the same texts (R2)."""

from __future__ import annotations

import random

import pytest

from tests.workspace.sources import CONFIGS, FILES, SETTINGS, SNIPPETS
from tests.workspace.support import Editor, path_of, state

SEEDS = 12
EDITS = 250
GO = tuple(name for name in FILES if name.endswith(".go"))
C = ("api.c", "include/api.h")


class Typist:
    """Makes random edits, each one of what a person, a formatter or a branch switch does."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.editor = Editor(dict(FILES.items()))
        self.past: list[tuple[str, bytes]] = []
        for name in ("main.go", "other.go"):
            self.editor.open(name)
        self.place: dict[str, int] = {}

    def step(self) -> str:
        """Do something; what it was, for the message of a failure."""
        kind = self.random.choices(
            ["type", "insert", "delete", "move", "undo", "disk", "open", "file", "config", "settings"],
            [26, 30, 12, 4, 8, 8, 4, 3, 4, 1],
        )[0]
        return getattr(self, kind)()

    def _draft(self) -> tuple[str, bytes]:
        if not self.editor.drafts:
            self.editor.open("main.go", FILES["main.go"])
        name = self.random.choice(sorted(self.editor.drafts))
        data = self.editor.drafts[name].data
        self.past.append((name, data))
        return name, data

    def _splice(self, name: str, start: int, end: int, text: bytes) -> str:
        self.editor.splice(name, start, end, text)
        self.place[name] = start + len(text)
        return f"{name}[{start}:{end}] = {text!r}"

    def _near(self, name: str, data: bytes) -> int:
        """Mostly where the last edit was: people go on where they are."""
        known = self.place.get(name)
        if known is None or known > len(data) or self.random.random() < 0.3:
            return self.random.randint(0, len(data))
        return known

    def type(self) -> str:
        name, data = self._draft()
        at = self._near(name, data)
        return self._splice(name, at, at, self.random.choice('abCfp.({)}= \n"/*s').encode())

    def insert(self) -> str:
        name, data = self._draft()
        at = self._near(name, data)
        if self.random.random() < 0.6:
            at = data.rfind(b"\n", 0, at) + 1
        return self._splice(name, at, at, self.random.choice(SNIPPETS).encode())

    def delete(self) -> str:
        name, data = self._draft()
        start = self._near(name, data)
        return self._splice(name, start, min(len(data), start + self.random.choice((1, 1, 2, 5, 40, 200))), b"")

    def move(self) -> str:
        """A block of lines goes elsewhere, in two edits."""
        name, data = self._draft()
        start, end = sorted(data.rfind(b"\n", 0, self.random.randint(0, len(data))) + 1 for _ in range(2))
        self._splice(name, start, end, b"")
        target = self.random.randint(0, len(data) - (end - start))
        return "move: " + self._splice(name, target, target, data[start:end])

    def undo(self) -> str:
        if not self.past:
            return self.type()
        name, text = self.past.pop(self.random.randrange(max(0, len(self.past) - 6), len(self.past)))
        if name not in self.editor.drafts:
            return self.type()
        return "undo: " + self._splice(name, 0, len(self.editor.drafts[name].data), text)

    def disk(self) -> str:
        """A header or a C file is saved by somebody else, or disappears, or comes back."""
        name = self.random.choice(C)
        known = self.editor.contents.get(path_of(name))
        if known is None or self.random.random() < 0.3:
            self.editor.write(name, FILES[name])
            return f"restore {name}"
        if self.random.random() < 0.2:
            self.editor.remove(name)
            return f"remove {name}"
        if self.random.random() < 0.4:
            before, after = self.random.choice([(b"free(p)", b"(void)p"), (b"(void)p", b"free(p)"), (b"take", b"give")])
            self.editor.write(name, known.replace(before, after))
            return f"{name} on disk: {before!r} becomes {after!r}"
        at = known.rfind(b"\n", 0, self.random.randint(0, len(known))) + 1
        added = self.random.choice([*SNIPPETS, "void take(char *p) { }\n", "int added;\n"]).encode()
        self.editor.write(name, known[:at] + added + known[at:])
        return f"{name} on disk gets {added!r} at {at}"

    def open(self) -> str:
        name = self.random.choice([*GO, *C])
        if name in self.editor.drafts:
            if self.random.random() < 0.5:
                self.editor.write(name, self.editor.drafts[name].data)
            self.editor.close(name)
            return f"close {name}"
        self.editor.open(name, self.editor.contents.get(path_of(name), b""))
        return f"open {name}"

    def file(self) -> str:
        name = self.random.choice([*GO, "new.go", "copy_of_main.go"])
        if path_of(name) in self.editor.contents and self.random.random() < 0.5:
            self.editor.remove(name)
            return f"remove {name}"
        text = FILES.get(name) or self.random.choice([FILES["main.go"], FILES["plat_linux.go"], "package p\n", ""])
        self.editor.write(name, text)
        return f"write {name}"

    def config(self) -> str:
        if self.random.random() < 0.3:
            self.editor.remove(".cgo-ls.toml")
            return "remove .cgo-ls.toml"
        text = self.random.choice(CONFIGS)
        self.editor.write(".cgo-ls.toml", text)
        return f".cgo-ls.toml = {text!r}"

    def settings(self) -> str:
        chosen = self.random.choice(SETTINGS)
        self.editor.configure(dict(chosen))
        return f"settings = {chosen}"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_every_edit_a_session_equals_a_fresh_one(seed: int) -> None:
    typist = Typist(seed)
    spoken = 0
    for number in range(EDITS):
        done = typist.step()
        if number % 60 == 59:
            # Back to good code now and then: in a heap of broken text little is left to differ.
            for name in list(typist.editor.drafts):
                typist.editor.splice(name, 0, len(typist.editor.drafts[name].data), FILES.get(name, "").encode())
        found = state(typist.editor, "")
        expected = state(typist.editor.fresh(), "")
        assert found == expected, f"seed {seed}, edit {number}: {done}"
        spoken += bool(expected[0])
    assert spoken > EDITS // 4, f"seed {seed}: hardly a finding, so hardly a test"
