"""A session as an editor drives it, on files in memory; and the same folder seen by a session that has no past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.text.document import ByteEdit, Document
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.session import Session, Snapshot

ROOT = "/w"


class Editor:
    """`disk` is the disk: name -> bytes, with names relative to ROOT. Drafts are what is open."""

    def __init__(self, disk: dict[str, str | bytes] | None = None) -> None:
        self.contents: dict[str, bytes] = {}
        self.session = Session(MemoryFiles(self.contents), root=ROOT)
        self.drafts: dict[str, Document] = {}
        self.settings: dict[str, Any] = {}
        for name, text in (disk or {}).items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes) -> None:
        """Save a file, and tell the session."""
        self.contents[path_of(name)] = text.encode() if isinstance(text, str) else text
        self.session.file_changed(path_of(name))

    def remove(self, name: str) -> None:
        self.contents.pop(path_of(name), None)
        self.session.file_changed(path_of(name))

    def open(self, name: str, text: str | bytes | None = None) -> None:
        data = self.contents[path_of(name)] if text is None else text
        data = data.encode() if isinstance(data, str) else data
        self.drafts[name] = Document.build(path_of(name), 0, data)
        self.session.open(path_of(name), self.drafts[name])

    def close(self, name: str) -> None:
        del self.drafts[name]
        self.session.close(path_of(name))

    def configure(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.session.configure(settings)

    def splice(self, name: str, start: int, end: int, text: bytes) -> None:
        """Replace bytes of an open file, as one didChange."""
        draft = self.drafts[name]
        self.drafts[name] = draft.splice(start, end, text, draft.version + 1)
        self.session.change(path_of(name), self.drafts[name], (ByteEdit(start, end, start + len(text)),))

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace the first `old` of an open file."""
        start = self.drafts[name].data.index(old.encode())
        self.splice(name, start, start + len(old.encode()), new.encode())

    def type_before(self, name: str, place: str, text: str) -> None:
        """Type `text`, key by key, in front of the first `place`, asking for diagnostics after each."""
        at = self.drafts[name].data.index(place.encode())
        for offset, letter in enumerate(text.encode()):
            self.splice(name, at + offset, at + offset, bytes([letter]))
            self.diagnostics()

    def snapshot(self) -> Snapshot:
        return self.session.snapshot()

    def diagnostics(self, folder: str = "") -> tuple[Diagnostic, ...]:
        return self.snapshot().diagnostics_of_folder(path_of(folder))

    def rules(self, folder: str = "") -> list[tuple[str, str]]:
        """(function, rule) of each diagnostic."""
        return [(found.function, found.rule) for found in self.diagnostics(folder)]

    def work(self, step: Callable[[], object]) -> dict[str, int]:
        """What the session does for `step` and the diagnostics after it: counter -> how often."""
        self.diagnostics()
        self.session.counters.clear()
        step()
        self.diagnostics()
        return dict(self.session.counters)

    def fresh(self) -> Editor:
        """The same disk, drafts and settings, in a session that starts now."""
        other = Editor()
        other.contents.update(self.contents)
        for name, draft in self.drafts.items():
            other.drafts[name] = draft
            other.session.open(path_of(name), Document.build(path_of(name), draft.version, draft.data))
        other.configure(self.settings)
        return other


def path_of(name: str) -> str:
    return f"{ROOT}/{name}".rstrip("/")


def state(editor: Editor, folder: str) -> tuple[object, ...]:
    """Everything a client can be told of a folder: diagnostics with all their parts, what each function is taken for, failures."""
    snapshot = editor.snapshot()
    result = snapshot.package(path_of(folder))
    functions = [
        (path, declared.declaration.region, found.name, found.summary, found.findings)
        for path, rows in result.functions.items()
        for declared, found in rows
    ]
    return snapshot.diagnostics_of_folder(path_of(folder)), functions, result.errors
