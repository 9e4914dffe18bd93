"""What the text of a function says about finalizers, cleanups and handles."""

from __future__ import annotations

import pytest

from cgo_ls.model.finalizers import HANDLE, KEEP_ALIVE, Arm, read_arms, touched_fields

ARMS = [
    ("runtime.SetFinalizer(c, (*Counter).free)", [("SetFinalizer", "Counter", "free")]),
    ("runtime.SetFinalizer(c, func(c *Counter) { C.drop(c.ptr) })", [("SetFinalizer", "Counter", "")]),
    ("runtime.SetFinalizer(c, func(v any) { v.(*Counter).free() })", [("SetFinalizer", "Counter", "")]),
    ("c := &Counter{}\n\truntime.SetFinalizer(c, release)", [("SetFinalizer", "Counter", "release")]),
    ("runtime.SetFinalizer(c, release)", [("SetFinalizer", "", "release")]),
    ("c := new(Counter)\n\truntime.AddCleanup(c, release, c.ptr)", [("AddCleanup", "Counter", "release")]),
    ("runtime.SetFinalizer(c, nil)", []),
    ("runtime.KeepAlive(c)", [("KeepAlive", KEEP_ALIVE, "KeepAlive")]),
    ("cgo.Handle(h).Delete()", [("Delete", HANDLE, "Delete")]),
    ("h := cgo.NewHandle(1)\n\th.Delete()", []),
    ("entry.Delete()", []),
]


@pytest.mark.parametrize(("body", "wanted"), ARMS)
def test_arms(body: str, wanted: list[tuple[str, str, str]]) -> None:
    found = read_arms(f"func f() {{\n\t{body}\n}}".encode())
    assert [(arm.call, arm.type, arm.finalizer) for arm in found] == wanted


def test_a_literal_says_what_it_touches_and_calls() -> None:
    text = b"func f(c *Counter) {\n\truntime.SetFinalizer(c, func(c *Counter) { C.drop(c.ptr); c.log() })\n\tC.other(c.rest)\n}"
    (arm,) = read_arms(text)
    assert arm == Arm("SetFinalizer", "Counter", "", arm.touched, arm.calls)
    assert "ptr" in arm.touched and "rest" not in arm.touched
    assert ".log" in arm.calls


def test_only_functions_that_call_c_touch_fields() -> None:
    assert touched_fields(b"func (c *T) f() { panic(c.name) }") == ()
    assert "ptr" in touched_fields(b"func (c *T) f() { C.drop(c.ptr) }")


@pytest.mark.parametrize(
    "text", [b"runtime.SetFinalizer(", b"runtime.SetFinalizer(c, func(", b"runtime.AddCleanup(\xff, ", b"(" * 50_000]
)
def test_broken_text_is_read_too(text: bytes) -> None:
    assert isinstance(read_arms(b"runtime.SetFinalizer(c, " + text), tuple)
