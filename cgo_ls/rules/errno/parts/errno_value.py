"""Where errno's number is used, and how a Go error takes its place: only in the contexts where the result surely compiles.

All spans are those of the parsed region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgo_ls.rules.errno.parts.preceding_call import arguments, c_name, called_c_name
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_PRINTERS = {
    # package or "": function -> (index of the format or -1, index of the first printed argument)
    "fmt": {
        "Print": (-1, 0),
        "Println": (-1, 0),
        "Printf": (0, 1),
        "Sprint": (-1, 0),
        "Sprintln": (-1, 0),
        "Sprintf": (0, 1),
    }
    | {"Errorf": (0, 1), "Fprint": (-1, 1), "Fprintln": (-1, 1), "Fprintf": (1, 2)},
    "log": {
        f"{verb}{suffix}": (0, 1) if suffix == "f" else (-1, 0)
        for verb in ("Print", "Fatal", "Panic")
        for suffix in ("", "f", "ln")
    },
    "errors": {"Is": (-1, 0), "Join": (-1, 0)},
    "os": {"NewSyscallError": (-1, 1)},
    "": {"panic": (-1, 0)},
}
_TAKES_ERROR_ONLY = frozenset(["errors", "os"])
_VERB = re.compile(r"%([-+# 0]*)(\d+|\*)?(?:\.(?:\d+|\*)?)?(\[|[a-zA-Z%])")
_NUMBERS = frozenset(["int", "int32", "int64", "uint32", "uintptr"])
_ERROR_FIELDS = frozenset(["os.PathError", "fs.PathError", "os.SyscallError", "os.LinkError"])
# Names that package syscall has on every Unix; C.EX becomes syscall.EX.
_POSIX_NAMES = (
    "E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN EALREADY EBADF EBUSY ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDOM "
    "EEXIST EFAULT EFBIG EINPROGRESS EINTR EINVAL EIO EISDIR ELOOP EMFILE EMLINK EMSGSIZE ENAMETOOLONG ENFILE ENODEV ENOENT ENOEXEC "
    "ENOMEM ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTSOCK ENOTSUP ENOTTY ENXIO EPERM EPIPE ERANGE EROFS ESPIPE ESRCH ETIMEDOUT "
    "EWOULDBLOCK EXDEV"
)
_EVERYWHERE = frozenset(_POSIX_NAMES.split())


_MOST_LEVELS = 60


@dataclass(frozen=True, slots=True)
class Replacement:
    """Edits that put the error in the number's place. `needs_syscall`: the new text names the package;
    `syscall` are the spans of `syscall.` names that the edits take away; `result`: the error becomes a result of the function."""

    edits: tuple[TextEdit, ...]
    needs_syscall: bool = False
    syscall: tuple[Span, ...] = ()
    result: bool = False


@dataclass(frozen=True, slots=True)
class _Value:
    """The widest expression that still is errno's number. kind: "number" (C.int), "Errno" (syscall.Errno), "text" (strerror)."""

    node: Node
    kind: str
    syscall: tuple[Span, ...] = ()


def replace_use(use: Node, error: str) -> Replacement | None:
    """`error` in place of the expression around `use`; None where that would not compile or say something else."""
    value = _widen(use)
    parent = value.node.parent
    if parent is None:
        return None
    if parent.type == "binary_expression":
        return _in_comparison(parent, value, error)
    if parent.type == "argument_list" and parent.parent is not None:
        return _whole(value, error) if _takes_error(parent.parent, value) else None
    if value.kind != "Errno":
        return None
    if parent.type == "literal_element":
        return _whole(value, error) if _is_error_field(parent) else None
    if parent.type == "expression_list" and parent.parent is not None:
        position = named(parent).index(value.node)
        if parent.parent.type == "return_statement" and _result_types(value.node, len(named(parent)))[
            position : position + 1
        ] == ["error"]:
            return _whole(value, error, result=True)
        if _assigns_named_error(parent.parent, value.node):
            return _whole(value, error, result=True)
    return None


def _whole(value: _Value, error: str, *, result: bool = False) -> Replacement:
    return Replacement((TextEdit(span_of(value.node), error.encode()),), False, value.syscall, result)


