"""The split, the docs, the imports and the uses of C, compared with go/parser on files of Go's own tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cgo_ls.model.go_facts import DeclarationFacts
from cgo_ls.model.go_reader import read_declaration
from cgo_ls.syntax.declarations import Declaration, split
from tests.go_side.go_ast_oracle import go_ast

FILES = 300


@pytest.fixture(scope="module")
def records(goroot: Path) -> list[dict[str, Any]]:
    every = sorted(path for path in (goroot / "src").rglob("*.go") if "testdata" not in path.parts)
    with_c = [path for path in every if b'"C"' in path.read_bytes()]
    return go_ast([*with_c, *every[:: len(every) // FILES]])


def _facts(data: bytes, found: Declaration) -> DeclarationFacts:
    return read_declaration(data[found.start : found.end], found.chunk)


def test_declarations_and_docs(records: list[dict[str, Any]]) -> None:
    assert len(records) > FILES
    differ = []
    for record in records:
        found = split(Path(record["Path"]).read_bytes()).declarations
        ours = [[each.kind, each.keyword, [[span.start, span.end] for span in each.doc]] for each in found]
        theirs = [[each["Kind"], each["Offset"], each["Doc"]] for each in record["Decls"]]
        names = [each.name for each in found if each.kind in ("func", "package")]
        if ours != theirs or names != [each["Name"] for each in record["Decls"] if each["Kind"] in ("func", "package")]:
            differ.append(record["Path"])
    assert differ == []


def test_functions_imports_and_uses_of_c(records: list[dict[str, Any]]) -> None:
    references = imports = 0
    for record in records:
        data = Path(record["Path"]).read_bytes()
        for found, theirs in zip(split(data).declarations, record["Decls"], strict=True):
            facts, base, place = _facts(data, found), found.start, (record["Path"], found.name)
            if found.kind == "func":
                assert facts.function is not None and facts.function.qualified == theirs["Name"], place
            specs = [
                [f'"{spec.path}"', spec.span.start + base, [[doc.start + base, doc.end + base] for doc in spec.doc]]
                for spec in facts.imports
            ]
            assert specs == [[spec["Path"], spec["Offset"], spec["Doc"]] for spec in theirs["Imports"] or []], place
            uses = [[use.span.start + base, use.name, use.call, use.two_value] for use in facts.c_references]
            assert uses == (theirs["Refs"] or []), place
            references, imports = references + len(uses), imports + len(specs)
    assert references > 1000 and imports > 1000
