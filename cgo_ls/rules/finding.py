"""What a rule says: findings with steps and fixes, as plain values on byte offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

Severity = Literal["error", "warning", "information", "hint"]
Applicability = Literal["safe", "unsafe", "display-only"]


@dataclass(frozen=True, slots=True)
class Step:
    """One related place on the way to a finding ("acquired here", "leaves here").

    `path` None means the file of the finding; spans follow the finding's base (see Finding).
    """

    span: Span
    message: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Something a fix wants of the file around it; resolved against the current file when the fix is shown.

    kind "import": `value` is a Go import path that must be imported ("unsafe").
    kind "include": `value` is a header ("stdlib.h") that the preamble must include.
    kind "unimport": `value` is an import path that goes if the fix takes away its last use.
    A need already met costs no edit.
    """

    kind: Literal["import", "include", "unimport"]
    value: str


@dataclass(frozen=True, slots=True)
class FileEdit:
    """Edits to one file; `path` None is the finding's own file, in the finding's base. Other paths: absolute offsets."""

    edits: tuple[TextEdit, ...]
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that removes the finding. `title` is a verb phrase ("Free name when the function returns").

    safe: keeps what correct code does; unsafe: may change behaviour, applied only on demand; display-only: shown, never applied.
    """

    title: str
    edits: tuple[FileEdit, ...]
    applicability: Applicability = "safe"
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule's check yields.

    Base of spans: offsets relative to the declaration's region start for a function rule, to the file's start for a file rule
    or package rule. `path` is only given by package rules (which file the span lies in; may be a .c file).
    """

    span: Span
    message: str
    steps: tuple[Step, ...] = ()
    fixes: tuple[Fix, ...] = ()
    severity: Severity | None = None
    path: str | None = None
    unnecessary: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding in its file: absolute byte spans, the rule that spoke, the function it lies in ("F", "T.F" or "")."""

    path: str
    span: Span
    rule: str
    family: str
    severity: Severity
    message: str
    function: str
    steps: tuple[Step, ...]
    fixes: tuple[Fix, ...]
    unnecessary: bool = False
