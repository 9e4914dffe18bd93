"""pseudo-function-value: a function that cgo makes itself is used as a value; see pseudo_function_value.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit

# cgo writes these at each call, for the types it finds there; behind the name alone stands nothing.
_LITERALS = {
    "CString": "func(text string) *C.char { return C.CString(text) }",
    "CBytes": "func(data []byte) unsafe.Pointer { return C.CBytes(data) }",
    "GoString": "func(text *C.char) string { return C.GoString(text) }",
    "GoStringN": "func(text *C.char, length C.int) string { return C.GoStringN(text, length) }",
    "GoBytes": "func(data unsafe.Pointer, length C.int) []byte { return C.GoBytes(data, length) }",
    "malloc": "func(size C.size_t) unsafe.Pointer { return C.malloc(size) }",
}
_INTERNAL = frozenset(["_CMalloc"])


@rule("pseudo-function-value", family="symbols", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    for reference, span in file.uses_of(_INTERNAL):
        place = reference.name_span.shift(span.start - reference.span.start)
        fix = Fix("Call C.malloc", (FileEdit((TextEdit(place, b"malloc"),)),))
        yield Finding(span, "C._CMalloc is cgo's own name and is refused; write C.malloc", fixes=(fix,))
    for reference, span in file.values_of(_LITERALS.keys()):
        name = reference.name
        literal = _LITERALS[name]
        needs = (Need("import", "unsafe"),) if "unsafe." in literal else ()
        edits = (FileEdit((TextEdit(span, literal.encode()),)),)
        fix = Fix(f"Wrap C.{name} in a function literal", edits, needs=needs)
        message = f"C.{name} can only be called: cgo makes it anew for each call, and it is no function value"
        yield Finding(span, message, fixes=(fix,))
