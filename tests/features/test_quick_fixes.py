"""Quick fixes as whole edits of files: with what they need, alone and all together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cgo_ls.features.diagnostics import diagnostics
from cgo_ls.features.quick_fixes import QuickFix, fix_all, quick_fixes, resolve_fix
from cgo_ls.rules.finding import FileEdit, Fix, Need
from cgo_ls.text.edits import TextEdit, apply_edits, conflicts
from cgo_ls.text.span import Span
from tests.support.go_toolchain import go_build, is_gofmt_clean, write_package
from tests.workspace.support import Editor, path_of

TWO_LEAKS = """package p

// static void show(const char *p) {}
import "C"

import "fmt"

func f(s string) {
	p := C.CString(s)
	C.show(p)
	fmt.Println(s)
}

func g(s string) {
	C.show(C.CString(s))
}
"""
BOTH_FIXED = """package p

// #include <stdlib.h>
// static void show(const char *p) {}
import "C"

import "fmt"
import "unsafe"

func f(s string) {
	p := C.CString(s)
	defer C.free(unsafe.Pointer(p))
	C.show(p)
	fmt.Println(s)
}

func g(s string) {
	cS := C.CString(s)
	defer C.free(unsafe.Pointer(cS))
	C.show(cS)
}
"""
A = path_of("a.go")


def at(editor: Editor, text: str, name: str = "a.go") -> Span:
    start = editor.contents[path_of(name)].index(text.encode())
    return Span(start, start + len(text.encode()))


def fixes_at(editor: Editor, text: str) -> tuple[QuickFix, ...]:
    return quick_fixes(editor.snapshot(), A, at(editor, text))


def apply(editor: Editor, fix: QuickFix) -> dict[str, bytes]:
    return {path: apply_edits(editor.contents[path], edits) for path, edits in fix.edits.items()}


def everything(editor: Editor, include_unsafe: bool = False) -> int:
    """Fix all until there is nothing left; how many rounds that took."""
    for done in range(10):
        fix = fix_all(editor.snapshot(), A, include_unsafe)
        if fix is None:
            return done
        for path, data in apply(editor, fix).items():
            editor.contents[path] = data
            editor.session.file_changed(path)
    raise AssertionError("there is always something left to fix")


def test_a_fix_brings_the_import_and_the_include_it_needs(tmp_path: Path) -> None:
    editor = Editor({"a.go": TWO_LEAKS})
    (fix,) = fixes_at(editor, "C.CString(s)\n")
    assert (fix.preferred, fix.applicability) == (True, "safe")
    assert fix.diagnostic is not None and fix.diagnostic.rule == "leaked-c-memory"
    after = apply(editor, fix)[A].decode()
    assert "\tp := C.CString(s)\n\tdefer C.free(unsafe.Pointer(p))\n" in after
    assert 'import "unsafe"\n' in after and "// #include <stdlib.h>\n" in after
    assert is_gofmt_clean(after.encode())
    assert go_build(write_package(tmp_path, {"a.go": after})).ok


@pytest.mark.parametrize("ends", ["lf", "crlf", "bom"])
def test_all_fixes_of_a_file_share_what_they_need(ends: str, tmp_path: Path) -> None:
    def written(text: str) -> bytes:
        data = text.encode().replace(b"\n", b"\r\n") if ends == "crlf" else text.encode()
        return b"\xef\xbb\xbf" + data if ends == "bom" else data

    editor = Editor({"a.go": written(TWO_LEAKS)})
    fix = fix_all(editor.snapshot(), A)
    assert fix is not None and fix.diagnostic is None and not fix.preferred
    after = apply(editor, fix)[A]
    assert after == written(BOTH_FIXED)
    # The go command refuses a byte order mark in any file that imports "C".
    assert go_build(write_package(tmp_path, {"a.go": after})).ok is (ends != "bom")
    editor.write("a.go", after)
    assert fix_all(editor.snapshot(), A) is None


def test_fixes_that_conflict_wait_for_the_next_round(tmp_path: Path) -> None:
    """One fix removes the line that the other one wants to change."""
    text = (
        BOTH_FIXED.replace('import "fmt"\n', "")
        .replace("\tfmt.Println(s)\n", "")
        .replace("\tC.show(cS)\n", "\tC.show(cS)\n\tC.free(unsafe.Pointer(cS))\n\tC.free(unsafe.Pointer(cS))\n")
    )
    editor = Editor({"a.go": text})
    assert {found.rule for found in diagnostics(editor.snapshot(), A)} == {"double-free"}
    assert everything(editor) >= 1
    after = editor.contents[A]
    assert is_gofmt_clean(after)
    assert diagnostics(editor.snapshot(), A) == ()
    assert go_build(write_package(tmp_path, {"a.go": after})).ok


def test_edits_of_all_fixes_never_overlap() -> None:
    """The same read of errno in several places, each with edits of its own and some in common."""
    text = (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\t"syscall"\n)\n\n'
        "func f() error {\n\tif C.atoi(nil) < 0 {\n\t\treturn syscall.Errno(C.errno)\n\t}\n\treturn nil\n}\n\n"
        'func g() error {\n\tif C.atol(nil) < 0 {\n\t\treturn fmt.Errorf("%w", syscall.Errno(C.errno))\n\t}\n\treturn nil\n}\n'
    )
    editor = Editor({"a.go": text})
    for include_unsafe in (False, True):
        fix = fix_all(editor.snapshot(), A, include_unsafe)
        if fix is not None:
            assert not conflicts(fix.edits[A])
    assert everything(editor, include_unsafe=True) <= 3
    assert is_gofmt_clean(editor.contents[A])


def test_a_fix_that_several_diagnostics_share_is_applied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    editor = Editor({"a.go": TWO_LEAKS})
    snapshot = editor.snapshot()
    shared = Fix("Insert once", (FileEdit((TextEdit(Span(9, 9), b" // here"),)),))
    known = tuple(replace(found, fixes=(shared,)) for found in snapshot.diagnostics(A))
    assert len(known) == 2
    monkeypatch.setattr(type(snapshot), "diagnostics", lambda *_: known)
    fix = fix_all(snapshot, A)
    assert fix is not None and fix.edits == {A: shared.edits[0].edits}


def test_only_safe_fixes_are_applied_unasked_and_unsafe_ones_on_demand() -> None:
    text = TWO_LEAKS.replace("\tC.show(C.CString(s))\n", "\tC.show(C.CString(s))\n\tC.unknown(C.CString(s))\n")
    editor = Editor({"a.go": text})
    by_kind = {fix.applicability for fix in quick_fixes(editor.snapshot(), A, Span(0, len(text)))}
    for include_unsafe, allowed in ((False, {"safe"}), (True, {"safe", "unsafe"})):
        fix = fix_all(editor.snapshot(), A, include_unsafe)
        assert fix is not None
        edits = set(fix.edits[A])
        for one in quick_fixes(editor.snapshot(), A, Span(0, len(text))):
            if (
                one.applicability not in allowed
                and one.diagnostic is not None
                and one.diagnostic.fixes[0].applicability not in allowed
            ):
                own = {edit for group in one.diagnostic.fixes[0].edits for edit in group.edits}
                assert not own & edits
    assert "safe" in by_kind


def test_only_the_diagnostics_under_the_cursor_count() -> None:
    editor = Editor({"a.go": TWO_LEAKS})
    span = at(editor, "C.CString(s)\n\tC.show")
    assert len(quick_fixes(editor.snapshot(), A, Span(span.start, span.start))) == 1
    assert quick_fixes(editor.snapshot(), A, Span(0, 5)) == ()
    every = quick_fixes(editor.snapshot(), A, Span(0, len(TWO_LEAKS)))
    assert [fix.diagnostic.function for fix in every if fix.diagnostic] == ["f", "g"]


def test_a_fix_may_edit_another_file_and_is_then_left_out_of_fix_all() -> None:
    files: dict[str, str | bytes] = {
        "a.go": 'package p\n\n// void hidden(void);\nimport "C"\n\nfunc f() { C.hidden() }\n',
        "x.c": "static void hidden(void) {}\n",
    }
    editor = Editor(files)
    (fix,) = fixes_at(editor, "hidden() }")
    after = apply(editor, fix)
    assert after[path_of("x.c")] == b"void hidden(void) {}\n"
    assert fix_all(editor.snapshot(), A) is None


def test_a_file_of_no_package_has_nothing_to_fix() -> None:
    editor = Editor({"a.go": TWO_LEAKS})
    assert quick_fixes(editor.snapshot(), path_of("b.go"), Span(0, 10)) == ()
    assert fix_all(editor.snapshot(), path_of("b.go")) is None
    fix = Fix("x", (FileEdit((TextEdit(Span(0, 0), b""),)),), needs=(Need("import", "unsafe"),))
    assert resolve_fix(fix, path_of("x.c"), None) == {path_of("x.c"): fix.edits[0].edits}


def test_a_fix_is_made_from_the_text_as_it_is_now() -> None:
    editor = Editor({"a.go": TWO_LEAKS})
    editor.open("a.go")
    editor.type_before("a.go", "package p", "// Package p does.\n")
    after = apply_edits(editor.drafts["a.go"].data, _leak_fix(editor))
    assert after.decode().startswith("// Package p does.\npackage p\n\n// #include <stdlib.h>\n")
    assert "\tp := C.CString(s)\n\tdefer C.free(unsafe.Pointer(p))\n" in after.decode()


def _leak_fix(editor: Editor) -> tuple[TextEdit, ...]:
    start = editor.drafts["a.go"].data.index(b"C.CString(s)\n")
    (fix,) = quick_fixes(editor.snapshot(), A, Span(start, start))
    return tuple(fix.edits[A])
