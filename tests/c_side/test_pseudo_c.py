"""The names cgo has of itself, against the real cgo."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgo_ls.model.pseudo_c import PSEUDO_NAMES, kind_of, needs_header, prefix_of, pseudo_name
from tests.support.go_toolchain import go_build, go_vet, write_package

TYPES = [name for name, known in PSEUDO_NAMES.items() if known.kind == "type"]


def test_types_cgo_knows_without_a_header(tmp_path: Path) -> None:
    names = [name for name in TYPES if not needs_header(name)]
    assert len(names) > 15
    uses = "\n".join(f"\t_ *C.{name}" for name in names)
    write_package(tmp_path, {"a.go": f'package p\n\nimport "C"\n\nvar (\n{uses}\n)\n'})
    result = go_build(tmp_path)
    assert result.ok, result.output


def test_types_that_need_a_header(tmp_path: Path) -> None:
    names = [name for name in TYPES if needs_header(name)]
    uses = "\n".join(f"\t_ *C.{name}" for name in names)
    write_package(tmp_path, {"a.go": f'package p\n\nimport "C"\n\nvar (\n{uses}\n)\n'})
    output = go_build(tmp_path).output
    for name in names:
        assert f"C.{name} refers to" in output, output
        assert kind_of(name) is None


def test_signatures_are_the_real_ones(tmp_path: Path) -> None:
    """Each function is assigned to a variable of the type its hover shows."""
    lines = []
    for name, known in PSEUDO_NAMES.items():
        if known.kind == "function":
            signature = known.signature.removeprefix(f"func C.{name}")
            inside, _, result = signature.removeprefix("(").rpartition(") ")
            types = [part.split(" ", 1)[1] for part in inside.split(", ")]
            arguments = ", ".join(f"*new({kind})" for kind in types)
            lines.append(f"\tvar _ {result} = C.{name}({arguments})")
    source = (
        'package p\n\nimport "C"\nimport "unsafe"\n\nvar _ unsafe.Pointer\n\nfunc f() {\n' + "\n".join(lines) + "\n}\n"
    )
    write_package(tmp_path, {"a.go": source})
    result = go_vet(tmp_path)
    assert result.ok, result.output


@pytest.mark.parametrize("name", ["errno", "_CMalloc"])
def test_forbidden_names(name: str, tmp_path: Path) -> None:
    assert kind_of(name) == "forbidden"
    write_package(tmp_path, {"a.go": f'package p\n\nimport "C"\n\nvar x = C.{name}\n'})
    assert "cannot refer to" in go_build(tmp_path).output


def test_prefixes() -> None:
    assert prefix_of("struct_point") == "struct_"
    assert prefix_of("struct_") is None
    assert prefix_of("structure") is None
    found = pseudo_name("sizeof_int")
    assert found is not None
    assert (found.kind, found.signature) == ("prefix", "const C.sizeof_int")
    assert kind_of("add") is None
