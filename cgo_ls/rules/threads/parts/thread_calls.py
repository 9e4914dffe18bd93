"""The calls of one Go function in order, and whether its goroutine is wired to a thread when it makes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgo_ls.data.tables import function as table_row
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import CScope, Package
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.finding import FileEdit, Fix, Need
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

LOCK, UNLOCK = "runtime.LockOSThread", "runtime.UnlockOSThread"
_DEFERRED = re.compile(rb"\bdefer\b[^\n]*\bUnlockOSThread\(|\bdefer\s+func\b")
_SOUNDS_LOCKED = re.compile(r"thread|lock", re.IGNORECASE)
_FUNCTIONS = frozenset(["function_declaration", "method_declaration", "func_literal"])


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `name` is `C.f`, `F` or `.M`; `node` is the call, `within` the function or function literal whose body makes it."""

    name: str
    node: Node
    within: Node

    @property
    def start(self) -> int:
        return self.node.start_byte


@dataclass(frozen=True, slots=True)
class GoBody:
    """A declaration with the calls it makes, in source order; all offsets count from the start of its region."""

    file: GoFile
    declared: GoDeclaration
    calls: tuple[Call, ...]

    def in_file(self, span: Span) -> Span:
        """File offsets."""
        return span.shift(self.declared.declaration.start)

    def locked(self, call: Call, lockers: frozenset[str]) -> bool:
        """Whether the same function locks its thread before the call, by itself or through one of `lockers`, or a function around
        it does, or one of `lockers` is given the literal that makes the call (`withThread(func() { ... })`).

        A literal that runs on another goroutine (`go func() { ... }()`) is not covered by a lock outside of it.
        """
        within: Node | None = call.within
        while within is not None:
            limit = call.start
            for other in self.calls:
                if other.start < limit and other.within == within and (other.name == LOCK or other.name in lockers):
                    return True
            taker = _taker(within)
            if taker in lockers or _SOUNDS_LOCKED.search(taker):
                return True
            if _runs_elsewhere(within):
                return False
            within = enclosing_function(within)
        return False


def read_body(file: GoFile, declared: GoDeclaration) -> GoBody:
    """The calls of one declaration."""
    region = declared.declaration.region
    root = parse_go(file.data[region.start : region.end])
    calls: list[Call] = []
    for node in walk(root):
        if node.type != "call_expression":
            continue
        name, within = called_name(node), enclosing_function(node)
        if name and within is not None:
            calls.append(Call(name, node, within))
    return GoBody(file, declared, tuple(calls))


def find_lockers(package: Package) -> frozenset[str]:
    """The Go functions (`F`, `.M`) that leave their goroutine wired to its thread (they lock it and do not defer the opposite), or hold
    it while they run what they are given."""

    def find(package: Package) -> frozenset[str]:
        found: set[str] = set()
        for file, declared in declarations_naming(package.files, frozenset([".LockOSThread"])):
            function, region = declared.facts.function, declared.declaration.region
            if function is None:
                continue
            takes = any(parameter.type.startswith("func(") for parameter in function.parameters)
            if not takes and _DEFERRED.search(file.data, region.start, region.end):
                continue
            found.add(f".{function.name}" if function.receiver is not None else function.name)
        return frozenset(found)

    return package.note("thread-lockers", find)


def called_name(call: Node) -> str:
    """`C.f`, `runtime.LockOSThread` and the like as they are, `F` for a plain name, `.M` for any other selector."""
    function = field(call, "function")
    if function is None:
        return ""
    if function.type == "identifier":
        return text_of(function)
    if function.type != "selector_expression":
        return ""
    operand, name = text_of(field(function, "operand")), text_of(field(function, "field"))
    return f"{operand}.{name}" if operand in ("C", "runtime") else f".{name}"


def enclosing_function(node: Node) -> Node | None:
    """The nearest function or literal around `node`, not `node` itself."""
    parent = node.parent
    while parent is not None and parent.type not in _FUNCTIONS:
        parent = parent.parent
    return parent


def _taker(literal: Node) -> str:
    """What a function literal is handed to as an argument; "" where it is not."""
    listed = literal.parent
    if literal.type != "func_literal" or listed is None or listed.type != "argument_list" or listed.parent is None:
        return ""
    return called_name(listed.parent)


def _runs_elsewhere(literal: Node) -> bool:
    """Whether the literal is what a `go` statement calls."""
    call = literal.parent
    return call is not None and call.parent is not None and call.parent.type == "go_statement"


def declarations_naming(files: Iterable[GoFile], names: frozenset[str]) -> Iterator[tuple[GoFile, GoDeclaration]]:
    """The functions that call one of `names`: `C.f`, `F` or `.M`."""
    c_names = {name[2:] for name in names if name.startswith("C.")}
    for file in files:
        for declared in file.declarations:
            facts = declared.facts
            if facts.function is None:
                continue
            if any(
                reference.call and reference.name in c_names for reference in facts.c_references
            ) or not names.isdisjoint(facts.calls):
                yield file, declared


def is_test(file: GoFile, declared: GoDeclaration) -> bool:
    """Whether the function is part of a test: what it reports of another thread is read by whoever runs it, and by nobody else."""
    function = declared.facts.function
    parameters = function.parameters if function is not None else ()
    return file.path.endswith("_test.go") or any("testing." in parameter.type for parameter in parameters)


def is_c_function(call: Call, scope: CScope) -> bool:
    """Whether the call is one of a C function that may fail: no conversion, none of cgo's own, nothing the tables call harmless."""
    if not call.name.startswith("C."):
        return False
    name = call.name[2:]
    if pseudo_name(name) is not None or name == "free":
        return False
    known = scope.resolve(name)
    if known is not None:
        return known.kind == "function"
    row = table_row(name, scope.headers)
    if row is not None:
        return row.errno is None or not row.errno.none
    return not (name.endswith("_t") or name.isupper()) or len(named(call.node)) != 2


def lock_thread(body: GoBody, within: Node) -> Fix | None:
    """`runtime.LockOSThread()` and its deferred opposite at the top of a function; None where its body is on one line."""
    block = field(within, "body")
    if block is None or block.start_point.row == block.end_point.row:
        return None
    data, at = body.file.data, body.declared.declaration.start + block.start_byte + 1
    if data[at : at + 1] not in (b"\n", b"\r"):
        return None
    first = next((child for child in block.children if child.is_named), None)
    if first is None:
        return None
    line = data.rfind(b"\n", 0, body.declared.declaration.start + first.start_byte) + 1
    start = body.declared.declaration.start + first.start_byte
    indent = data[line:start]
    if indent.strip():
        return None
    end = line_ending(data)
    text = indent + LOCK.encode() + b"()" + end + indent + b"defer " + UNLOCK.encode() + b"()" + end
    edit = TextEdit(Span(line, line), text)
    return Fix("Lock the goroutine to its thread", (FileEdit((edit,)),), "safe", (Need("import", "runtime"),))


def name_span(body: GoBody, call: Call) -> Span:
    """Where the name of what is called stands, in file offsets."""
    function = field(call.node, "function")
    return body.in_file(span_of(function if function is not None else call.node))
