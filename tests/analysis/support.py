"""One Go function through the analysis, with facts about C that a test states itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.analysis.cfg_builder import build_cfg
from cgo_ls.analysis.effects import NO_RESULT, CEffects, ParameterEffect, effects_from_name
from cgo_ls.analysis.facts import Facts
from cgo_ls.analysis.function import FunctionAnalysis, analyse_function
from cgo_ls.analysis.summaries import Summary
from cgo_ls.analysis.table_effects import BUILTIN
from cgo_ls.syntax.go_nodes import function_node
from cgo_ls.syntax.go_parser import parse_go

FREE = CEffects("free", (ParameterEffect.TAKES,), NO_RESULT, "table", frees=frozenset({0}), releasers=("free",))
KEEP = CEffects("keep", (ParameterEffect.HOLDS,), NO_RESULT, "body")
USE = CEffects("use", (ParameterEffect.BORROWS,), NO_RESULT, "body")
ABORT = CEffects("abort", (), NO_RESULT, "table", never_returns=True)
KNOWN = {**BUILTIN, **{effects.name: effects for effects in (FREE, KEEP, USE, ABORT)}}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A FactSource of what C functions do (by name, KNOWN first) and of summaries ("F", "T.M")."""

    summaries: Mapping[str, Summary] = field(default_factory=dict)

    def c_effects(self, name: str, count: int) -> CEffects:
        return KNOWN.get(name) or effects_from_name(None, name, count)

    def is_c_type(self, name: str) -> bool:
        return name in ("char", "int", "size_t", "uint")

    def go_summary(self, name: str) -> Summary | None:
        return self.summaries.get(name)

    def method_summary(self, name: str, receiver_type: str) -> Summary | None:
        return self.summaries.get(receiver_type.lstrip("*") + name)

    def is_go_type(self, name: str) -> bool:
        return name == "T"

    def resolve_c(self, name: str) -> None:
        return None

    def c_complete(self) -> bool:
        return False

    def includes(self, header: str) -> bool:
        return True


def graph(text: str) -> FunctionCfg:
    """The graph of the first function of `text`."""
    node = function_node(parse_go(text.encode()))
    assert node is not None, text
    cfg = build_cfg(node, "f")
    assert cfg is not None, text
    return cfg


def analyse(text: str, summaries: Mapping[str, Summary] | None = None) -> FunctionAnalysis:
    """The analysis of the first function of `text`, which must come to an end."""
    root = parse_go(text.encode())
    node = function_node(root)
    assert node is not None, text
    found = analyse_function(root, node, "f", Facts(Surroundings(summaries or {})))  # pyright: ignore[reportArgumentType] - asks no more than it answers
    assert found is not None and found.solved, text
    return found


def verdicts(body: str, parameters: str = "", results: str = "") -> list[str]:
    """What is said of `func f(parameters) results { body }`: "leak CString", "double-free", "use", "return"; sorted."""
    found = analyse(f"func f({parameters}) {results} {{\n{body}\n}}")
    return sorted([f"leak {leak.object.by[2:]}" for leak in found.leaks] + [misuse.kind for misuse in found.misuses])


def summary(text: str, summaries: Mapping[str, Summary] | None = None) -> str:
    """The summary of the first function of `text`, rendered."""
    return analyse(text, summaries).summary.render()
