"""Code that is generated on request: the generators, and what each of them offers at a place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cgo_ls.features import (
    generate_cleanup,
    generate_errno_check,
    generate_errno_error,
    generate_errno_wrapper,
    generate_handle_callback,
    generate_owner,
)
from cgo_ls.features.generated import Generated, Place
from cgo_ls.features.needs import need_edits
from cgo_ls.model.go_file import CReference, GoDeclaration
from cgo_ls.text.edits import TextEdit, conflicts
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot

# Each takes a place and yields what it can make there; to add one is to add its module and this line.
GENERATORS: tuple[Callable[[Place], Iterator[Generated]], ...] = (
    generate_errno_check.generate,
    generate_errno_wrapper.generate,
    generate_errno_error.generate,
    generate_owner.generate,
    generate_handle_callback.generate,
    generate_cleanup.generate,
)

GENERATED_KINDS = (generate_errno_wrapper.KIND, generate_errno_error.KIND)
"""The kinds of code action that generators make."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One code action. `kind` is the protocol's ("refactor.rewrite"); `edits`: path -> edits with absolute byte spans."""

    title: str
    kind: str
    edits: Mapping[str, tuple[TextEdit, ...]]


def generations(snapshot: Snapshot, path: str, span: Span) -> tuple[Generation, ...]:
    """What can be generated for the selection `span` of a file that imports C."""
    place = _place(snapshot, path, span)
    if place is None:
        return ()
    found: list[Generation] = []
    for generator in GENERATORS:
        for made in generator(place):
            edits = (*need_edits(place.file, made.needs, made.edits), *made.edits)
            if not conflicts(edits):
                found.append(Generation(made.title, made.kind, {path: edits}))
    return tuple(found)


def _place(snapshot: Snapshot, path: str, span: Span) -> Place | None:
    result = snapshot.package(os.path.dirname(path))
    file = next((each for each in result.package.files if each.path == path), None)
    if file is None or not file.imports_c:
        return None
    declared = next((each for each in file.declarations if each.declaration.region.touches(span.start)), None)
    reference = _reference(declared, span) if declared is not None else None
    return Place(result.package, file, result.environments[path], span, declared, reference)


def _reference(declared: GoDeclaration, span: Span) -> CReference | None:
    """The `C.name` that the selection touches, the first of several."""
    start = declared.declaration.start
    return next(
        (
            each
            for each in declared.facts.c_references
            if each.span.start + start <= span.end and span.start <= each.span.end + start
        ),
        None,
    )
