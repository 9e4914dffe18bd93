"""The cgo.Handles that a function makes, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.analysis.facts import Facts
from cgo_ls.rules.memory.parts.typestates import Course, Follower, Subject, carriers
from cgo_ls.rules.rule import FunctionContext

_INTEGERS = frozenset({"cgo.Handle", "uintptr", "int", "int64", "uint", "uint64", "C.uintptr_t"})


@dataclass(frozen=True, slots=True)
class HandleCourse:
    """One call that makes a handle, the name that first holds it ("" for none), and its course."""

    call: ir.Call
    name: str
    course: Course


def handle_courses(context: FunctionContext) -> tuple[HandleCourse, ...]:
    """Every handle made in the function and its literals, solved once for all rules."""
    known = context.notes.get("handles")
    if known is None:
        known = context.notes["handles"] = tuple(_courses(context))
    return known


def makes_handle(call: ir.Call, facts: Facts) -> bool:
    """`cgo.NewHandle(v)`, or the package's own copy of it: a function called ...NewHandle whose result has a method Delete."""
    if call.callee.kind == "package":
        return call.callee.name == "cgo.NewHandle"
    if call.callee.kind != "go" or not call.callee.name.lower().endswith("newhandle"):
        return False
    signature = facts.go_signature(call.callee.name)
    if signature is None or len(signature.results) != 1:
        return False
    return is_handle_type(signature.results[0], facts)


def is_handle_type(type_text: str, facts: Facts) -> bool:
    """cgo.Handle, or a type of the package that is an integer with the methods Value and Delete."""
    if type_text == "cgo.Handle":
        return True
    found = facts.go_type(type_text) if type_text.isidentifier() else None
    if found is None or found.underlying not in _INTEGERS:
        return False
    return all(facts.go_signature(f"{type_text}.{method}") is not None for method in ("Value", "Delete"))


def _courses(context: FunctionContext) -> Iterator[HandleCourse]:
    outer, facts = context.analysis.cfg, context.facts

    def converts(call: ir.Call) -> bool:
        if call.callee.kind == "c":
            return facts.is_c_type(call.callee.name)
        return call.callee.name == "cgo.Handle" or (call.callee.kind == "go" and facts.is_go_type(call.callee.name))

    for graph in (outer, *(closure.cfg for closure in outer.closures)):
        for call in _calls(graph):
            if not makes_handle(call, facts) or not call.results:
                continue
            slots = carriers(graph, {call.results[0]}, converts)
            subject = Subject(frozenset(slots), call.site, frozenset(), frozenset({".Delete"}), frozenset({".Value"}))
            course = Follower(outer, graph, subject, converts).run()
            if course is None:
                continue
            course.escaped |= bool(slots & set(graph.results)) or _captured_elsewhere(outer, graph, slots)
            yield HandleCourse(call, _name(outer, slots), course)


def _calls(graph: FunctionCfg) -> Iterator[ir.Call]:
    return (each for block in graph.blocks for each in block.instructions if isinstance(each, ir.Call))


def _captured_elsewhere(outer: FunctionCfg, graph: FunctionCfg, slots: set[int]) -> bool:
    """Whether a literal's handle is a variable of the function around it."""
    return any(closure.cfg is graph and closure.captured & slots for closure in outer.closures)


def _name(outer: FunctionCfg, slots: set[int]) -> str:
    names = [outer.variables[slot] for slot in sorted(slots) if slot >= 0 and outer.variables[slot].kind == "local"]
    return names[0].name if names else ""
