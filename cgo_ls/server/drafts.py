"""The documents that are open in the client, and what to think of a change that cannot be right.

A change that comes late, after some of a higher version, is put in its place among the last ones: Helix 25.01 sends what is typed fast
out of order. One that is unreadable, doubled, or older than what is remembered means that our text may differ from the editor's, and
every position with it, so the draft is dropped until the client sends the whole text.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from cgo_ls.text.document import ByteEdit, Change, Document
from cgo_ls.text.positions import Encoding

log = logging.getLogger(__name__)

REMEMBERED = 32
"""So many changes can be put in order again; in a hurry Helix was seen to delay one behind seven others."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A change that was applied, and the text before it."""

    before: Document
    version: int
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Draft:
    """An open document. `uri` as the client spells it; `document` None after a lost change; `seen` the highest version.

    `steps` are the last changes, by version.
    """

    uri: str
    path: str
    document: Document | None
    seen: int
    steps: tuple[_Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """The draft has a new text. `edits` None: the text is a whole one, with no history that leads to it."""

    document: Document
    edits: tuple[ByteEdit, ...] | None


class Drafts:
    """By path, since clients do not always spell a URI the same way."""

    def __init__(self) -> None:
        self._by_path: dict[str, Draft] = {}

    def open(self, uri: str, path: str, version: int, text: str) -> Document:
        document = Document.from_text(uri, version, text)
        self._by_path[path] = Draft(uri, path, document, version)
        return document

    def change(self, path: str, version: int, changes: Sequence[Change], encoding: Encoding) -> Changed | Draft | None:
        """The new text; the draft, dropped, if the change cannot follow what was seen; None if the document is not open."""
        draft = self._by_path.get(path)
        if draft is None:
            return None
        if version <= draft.seen:
            ordered = self._put_in_order(draft, version, changes, encoding)
            if ordered is not None:
                return ordered
            log.warning("version %d after %d: the draft is dropped until its whole text comes", version, draft.seen)
            return self.lose(path)
        if draft.document is None:
            whole = next((index for index, change in enumerate(changes) if change.start is None), None)
            if whole is None:
                return self.lose(path)
            base, _ = Document.build(draft.uri, version, b"").apply(changes[whole:], version, encoding)
            self._by_path[path] = Draft(draft.uri, path, base, version)
            return Changed(base, None)
        document, edits = draft.document.apply(changes, version, encoding)
        steps = (*draft.steps, _Step(draft.document, version, changes))[-REMEMBERED:]
        self._by_path[path] = Draft(draft.uri, path, document, version, steps)
        return Changed(document, edits)

    def _put_in_order(
        self, draft: Draft, version: int, changes: Sequence[Change], encoding: Encoding
    ) -> Changed | None:
        """A late change and those behind it, applied once more to the text before them. None if it is too late, or doubled."""
        behind = [step for step in draft.steps if step.version >= version]
        if not behind or behind[0].version == version or len(behind) == REMEMBERED:
            return None
        document, steps = behind[0].before, list(draft.steps[: -len(behind)])
        for number, later in ((version, changes), *((step.version, step.changes) for step in behind)):
            steps.append(_Step(document, number, later))
            document, _ = document.apply(later, number, encoding)
        self._by_path[draft.path] = Draft(draft.uri, draft.path, document, draft.seen, tuple(steps[-REMEMBERED:]))
        return Changed(document, None)

    def lose(self, path: str) -> Draft | None:
        """A change of this document was lost: its text is unknown from here on."""
        draft = self._by_path.get(path)
        if draft is None:
            return None
        lost = Draft(draft.uri, path, None, draft.seen)
        self._by_path[path] = lost
        return lost

    def close(self, path: str) -> bool:
        """Whether the document was open."""
        return self._by_path.pop(path, None) is not None

    def document(self, path: str) -> Document | None:
        """The current text; None if the document is not open or its text is unknown."""
        draft = self._by_path.get(path)
        return draft.document if draft else None

    def is_open(self, path: str) -> bool:
        return path in self._by_path

    def all(self) -> tuple[Draft, ...]:
        return tuple(self._by_path.values())