def _widen(use: Node) -> _Value:
    """Through conversions: `syscall.Errno(int(use))`, `C.GoString(C.strerror(use))`."""
    narrow = node = use
    for _ in range(_MOST_LEVELS):
        call = _call_around(node)
        if call is None:
            break
        function = field(call, "function")
        name = text_of(function)
        if name == "syscall.Errno" and function is not None:
            return _Value(call, "Errno", (span_of(function),))
        if (
            called_c_name(call) == "strerror"
            and (outer := _call_around(call)) is not None
            and called_c_name(outer) == "GoString"
        ):
            return _Value(outer, "text")
        if name not in _NUMBERS and c_name(function) != "int":
            break
        node = call
    return _Value(narrow, "number")


def _call_around(node: Node) -> Node | None:
    """The call whose only argument is `node`."""
    listed = node.parent
    if (
        listed is None
        or listed.type != "argument_list"
        or listed.parent is None
        or listed.parent.type != "call_expression"
    ):
        return None
    return listed.parent if named(listed) == [node] else None


def _takes_error(call: Node, value: _Value) -> bool:
    package, _, name = text_of(field(call, "function")).rpartition(".")
    printer = _PRINTERS.get(package, {}).get(name)
    if printer is None or (package in _TAKES_ERROR_ONLY and value.kind != "Errno"):
        return False
    layout, first = printer
    given = arguments(call)
    position = given.index(value.node)
    if position < first or (package == "errors" and name == "Is" and position != 0):
        return False
    return layout < 0 or _verb(given[layout], position - first) in ("v", "s", "q", "w")


def _verb(layout: Node, position: int) -> str:
    """The verb that prints the argument; "" where the format is no literal or counts its arguments itself."""
    if layout.type not in ("interpreted_string_literal", "raw_string_literal"):
        return ""
    verbs: list[str] = []
    for match in _VERB.finditer(text_of(layout)):
        if "*" in match.group(0) or match.group(3) == "[":
            return ""
        if match.group(3) != "%":
            verbs.append(match.group(3))
    return verbs[position] if position < len(verbs) else ""


def _in_comparison(comparison: Node, value: _Value, error: str) -> Replacement | None:
    """`C.errno != 0`, `C.errno == C.ENOENT`, `syscall.Errno(C.errno) == syscall.ENOENT`."""
    left, right = field(comparison, "left"), field(comparison, "right")
    if (
        text_of(field(comparison, "operator")) not in ("==", "!=")
        or left is None
        or right is None
        or value.kind == "text"
    ):
        return None
    other = right if left == value.node else left
    own = TextEdit(span_of(value.node), error.encode())
    if text_of(other) == "0":
        return Replacement((own, TextEdit(span_of(other), b"nil")), False, value.syscall)
    constant = c_name(other)
    if value.kind == "number" and constant in _EVERYWHERE:
        return Replacement((own, TextEdit(span_of(other), f"syscall.{constant}".encode())), needs_syscall=True)
    if value.kind == "Errno" and other.type == "selector_expression" and text_of(field(other, "operand")) == "syscall":
        return Replacement((own,), False, value.syscall)
    return None


def _is_error_field(element: Node) -> bool:
    """`&os.PathError{Err: <element>}`."""
    pair = element.parent
    if pair is None or pair.type != "keyed_element" or text_of(field(pair, "key")) != "Err":
        return False
    literal = pair.parent.parent if pair.parent is not None else None
    return literal is not None and text_of(field(literal, "type")) in _ERROR_FIELDS


def _function_around(node: Node) -> Node | None:
    above = node.parent
    for _ in range(_MOST_LEVELS):
        if above is None or above.type in ("func_literal", "function_declaration", "method_declaration"):
            return above
        above = above.parent
    return None


def _results(node: Node) -> list[tuple[str, str]]:
    """(name or "", type) of each result of the function around `node`."""
    function = _function_around(node)
    result = field(function, "result") if function is not None else None
    if result is None:
        return []
    if result.type != "parameter_list":
        return [("", text_of(result))]
    found: list[tuple[str, str]] = []
    for declared in named(result):
        kind = text_of(field(declared, "type"))
        names = declared.children_by_field_name("name")
        found += [(text_of(name), kind) for name in names] or [("", kind)]
    return found


def _result_types(node: Node, count: int) -> list[str]:
    types = [kind for _, kind in _results(node)]
    return types if len(types) == count else []


def _assigns_named_error(statement: Node, value: Node) -> bool:
    """`err = <value>`, where err is a result of the function and an error."""
    left, right = field(statement, "left"), field(statement, "right")
    if statement.type != "assignment_statement" or left is None or right is None or named(right) != [value]:
        return False
    return text_of(field(statement, "operator")) == "=" and (text_of(left), "error") in _results(value)
