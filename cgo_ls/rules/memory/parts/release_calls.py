"""The statement that releases a block of C memory, by the function that is right for it, with the conversions that it wants."""

from __future__ import annotations

from dataclasses import dataclass

from cgo_ls.analysis.c_effects import DELETE
from cgo_ls.analysis.function import Leak
from cgo_ls.rules.finding import Need
from cgo_ls.rules.memory.parts.holders import Holder
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node

_UNSAFE = Need("import", "unsafe")


@dataclass(frozen=True, slots=True)
class ReleaseCall:
    """`form` is the call with `{}` for the pointer. `guarded`: the pointer may be nil, and the function does not take that."""

    form: str
    needs: tuple[Need, ...]
    guarded: bool = False

    def statement(self, expression: str, newline: bytes, indent: bytes) -> bytes:
        """The release as a statement; `indent` is that of its first line, which is not written."""
        call = self.form.format(expression).encode()
        if not self.guarded:
            return call
        end = newline + indent
        return b"if " + expression.encode() + b" != nil {" + end + b"\t" + call + end + b"}"

    def deferred(self, expression: str, newline: bytes, indent: bytes) -> bytes:
        """The release as a defer. A guard is a condition of that moment, and stands in a function."""
        if not self.guarded:
            return b"defer " + self.statement(expression, newline, indent)
        end = newline + indent
        inner = self.statement(expression, newline, indent + b"\t")
        return b"defer func() {" + end + b"\t" + inner + end + b"}()"


def release_call(context: FunctionContext, leak: Leak, holder: Holder | None, node: Node) -> ReleaseCall | None:
    """How the memory that the call `node` acquired goes back; None where the types are not known to fit."""
    info = leak.object
    if info.by_value and info.releaser in ("free", DELETE):
        return None  # the fields hold it, and no function of the package knows which
    if info.releaser == "free":
        return ReleaseCall("C.free(unsafe.Pointer({}))", (_UNSAFE, Need("include", "stdlib.h")))
    releaser = context.facts.c_effects(info.releaser, 1)
    guarded = info.nullable and not releaser.takes_nil and not info.by_value
    name = f"C.{info.releaser}"
    if releaser.argument == "void *":
        return ReleaseCall(f"{name}(unsafe.Pointer({{}}))", (_UNSAFE,), guarded)
    if releaser.argument == "gpointer":
        return ReleaseCall(f"{name}(C.gpointer(unsafe.Pointer({{}})))", (_UNSAFE,), guarded)
    found = _type_of(context, leak, holder, node) if releaser.argument else None
    if found is not None and _tagless(_go_type(releaser.argument)) == _tagless(found):
        return ReleaseCall(f"{name}({{}})", (), guarded)
    return None


def _type_of(context: FunctionContext, leak: Leak, holder: Holder | None, node: Node) -> str | None:
    """The Go type of the expression that will be released: of the variable that an out-parameter filled, or of the call itself."""
    if holder is not None and holder.type:
        return holder.type
    call = leak.object.call
    if call is None or call.callee.kind != "c":
        return None
    if leak.object.holder:  # an out-parameter
        types = {variable.type for variable in context.analysis.cfg.variables if variable.name == leak.object.holder}
        return types.pop() if len(types) == 1 else None
    if holder is not None and (node.parent is None or node.parent.type != "expression_list"):
        return None  # converted
    acquired = context.facts.c_effects(call.callee.name, len(call.arguments))
    return _go_type(acquired.result_type) if acquired.result_type and acquired.result.kind == "owned" else None


def _tagless(kind: str) -> str:
    """`C.struct_pair` -> `C.pair`: with `typedef struct pair pair` cgo makes them one type."""
    return kind.replace("struct_", "")


def _go_type(kind: str) -> str:
    """`struct archive *` -> `*C.struct_archive`, `git_buf **` -> `**C.git_buf`."""
    name = kind.replace("*", "").strip()
    for tag in ("struct ", "union ", "enum "):
        name = name.replace(tag, tag.strip() + "_")
    return "*" * kind.count("*") + "C." + name.replace("unsigned char", "uchar")
