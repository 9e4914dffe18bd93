"""The oracle before it judges anything: known wrong programs are reported, known right ones are clean, every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sanitizer import Verdict, run_scenario

PREAMBLE = """package main

// #include <stdlib.h>
// static int first(const char *text) { return text[0]; }
import "C"

import "unsafe"

"""
READ = 'if C.GoString(p) != "gone" {\n\t\tpanic(StaleText)\n\t}'


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('p := C.CString("kept")\n\tC.free(unsafe.Pointer(p))', "clean"),
        ('p := C.CString("lost")\n\t_ = unsafe.Pointer(p)', "leak"),
        ("p := C.CBytes(make([]byte, 64))\n\t_ = unsafe.Pointer(p)", "leak"),
        ("p := C.malloc(64)\n\t_ = unsafe.Pointer(p)", "leak"),
        ("p := C.malloc(64)\n\tC.free(p)\n\tC.free(unsafe.Pointer(p))", "double-free"),
        ('p := C.CString("gone")\n\tC.free(unsafe.Pointer(p))\n\tprintln(C.first(p))', "use-after-free"),
        (f'p := C.CString("gone")\n\tC.free(unsafe.Pointer(p))\n\t{READ}', "use-after-free"),
        (f'p := C.CString("gone")\n\tdefer C.free(unsafe.Pointer(p))\n\t{READ}', "clean"),
    ],
)
def test_the_sanitizer_tells_right_from_wrong(body: str, verdict: Verdict, tmp_path: Path) -> None:
    judged = run_scenario(tmp_path, {"case.go": f"{PREAMBLE}func scenario(int) {{\n\t{body}\n}}\n"})
    assert judged.verdict == verdict, judged.output
