"""Uses of C in Go text that imports no "C": what cgo would have been asked for, had the import been there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.text.span import Span

# Strings and comments are stepped over; each other C of the text is a hit.
_TOKEN = re.compile(
    rb"//[^\n]*+|/\*.*?(?:\*/|\Z)|`[^`]*+`?|\"(?:[^\"\\\n]++|\\[^\n])*+\"?|'(?:[^'\\\n]++|\\[^\n])*+'?"
    rb"|(?<![\w.\x80-\xff])(C)(?![\w\x80-\xff])(?:\.([A-Za-z_]\w*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class UnimportedUse:
    """`C.name` as it stands; `span` covers both words, in byte offsets."""

    name: str
    span: Span


def unimported_uses(data: bytes) -> Sequence[UnimportedUse]:
    """Each `C.name` of the text, if every C in it is one, and every name cgo's own or the C library's; else nothing."""
    if b"C." not in data:
        return ()
    found: list[UnimportedUse] = []
    for match in _TOKEN.finditer(data):
        if match[1] is None:
            continue
        # A C that is not followed by a name is some variable, type or label of the file's own.
        if match[2] is None or not _is_c_name(match[2].decode()):
            return ()
        found.append(UnimportedUse(match[2].decode(), Span(*match.span())))
    return found


def _is_c_name(name: str) -> bool:
    if pseudo_name(name) is not None:
        return True
    from cgo_ls.data.tables import header_of  # read only for a file that has a C of some kind

    return header_of(name) is not None
