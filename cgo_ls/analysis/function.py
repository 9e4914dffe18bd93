"""The analysis of one Go function: its graph, what happens to C memory in it, and its summary."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from cgo_ls.analysis import ir
from cgo_ls.analysis.calls import concerns_memory
from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.analysis.cfg_builder import build_cfg
from cgo_ls.analysis.dataflow import blocks_before_exit, reverse_postorder, solve
from cgo_ls.analysis.effects import ParameterEffect, is_pointer_like, words_of
from cgo_ls.analysis.expressions import BASIC_TYPES
from cgo_ls.analysis.facts import Facts
from cgo_ls.analysis.interpreter import Interpreter
from cgo_ls.analysis.ownership import Abstract, ObjectInfo, Owner, Pointer, Release, Status, World
from cgo_ls.analysis.places import Place
from cgo_ls.analysis.record import Misuse, Record
from cgo_ls.analysis.refinement import is_error_variable
from cgo_ls.analysis.summaries import Summary, summarise
from cgo_ls.syntax.go_nodes import Node
from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class Leak:
    """Memory that nobody frees on the way to `exits`: return statements, or the closing brace.

    `always`: it is neither freed nor handed on anywhere in the function. `sure`: the exits that no path reaches with the memory
    freed or handed on. `loop`: it is lost when the loop comes round again. `freed_at`: where other paths free it. `lost`: nothing
    reads it any more where the function never returns.
    """

    object: ObjectInfo
    exits: tuple[Span, ...]
    always: bool
    sure: frozenset[Span]
    loop: bool
    freed_at: tuple[Release, ...]
    lost: bool = False


@dataclass(frozen=True, slots=True)
class MisuseFound:
    """Released memory met again. kind: "double-free", "use", "return", "stored". `certain`: on every path that leads here."""

    kind: str
    object: ObjectInfo
    span: Span
    release: Release
    by: str
    deferred: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class DeferFound:
    """A defer statement: its call, the arguments that are nil whenever it is reached, and the memory it is given. `stored`: of that
    memory, what is also kept somewhere. `shown_to`: the functions ("C.f") that see it."""

    call: ir.Call
    nil: frozenset[int]
    objects: tuple[ObjectInfo, ...]
    stored: bool
    shown_to: frozenset[str]


@dataclass(frozen=True, slots=True)
class FunctionAnalysis:
    """What rules and hovers read. `tree` is the parse of the declaration's region, for rules that look at syntax.

    `solved` False: the budget ran out, and nothing is said of the function. `entering`: worlds at each block's entry.
    """

    cfg: FunctionCfg
    tree: Node
    leaks: tuple[Leak, ...]
    misuses: tuple[MisuseFound, ...]
    summary: Summary
    solved: bool
    facts: Facts = field(compare=False, repr=False)
    entering: dict[int, list[World]] = field(default_factory=dict, compare=False, repr=False)
    objects: tuple[ObjectInfo, ...] = ()
    object_ids: dict[Hashable, int] = field(default_factory=dict, compare=False, repr=False)
    releases: dict[int, tuple[Release, ...]] = field(default_factory=dict, compare=False, repr=False)
    defers: tuple[DeferFound, ...] = ()


def analyse_function(tree: Node, node: Node, name: str, facts: Facts) -> FunctionAnalysis | None:
    """Analyse a function_declaration or method_declaration; None without a body. Never raises on broken code."""
    cfg = build_cfg(node, name)
    if cfg is None:
        return None
    record = Record()
    run = Interpreter(cfg, cfg, facts, record)
    entry, parameters = _entry(cfg, run)
    if not parameters and not any(concerns_memory(call, facts) for call in calls_of(cfg)):
        summary = replace(_unknown_summary(cfg), never_returns=cfg.exit not in reverse_postorder(cfg))
        return FunctionAnalysis(cfg, tree, (), (), summary, True, facts.replay())
    entering = solve(cfg, run, entry)
    if entering is None:
        return FunctionAnalysis(cfg, tree, (), (), _unknown_summary(cfg), False, facts.replay())
    for world in run.exits:
        _leave(world, cfg, run)
    defaults = _unknown_summary(cfg).parameters
    summary = summarise(cfg, run.exits, lambda identifier: record.objects[identifier].releaser, parameters, defaults)
    for world in run.exits:
        _find_leaks(world, cfg, run)
    _find_lost(entering, cfg, run)
    solved = _run_other_closures(cfg, facts, record)
    releases = {identifier: _sorted(found) for identifier, found in record.releases.items()}
    return FunctionAnalysis(
        cfg, tree, _leaks(record), _misuses(record), summary, solved, facts.replay(), entering, tuple(record.objects),
        record.ids, releases, _defers(record),
    )  # fmt: skip


def calls_of(cfg: FunctionCfg) -> Iterator[ir.Call]:
    """Every call of a function and of its literals, deferred and spawned ones too."""
    for graph in (cfg, *(closure.cfg for closure in cfg.closures)):
        for block in graph.blocks:
            for instruction in block.instructions:
                if isinstance(instruction, ir.Call):
                    yield instruction
                elif isinstance(instruction, (ir.Defer, ir.Spawn)):
                    yield instruction.call


def _sorted(releases: Iterable[Release]) -> tuple[Release, ...]:
    return tuple(sorted(releases, key=lambda release: release.span))


def _entry(cfg: FunctionCfg, run: Interpreter) -> tuple[World, dict[int, int]]:
    """The world at the start: each parameter that can be C memory is an object the caller lent."""
    world = World()
    parameters: dict[int, int] = {}
    if cfg.receiver is not None:
        world.env[Place(cfg.receiver)] = ir.UNKNOWN
    for index, slot in enumerate(cfg.parameters):
        variable = cfg.variables[slot]
        world.env[Place(slot)] = ir.UNKNOWN
        if _can_be_c_memory(variable.type):
            info = ObjectInfo("parameter", "", "", variable.span, variable.name)
            parameters[index] = run.object_id(("parameter", slot), info)
            world.env[Place(slot)] = Pointer(parameters[index])
            world.objects[parameters[index]] = Status(Owner.BORROWED)
    return world, parameters


def _can_be_c_memory(type_text: str) -> bool:
    """Whether a parameter of this Go type can itself be a pointer to C memory; a slice or map of them is not one."""
    if type_text.startswith(("...", "[", "map[", "chan ", "func(")):
        return False
    if "unsafe.Pointer" in type_text:
        return True
    return "C." in type_text and is_pointer_like(type_text.replace("C.", ""))


def _is_number(type_text: str) -> bool:
    """Whether a parameter of this type cannot lead to C memory at all."""
    if type_text.startswith("C."):
        return not is_pointer_like(type_text[2:])
    return type_text in BASIC_TYPES and type_text not in ("any", "error", "uintptr")


def _leave(world: World, cfg: FunctionCfg, run: Interpreter) -> None:
    """At an exit, after the defers: is what is returned still there? What a returned struct holds has gone to the caller.

    Beside an error nobody looks at the other results.
    """
    held = [world.env.get(Place(slot)) for slot in cfg.results if cfg.variables[slot].type == "error"]
    failed = any(isinstance(value, ir.NonNil) or is_error_variable(value) for value in held)
    for slot in cfg.results:
        for place, value in world.below(Place(slot)):
            if isinstance(value, Pointer) and not place.path:
                if world.leaving is not None and not failed:
                    run.touch(value, world, world.leaving, "return")
                    _return_dropped(value, world, run)
                continue
            if not failed:
                _return_inside(value, world, run)
            run.escape(value, world, Owner.ESCAPED, "returned")
    _leave_stored(world, cfg, run)


def _return_dropped(value: Pointer, world: World, run: Interpreter) -> None:
    """A defer gives up the one reference to what is returned: unless another one was taken, it is gone."""
    status, info = world.objects.get(value.id), run.record.objects[value.id]
    if (
        status is None
        or status.dropped is None
        or world.leaving is None
        or info.kind == "parameter"
        or not value.certain
    ):
        return
    if all(words_of(name).isdisjoint(_TAKING_A_REFERENCE) for name in run.record.shown.get(value.id, ())):
        run.misused(value.id, "return", world.leaving, status.dropped)


_TAKING_A_REFERENCE = frozenset(
    ["ref", "retain", "addref", "up", "sink", "hold", "get1", "copy", "incref", "dup", "keep"]
)


def _return_inside(value: Abstract, world: World, run: Interpreter) -> None:
    """What a returned struct holds, when a defer has just freed it."""
    if isinstance(value, ir.AddressOf):
        inside = [held for place, held in world.below(Place(value.place.slot)) if not place.imprecise]
    else:
        inside = [value]
    for held in inside:
        status = world.objects.get(held.id) if isinstance(held, Pointer) else None
        if (
            status is not None
            and status.released is not None
            and status.released.deferred
            and world.leaving is not None
        ):
            run.touch(held, world, world.leaving, "return")


def _leave_stored(world: World, cfg: FunctionCfg, run: Interpreter) -> None:
    """What was stored in the receiver, or in what a parameter points to, when a defer has just freed it."""
    for place, held in world.env.items():
        if not isinstance(held, Pointer) or held.id not in run.record.stored or not place.path or place.slot < 0:
            continue
        variable, status = cfg.variables[place.slot], world.objects.get(held.id)
        if variable.kind not in ("parameter", "receiver") or "C." in variable.type or status is None:
            continue
        if status.released is not None and status.released.deferred and run.record.objects[held.id].kind == "call":
            run.touch(held, world, run.record.stored[held.id][0], "stored")


def _find_leaks(world: World, cfg: FunctionCfg, run: Interpreter) -> None:
    for slot in cfg.results:
        for _, value in world.below(Place(slot)):
            run.escape(value, world, Owner.ESCAPED, "returned")
    for identifier, status in world.objects.items():
        if world.leaving is None:
            continue
        if status.owner is Owner.OWNED and status.released is None and status.doubt != "asked":
            run.leak(identifier, world.leaving, "exit")
        else:
            run.record.clean.add((identifier, world.leaving))
            if status.owner is Owner.UNKNOWN:
                run.record.unsure.add(identifier)


def _find_lost(entering: dict[int, list[World]], cfg: FunctionCfg, run: Interpreter) -> None:
    """Where a function never returns (a server, `select {}`), memory that nothing reads any more is lost all the same."""
    if not any(
        (not block.edges and block.index != cfg.exit and not block.panics)
        or any(edge.target <= block.index for edge in block.edges)
        for block in cfg.blocks
        if block.index in entering
    ):
        return
    returning = blocks_before_exit(cfg)
    for index, worlds in entering.items():
        for world in worlds if index not in returning and not cfg.blocks[index].panics else ():
            referenced = {
                held.id
                for place, held in world.env.items()
                if isinstance(held, Pointer) and (place.slot < 0 or cfg.variables[place.slot].kind != "temporary")
            }
            referenced |= {held.id for each in world.defers for held in each.arguments if isinstance(held, Pointer)}
            for identifier in world.objects.keys() - referenced:
                status, call = world.objects[identifier], run.record.objects[identifier].call
                if status.owner is Owner.OWNED and status.released is None and not status.doubt and call is not None:
                    run.leak(identifier, call.span, "lost")


def _run_other_closures(cfg: FunctionCfg, facts: Facts, record: Record) -> bool:
    """Function literals that were never called here run somewhere else: each is analysed by itself, its captured variables unknown."""
    solved = True
    for index in range(len(cfg.closures) - 1, -1, -1):
        if index in record.ran:
            continue
        body = cfg.closures[index]
        run = Interpreter(body.cfg, cfg, facts, record, depth=1)
        entry = World()
        entry.wild = body.captured
        if solve(body.cfg, run, entry) is None:
            solved = False
            break
        for world in run.exits:
            _leave(world, body.cfg, run)
            _find_leaks(world, body.cfg, run)
    return solved


def _unknown_summary(cfg: FunctionCfg) -> Summary:
    return Summary(cfg.name, tuple(_default_effect(cfg, slot) for slot in cfg.parameters), frozenset(), False)


def _default_effect(cfg: FunctionCfg, slot: int) -> ParameterEffect:
    return ParameterEffect.BORROWS if _is_number(cfg.variables[slot].type) else ParameterEffect.UNKNOWN


def _leaks(record: Record) -> tuple[Leak, ...]:
    found: list[Leak] = []
    for identifier, exits in sorted(record.leaks.items()):
        releases = _sorted(record.releases.get(identifier, ()))
        always = not releases and not record.kept.get(identifier) and identifier not in record.unsure
        info = record.objects[identifier]
        spans = tuple(sorted(span for span, kind in exits.items() if kind == "exit"))
        sure = frozenset(span for span in spans if (identifier, span) not in record.clean)
        if not releases:
            # Handed on under a condition, and lost at the same exit where it does not hold: the conditions may belong
            # together in a way that is not seen.
            spans = spans if always else tuple(span for span in spans if span in sure)
        if not spans and not {"loop", "lost"} & set(exits.values()):
            continue
        kinds = set(exits.values())
        found.append(Leak(info, spans, always, sure, "loop" in kinds, releases, "lost" in kinds))
    return tuple(found)


def _defers(record: Record) -> tuple[DeferFound, ...]:
    return tuple(
        DeferFound(
            seen.call,
            seen.nil,
            tuple(record.objects[identifier] for identifier in sorted(seen.objects)),
            any(record.kept.get(identifier) or identifier in record.placed for identifier in seen.objects),
            frozenset(name for identifier in seen.objects for name in record.shown.get(identifier, ())),
        )
        for _, seen in sorted(record.defers.items())
    )


def _misuses(record: Record) -> tuple[MisuseFound, ...]:
    """Only what is sure: every world at that place has it released, or no condition lay between release and use.

    One finding for each place, however many releases lead there.
    """
    places: dict[tuple[str, int, Span], list[Misuse]] = {}
    for misuse in record.misuses.values():
        places.setdefault((misuse.kind, misuse.object, misuse.span), []).append(misuse)
    found: list[MisuseFound] = []
    for (kind, identifier, span), misuses in places.items():
        always = sum(misuse.hits for misuse in misuses) >= record.visits.get((identifier, span), 0)
        sure = [misuse for misuse in misuses if always or misuse.certain]
        if sure:
            first = min(sure, key=lambda misuse: misuse.release.span)
            info = record.objects[identifier]
            found.append(MisuseFound(kind, info, span, first.release, first.by, first.deferred, always))
    return tuple(sorted(found, key=lambda one: (one.span, one.kind)))
