"""Where the result of a C body is from: memory it made, a parameter, a struct whose fields hold memory."""

from __future__ import annotations

from cgo_ls.analysis.c_body_solver import BodyFacts
from cgo_ls.analysis.c_body_states import ABSENT, LITERAL, LIVE, NULL, OUTSIDE
from cgo_ls.analysis.effects import UNKNOWN_RESULT, ResultEffect
from cgo_ls.model.c_body import CAssign, CBody, CReturn


def result_of(facts: BodyFacts) -> ResultEffect:
    """The result over all return statements: one certain origin, or unknown."""
    kinds: set[tuple[str, object]] = set()
    nullable = False
    for objects, statuses in facts.results:
        for item in objects:
            if item == NULL:
                nullable = True
            elif item[0] == "fresh":
                clean = statuses.get(item, frozenset([LIVE])) <= {LIVE, ABSENT}
                kinds.add(("owned", facts.made.get(item, "")) if clean else ("unknown", None))
            elif item[0] == "param":
                kinds.add(("parameter", item[1]))
            elif item[0] in ("inside", "part") and not _emptied(item, facts):
                kinds.add(("borrowed", None))
            else:
                kinds.add(("borrowed", None) if item in (OUTSIDE, LITERAL) else ("unknown", None))
    if len(kinds) != 1:
        return UNKNOWN_RESULT
    kind, detail = next(iter(kinds))
    if kind == "owned":
        return ResultEffect("owned", str(detail), None, nullable)
    if kind == "parameter" and isinstance(detail, int):
        return ResultEffect("parameter", "", detail, nullable)
    return ResultEffect("borrowed", "", None, True) if kind == "borrowed" else UNKNOWN_RESULT


def returns_itself(body: CBody, name: str) -> bool:
    """Whether a parameter leaves as it came: nothing is assigned to it, nothing added."""
    for block in body.blocks:
        for event in block.events:
            if isinstance(event, CReturn) and event.value is not None and event.value.kind != "null":
                if (event.value.kind, event.value.name) != ("name", name):
                    return False
            elif isinstance(event, CAssign) and (event.target.kind, event.target.name) == ("name", name):
                return False
        if any(mark.name == name for mark in block.marks):
            return False
    return True


def struct_result(facts: BodyFacts) -> ResultEffect:
    """A struct whose fields hold fresh memory wherever it is returned."""
    releasers = set[str]().union(*facts.inside)
    if len(releasers) != 1 or len(facts.inside) != sum(1 for objects, _ in facts.results if objects != {NULL}):
        return UNKNOWN_RESULT
    return ResultEffect("owned", next(iter(releasers)), None, not all(facts.inside))


def _emptied(item: tuple[object, ...], facts: BodyFacts) -> bool:
    """Whether the function sets fields of that parameter to NULL: a field it returns may have changed hands."""
    return item[0] == "inside" and item[1] in facts.cleared
