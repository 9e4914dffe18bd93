"""The shape of C bodies for their solver: the order of blocks, names of values, parts of objects."""

from __future__ import annotations

from cgo_ls.analysis.c_body_states import Object, Objects
from cgo_ls.model.c_body import CAssign, CBlock, CBody, CValue


def returned_call(value: CValue | None, block: CBlock) -> int:
    """The number of the call whose answer is returned as it is, made in the block that returns; 0 for anything else."""
    if value is None or value.kind == "call":
        return 0 if value is None else value.call
    for event in reversed(block.events):
        if (
            isinstance(event, CAssign)
            and value.kind == "name"
            and (event.target.kind, event.target.name) == ("name", value.name)
        ):
            return event.value.call if event.value.kind == "call" else 0
    return 0


def reverse_postorder(body: CBody) -> dict[int, int]:
    """Block number -> its turn, for the blocks that can be reached."""
    finished: list[int] = []
    seen = {0}
    stack = [(0, 0)]
    while stack:
        number, edge = stack.pop()
        edges = body.blocks[number].edges
        if edge < len(edges):
            stack.append((number, edge + 1))
            target = edges[edge].target
            if target not in seen:
                seen.add(target)
                stack.append((target, 0))
        else:
            finished.append(number)
    return {number: turn for turn, number in enumerate(reversed(finished))}


def called_name(callee: CValue | None) -> str:
    """`p->destroy` -> destroy, `(*hook)` -> hook: all there is to know of a call through a pointer."""
    while callee is not None and callee.kind in ("load", "address") and callee.name in ("", "*", "[]"):
        callee = callee.parts[0]
    return callee.name if callee is not None else ""


def field_key(bases: Objects, field: str) -> str:
    """The name under which the last value stored to a parameter's field is remembered; "" for anything else."""
    if len(bases) != 1 or field == "[]":
        return ""
    (item,) = bases
    return f"{index_of(item)}.{field}" if item[0] == "param" else ""


def inner_of(item: Object) -> Object:
    inner = item[1]
    assert isinstance(inner, tuple)
    return inner


def index_of(item: Object) -> int:
    index = item[1]
    assert isinstance(index, int)
    return index
