"""What the attributes of a C declaration say of ownership: malloc, ownership_returns, noreturn."""

from __future__ import annotations

import re
from dataclasses import replace

from cgo_ls.analysis.effects import CEffects, ParameterEffect, ResultEffect
from cgo_ls.model.cdecl import CFunction

_MALLOC = re.compile(r"malloc\((\w+)(?:,(\d+))?\)\Z")
_OWNERSHIP = re.compile(r"ownership_(returns|takes|holds)\((\w+)((?:,\d+)*)\)\Z")


def effects_from_attributes(function: CFunction, base: CEffects) -> CEffects:
    """`base` corrected by what the declaration's attributes say."""
    effects = base
    parameters = list(base.parameters)
    releasers = list(base.releasers) + [""] * (len(parameters) - len(base.releasers))
    said = False
    for word in function.attributes:
        malloc, ownership = _MALLOC.match(word), _OWNERSHIP.match(word)
        if malloc and malloc.group(2) in (None, "1"):
            effects = replace(effects, result=ResultEffect("owned", malloc.group(1), None, True))
        elif ownership and ownership.group(1) == "returns":
            effects = replace(effects, result=ResultEffect("owned", _module_releaser(ownership.group(2)), None, True))
        elif ownership:
            takes = ownership.group(1) == "takes"
            for position in (int(number) - 1 for number in ownership.group(3).split(",") if number):
                if 0 <= position < len(parameters):
                    parameters[position] = ParameterEffect.TAKES if takes else ParameterEffect.HOLDS
                    releasers[position] = _module_releaser(ownership.group(2)) if takes else ""
                    if takes:
                        effects = replace(effects, frees=effects.frees | {position})
        elif word.strip("_") in ("noreturn", "Noreturn"):
            effects = replace(effects, never_returns=True)
        elif word != "returns_nonnull":
            continue
        said = True
    if not said:
        return base
    if "returns_nonnull" in function.attributes:
        effects = replace(effects, result=replace(effects.result, nullable=False))
    note = f"the attributes of {function.name} say so"
    return replace(effects, parameters=tuple(parameters), releasers=tuple(releasers), origin="attribute", note=note)


def _module_releaser(module: str) -> str:
    return "free" if module == "malloc" else ""
