"""Any bytes in: no exception, spans that lie where they must, nothing lost between declarations."""

from __future__ import annotations

import random
from dataclasses import fields, is_dataclass

import pytest

from cgo_ls.model.go_file import GoFile, build_go_file
from cgo_ls.syntax.declarations import split
from cgo_ls.text.span import Span
from tests.go_side.support import BASE, random_edit

ROUNDS = 500


def _check(data: bytes) -> GoFile:
    parts = split(data)
    position = 3 if parts.bom else 0
    detached = {span.start: span.end for span in parts.detached}
    for found in parts.declarations:
        _check_gap(data, position, found.start, detached)
        assert found.start <= found.keyword < found.end <= len(data)
        position = found.end
    _check_gap(data, position, len(data), detached)
    file = build_go_file("/p/a.go", data, parts, {}, {})
    for declared in file.declarations:
        _check_facts(declared.declaration.region, declared.facts)
    return file


def _check_gap(data: bytes, position: int, end: int, detached: dict[int, int]) -> None:
    """Between declarations there are detached comments and white space, nothing else."""
    assert position <= end
    while position < end:
        if position in detached:
            position = detached[position]
        else:
            assert data[position : position + 1].isspace(), (position, data)
            position += 1


def _check_facts(region: Span, facts: object) -> None:
    """Every span below `facts` lies in the region."""
    stack = [facts]
    while stack:
        value = stack.pop()
        if isinstance(value, Span):
            assert 0 <= value.start <= value.end <= len(region), value
        elif isinstance(value, tuple):
            stack.extend(value)
        elif is_dataclass(value):
            stack.extend(getattr(value, each.name) for each in fields(value))


@pytest.mark.parametrize("seed", range(2))
def test_random_bytes(seed: int) -> None:
    source = random.Random(seed)
    alphabet = b'func type var import "C" `\'/*\\\n\n\n(){}.C.x\r\x00\xef\xbb\xbf\xff\xc3 \t;,=:'
    for _ in range(ROUNDS):
        length = source.choice((3, 30, 300))
        if source.random() < 0.5:
            _check(source.randbytes(length))
        else:
            _check(bytes(source.choices(alphabet, k=length)))


@pytest.mark.parametrize("seed", range(2))
def test_mutated_go(seed: int) -> None:
    source = random.Random(100 + seed)
    for _ in range(ROUNDS):
        data = BASE
        for _ in range(source.randrange(1, 8)):
            data, _ = random_edit(source, data, [])
        if source.random() < 0.2:
            data = data[: source.randrange(len(data))]
        _check(data)


def test_the_base_is_fully_understood() -> None:
    file = _check(BASE)
    assert [declared.declaration.name for declared in file.declarations if declared.facts.has_error] == []
    assert file.imports_c
