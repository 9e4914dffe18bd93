"""What a call does to a world: by the effects of C functions, the summaries of Go functions, and a short table of the standard library."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cgo_ls.analysis import ir
from cgo_ls.analysis.effects import CEffects, ParameterEffect, ResultEffect, points_to_const
from cgo_ls.analysis.expressions import BASIC_TYPES
from cgo_ls.analysis.out_parameters import answer, doubt_result, fill, pass_on
from cgo_ls.analysis.ownership import (
    Abstract,
    ObjectInfo,
    OutcomeOf,
    Owner,
    Pointer,
    Release,
    ResultOf,
    World,
    content_slot,
)
from cgo_ls.analysis.places import ELEMENT, IN_PLACE, Place
from cgo_ls.model.cdecl import CFunction

if TYPE_CHECKING:
    from cgo_ls.analysis.facts import Facts
    from cgo_ls.analysis.interpreter import Interpreter
    from cgo_ls.analysis.summaries import Summary
    from cgo_ls.text.span import Span

QUIET_PACKAGES = (
    "fmt.",
    "log.",
    "errors.",
    "strings.",
    "bytes.",
    "strconv.",
    "time.",
    "runtime.",
    "reflect.",
    "testing.",
    "slog.",
    "sort.",
)
"""Packages whose functions neither keep nor free a C pointer that they are shown."""
NEVER_RETURN = frozenset(
    [
        "os.Exit",
        "log.Fatal",
        "log.Fatalf",
        "log.Fatalln",
        "log.Panic",
        "log.Panicf",
        "log.Panicln",
        "runtime.Goexit",
        "syscall.Exit",
    ]
)
NON_NIL_RESULTS = frozenset({"errors.New", "fmt.Errorf"})
KEEPERS = frozenset({"runtime.SetFinalizer", "runtime.AddCleanup", "reflect.ValueOf", "reflect.NewAt"})
NUMBERS = BASIC_TYPES - {"any", "error", "string", "uintptr"}
GROWING = frozenset({"realloc", "reallocarray", "reallocf"})
"""Functions that release their argument only when they succeed."""


def apply_call(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World, deferred: bool
) -> list[World]:
    """The worlds after a call; [] when it does not return."""
    for slot in call.results:
        world.assign(Place(slot), ir.UNKNOWN)
    worlds = _apply(run, call, arguments, world, deferred)
    if call.results and any(isinstance(argument, (OutcomeOf, ir.AddressOf)) for argument in arguments):
        for after in worlds:
            pass_on(call, arguments, after)
    return worlds


def _apply(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World, deferred: bool
) -> list[World]:
    kind, name = call.callee.kind, call.callee.name
    if kind == "c":
        return _c_call(run, call, arguments, world, deferred)
    if kind == "builtin":
        _builtin_call(run, call, arguments, world)
        return [world]
    if kind == "package":
        return _package_call(run, call, arguments, world)
    if kind == "value":
        return _value_call(run, call, arguments, world, deferred)
    summary = run.facts.method_summary(name, call.receiver_type) if kind == "method" else run.facts.go_summary(name)
    if summary is not None:
        return _go_call(run, call, arguments, summary, world, deferred)
    if kind == "go" and len(arguments) == 1 and run.facts.is_go_type(name):
        held = arguments[0]
        if isinstance(held, Pointer) and not held.certain and _is_number(run.facts, name):
            held = ir.UNKNOWN
        for slot in call.results[:1]:
            world.assign(Place(slot), held)
        return [world]
    _give_away(run, call, arguments, world, f"given to {name.lstrip('.')}")
    return [world]


def _is_number(facts: Facts, name: str) -> bool:
    """Whether the package's Go type is a number or a bool: no pointer can be in what Go converts to it, save for uintptr."""
    declared = facts.go_type(name)
    return declared is not None and declared.underlying in NUMBERS


def _builtin_call(run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World) -> None:
    if call.callee.name == "copy":
        for value in call.arguments[1:]:
            run.escape_value(value, world, Owner.ESCAPED, "copied to a slice")
    if call.callee.name != "append" or not arguments:
        return
    slice_value = call.arguments[0]
    place = run.resolve(slice_value.place, world, None) if isinstance(slice_value, ir.Load) else None
    local = place is not None and not place.imprecise and not run.is_outside(place, place, world)
    for value, held in zip(call.arguments[1:], arguments[1:], strict=True):
        if place is not None and local:
            run.assign_element(place.inside(ELEMENT), value, held, world)
        else:
            run.escape_value(value, world, Owner.ESCAPED, "appended to a slice")
    for slot in call.results[:1]:
        if place is not None:
            run.copy_place(place, Place(slot), world)
        elif isinstance(arguments[0], Pointer):
            world.assign(Place(slot), arguments[0])
        if not isinstance(world.env.get(Place(slot)), Pointer):
            world.env[Place(slot)] = ir.NON_NIL if place is None or local else ir.UNKNOWN


def _give_away(run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World, reason: str) -> None:
    """Nothing is known of the callee: what it gets, and what structs it gets hold, is no longer followed."""
    for argument, value in zip(arguments, call.arguments, strict=False):
        run.escape(argument, world, Owner.UNKNOWN, reason)
        if isinstance(value, ir.Load) and isinstance(argument, (ir.Unknown, ir.Nil, ir.NonNil)):
            run.escape_value(value, world, Owner.UNKNOWN, reason)


def _package_call(run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World) -> list[World]:
    name = call.callee.name
    if name in NEVER_RETURN:
        return []
    if name in NON_NIL_RESULTS:
        for slot in call.results:
            world.assign(Place(slot), ir.NON_NIL)
    if not name.startswith(QUIET_PACKAGES) or name in KEEPERS:
        _give_away(run, call, arguments, world, f"given to {name}")
    return [world]


def _value_call(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World, deferred: bool
) -> list[World]:
    function = arguments[0] if arguments else ir.UNKNOWN
    if isinstance(function, ir.Closure):
        return run.run_closure(function.index, call, arguments[1:], world, deferred)
    _give_away(run, call, arguments, world, "given to a function value")
    return [world]


# --- C


def _c_call(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], world: World, deferred: bool
) -> list[World]:
    name = call.callee.name
    if run.facts.is_c_type(name):
        for slot in call.results[:1]:
            world.assign(Place(slot), arguments[0] if arguments else ir.UNKNOWN)
        return [world]
    effects = run.facts.c_effects(name, len(arguments))
    filled: list[int] = []
    transfers = any(_is_destructor(run.facts, argument) for argument in arguments)
    for index, argument in enumerate(arguments):
        effect = effects.parameter(index)
        if transfers and effect is not ParameterEffect.TAKES:
            effect = ParameterEffect.UNKNOWN
        if effect is ParameterEffect.FILLS and isinstance(argument, ir.AddressOf):
            understood, identifier = fill(run, call, index, argument.place, effects, world)
            filled += [] if identifier is None else [identifier]
            if understood:
                continue
        if isinstance(argument, ir.AddressOf) and (index in effects.ends or index in effects.empties):
            _release_behind(run, call, index, argument.place, effects, world, deferred)
            continue
        _c_argument(run, call, index, argument, effect, effects, world, deferred)
    if effects.never_returns:
        return []
    _c_result(run, call, arguments, effects, world)
    if filled:
        result = world.env.get(Place(call.results[0])) if call.results else None
        if isinstance(result, Pointer):
            doubt_result(run, tuple(filled), world, result.id)
        answer(call, tuple(filled), effects, world)
    _note_counts(call, arguments, filled, world)
    return [world]


def _note_counts(call: ir.Call, arguments: tuple[Abstract, ...], filled: list[int], world: World) -> None:
    """`p := C.make(&n)`: n tells how much memory there is, and 0 that there may be none."""
    made = world.env.get(Place(call.results[0])) if call.results else None
    ids = (*filled, made.id) if isinstance(made, Pointer) and not made.interior else tuple(filled)
    for argument in arguments if ids else ():
        if isinstance(argument, ir.AddressOf) and isinstance(world.env.get(argument.place), ir.Unknown):
            world.assign(argument.place, OutcomeOf(ids, "count"))


def _hearsay(effects: CEffects, index: int) -> bool:
    """Whether "borrows" rests on a name alone."""
    return effects.origin == "name" or index in effects.hearsay


_PLAIN_MEMORY = frozenset({"", "free", "g_free", "g_strfreev", "sqlite3_free", "SDL_free", "curl_free"})


def _is_resource(info: ObjectInfo) -> bool:
    """More than bytes: a FILE, an object of a library. A function that is not in the tables may become its owner."""
    return info.origin in ("table", "project") and info.releaser not in _PLAIN_MEMORY


def _is_destructor(facts: Facts, argument: Abstract) -> bool:
    """A C function as an argument: whoever gets it beside a pointer may call it on the pointer. C constants are no functions."""
    if not isinstance(argument, ir.FunctionReference) or not argument.name.startswith("C."):
        return False
    name = argument.name[2:]
    resolved = facts.resolve_c(name)
    if resolved is not None:
        return resolved.kind == "function"
    return not {ParameterEffect.TAKES, ParameterEffect.UNKNOWN}.isdisjoint(facts.c_effects(name, 1).parameters)


def _c_argument(
    run: Interpreter,
    call: ir.Call,
    index: int,
    argument: Abstract,
    effect: ParameterEffect,
    effects: CEffects,
    world: World,
    deferred: bool,
) -> None:
    name, span = call.callee.name, call.argument_spans[index]
    if effect is ParameterEffect.TAKES:
        if name in GROWING:
            run.touch(argument, world, span)
            run.escape(argument, world, Owner.UNKNOWN, f"given to C.{name}")
        elif _frees(effects, index):
            run.release(argument, call.arguments[index], call, f"C.{name}", name, world, deferred)
        else:
            run.touch(argument, world, span)
            run.escape(argument, world, Owner.ESCAPED, f"owned by C.{name} from here")
            if deferred and isinstance(argument, Pointer) and (status := world.objects.get(argument.id)) is not None:
                world.objects[argument.id] = replace(status, dropped=Release(call.span, f"C.{name}", True, name))
        return
    run.touch(argument, world, span, by=f"C.{name}")
    _look_inside(run, call, index, argument, world)
    if isinstance(argument, ir.AddressOf):
        _hand_on_contents(run, argument, index, effects, world)
        _c_address(run, argument, effect, name, span, world)
    elif effect in (ParameterEffect.HOLDS, ParameterEffect.UNKNOWN):
        owner = Owner.ESCAPED if effect is ParameterEffect.HOLDS else Owner.UNKNOWN
        run.escape(
            argument,
            world,
            owner,
            f"kept by C.{name}" if owner is Owner.ESCAPED else f"perhaps kept or freed by C.{name}",
        )
        _hand_on_struct(run, call.arguments[index], argument, world, f"kept by C.{name}")
    elif index in effects.frees_fields and not isinstance(argument, Pointer):
        _hand_on_struct(run, call.arguments[index], argument, world, f"perhaps freed by C.{name}")
    elif isinstance(argument, Pointer) and _hearsay(effects, index) and _is_resource(run.record.objects[argument.id]):
        run.escape(argument, world, Owner.UNKNOWN, f"perhaps owned by C.{name} from here")
    elif isinstance(argument, Pointer):
        for place, held in world.below(Place(content_slot(argument.id))):
            status = world.objects.get(held.id) if isinstance(held, Pointer) else None
            if status is None or status.released is not None:
                world.env.pop(place, None)
    elif not isinstance(argument, (ir.Unknown, ir.Constant, ir.Nil, ir.NonNil)):
        run.escape(argument, world, Owner.UNKNOWN, f"given to C.{name}")


def _release_behind(
    run: Interpreter, call: ir.Call, index: int, place: Place, effects: CEffects, world: World, deferred: bool
) -> None:
    """`C.regfree(&re)`, `C.av_frame_free(&frame)`: what stands at the address is released; in the second form nil stays behind."""
    name = call.callee.name
    target = place.inside(IN_PLACE) if index in effects.ends else place
    held = world.env.get(target)
    if isinstance(held, Pointer):
        run.release(held, None, call, f"C.{name}", name, world, deferred)
    elif index in effects.ends and not place.imprecise and place.slot >= 0 and place.slot not in world.wild:
        run.release(ir.UNKNOWN, ir.Load(target, call.argument_spans[index]), call, f"C.{name}", name, world, deferred)
    if index in effects.empties:
        world.assign(place, ir.NIL)


def _look_inside(run: Interpreter, call: ir.Call, index: int, argument: Abstract, world: World) -> None:
    """A struct given by value is read, and so is one behind a pointer to const; of any other pointer nobody knows what C reads."""
    span, by = call.argument_spans[index], f"C.{call.callee.name}"
    value = call.arguments[index]
    kinds = _declared_kinds(run.facts, call.callee.name, index)
    if isinstance(argument, ir.AddressOf):
        if any(points_to_const(kind) for kind in kinds):
            run.touch_inside(argument, world, span, by)
    elif isinstance(value, ir.Load) and not isinstance(argument, Pointer):
        if not kinds or any("*" in kind and not points_to_const(kind) for kind in kinds):
            return
        place = run.resolve(value.place, world, None)
        if place is not None and not place.imprecise and any(other != place for other, _ in world.below(place)):
            run.touch_inside(ir.AddressOf(place), world, span, by)


def _declared_kinds(facts: Facts, name: str, index: int) -> list[str]:
    """The C types that declarations give parameter `index` of a function; [] where none is seen, and of a macro."""
    resolved = facts.resolve_c(name)
    functions = [
        each for each in (resolved.declarations if resolved is not None else ()) if isinstance(each, CFunction)
    ]
    return [each.parameters[index].type for each in functions if index < len(each.parameters)]


def _hand_on_struct(run: Interpreter, value: ir.Value, argument: Abstract, world: World, reason: str) -> None:
    """A struct given by value goes with what its fields hold."""
    if isinstance(value, ir.Load) and isinstance(argument, (ir.Unknown, ir.NonNil)):
        run.escape_value(value, world, Owner.UNKNOWN, reason)


def _hand_on_contents(run: Interpreter, argument: ir.AddressOf, index: int, effects: CEffects, world: World) -> None:
    """What stands at an address that C is given, or in the elements there: C may free it, or become a resource's owner."""
    for place, held in world.below(Place(argument.place.slot)):
        if not isinstance(held, Pointer) or place.path[-1:] == (IN_PLACE,):
            continue
        if index in effects.frees_fields or (_hearsay(effects, index) and _is_resource(run.record.objects[held.id])):
            run.escape(held, world, Owner.UNKNOWN, f"perhaps freed by C.{effects.name}")


def _frees(effects: CEffects, index: int) -> bool:
    """Whether taking means freeing at once: known of the body or the table, not only that ownership moves."""
    return index in effects.frees


def _freed_unused(run: Interpreter, held: Pointer, world: World) -> bool:
    """Whether memory was freed before anything was done with it: whoever then gets the address of its variable was to have it.
    After a use the variable may as well wait to be filled anew."""
    status, info = world.objects.get(held.id), run.record.objects[held.id]
    if status is None or status.released is None or status.released.deferred or info.kind != "call":
        return False
    return not any(
        identifier == held.id and span.start < status.released.span.start for identifier, span in run.record.visits
    )


def _c_address(
    run: Interpreter, argument: ir.AddressOf, effect: ParameterEffect, name: str, span: Span, world: World
) -> None:
    """C is given the address of a Go variable: it may fill it. What a struct points to stays ours while C only borrows."""
    if effect in (ParameterEffect.HOLDS, ParameterEffect.UNKNOWN):
        run.escape(argument, world, Owner.UNKNOWN, f"its address is given to C.{name}")
        return
    held = world.env.get(argument.place)
    if isinstance(held, Pointer):
        if _freed_unused(run, held, world):
            run.touch(held, world, span, by=f"C.{name}")
        world.set_owner(held.id, Owner.UNKNOWN, f"its address is given to C.{name}")
    if not isinstance(held, ir.NonNil) and not any(place != argument.place for place, _ in world.below(argument.place)):
        world.assign(argument.place, ir.UNKNOWN)


def _c_result(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], effects: CEffects, world: World
) -> None:
    result = effects.result
    if result.releaser and (result.kind == "owned" or _made_for_nil(result, arguments)):
        info = ObjectInfo(
            "call",
            result.releaser,
            f"C.{call.callee.name}",
            call.span,
            "",
            result.nullable,
            call,
            effects.origin,
            by_value=-1 in effects.by_value,
        )
        identifier = run.acquire(("call", call.site), call, info, world)
        if result.nullable and not (effects.origin == "table" and result.releaser == "free"):
            # A failure may be asked for in many ways; then there is nothing to release. malloc and its like hardly fail.
            world.objects[identifier] = replace(world.objects[identifier], doubt="open")
        values: tuple[Abstract, ...] = (Pointer(identifier), ResultOf(identifier))
        for slot, value in zip(call.results, values, strict=False):
            world.assign(Place(slot), value)
    elif result.kind == "borrowed" and call.results:
        info = ObjectInfo("lent", result.releaser, f"C.{call.callee.name}", call.span, "", True, call, effects.origin)
        identifier = run.acquire(("call", call.site), call, info, world, Owner.BORROWED)
        world.assign(Place(call.results[0]), Pointer(identifier))
    elif result.kind == "parameter" and result.parameter is not None and result.parameter < len(arguments):
        _alias_result(call, arguments[result.parameter], world, interior=not result.exact)
    elif len(arguments) == 1 and effects.origin == "name" and result.kind == "unknown":
        _alias_result(call, arguments[0], world, interior=True, certain=False)


def _made_for_nil(result: ResultEffect, arguments: tuple[Abstract, ...]) -> bool:
    """`C.realpath(path, nil)`: the function returns what it is given, and makes it where it is given nothing."""
    index = result.parameter
    return (
        result.kind == "parameter"
        and index is not None
        and index < len(arguments)
        and isinstance(arguments[index], ir.Nil)
    )


def _alias_result(call: ir.Call, value: Abstract, world: World, interior: bool, certain: bool = True) -> None:
    if call.results and isinstance(value, Pointer):
        world.assign(Place(call.results[0]), replace(value, interior=interior, certain=value.certain and certain))


# --- Go functions of the package


def _go_call(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], summary: Summary, world: World, deferred: bool
) -> list[World]:
    offset = 1 if call.callee.kind == "method" else 0
    name = call.callee.name.lstrip(".")
    if offset:
        run.escape(arguments[0], world, Owner.UNKNOWN, f"its method {name} is called")
    for index, argument in enumerate(arguments[offset:]):
        effect = summary.parameters[index] if index < len(summary.parameters) else ParameterEffect.UNKNOWN
        if effect is ParameterEffect.BORROWS:
            run.touch(argument, world, call.argument_spans[index + offset], by=name)
        if effect is ParameterEffect.TAKES and isinstance(argument, Pointer):
            function = summary.releasers[index] if index < len(summary.releasers) else ""
            run.release(argument, call.arguments[index + offset], call, name, function, world, deferred)
        elif effect is not ParameterEffect.BORROWS or not isinstance(argument, Pointer):
            owner = Owner.ESCAPED if effect is ParameterEffect.HOLDS else Owner.UNKNOWN
            run.escape(argument, world, owner, f"given to {name}")
            if not isinstance(argument, Pointer):
                run.escape_value(call.arguments[index + offset], world, owner, f"given to {name}")
    if summary.never_returns:
        return []
    return _go_results(run, call, arguments[offset:], summary, world)


def _go_results(
    run: Interpreter, call: ir.Call, arguments: tuple[Abstract, ...], summary: Summary, world: World
) -> list[World]:
    """One world for each way the function can return: (owned, nil), (nil, error)."""
    cases = sorted(summary.results)
    if not cases or not any(atom.startswith(("owned:", "parameter:")) for case in cases for atom in case):
        return [world]
    worlds: list[World] = []
    for case in cases:
        after = world.copy() if len(cases) > 1 else world
        for index, atom in enumerate(case):
            value: Abstract = {"nil": ir.NIL, "nonnil": ir.NON_NIL}.get(atom, ir.UNKNOWN)
            if atom.startswith("owned:"):
                name = call.callee.name.lstrip(".")
                info = ObjectInfo("call", atom[6:], name, call.span, "", False, call, summary.note)
                keyed = replace(call, site=call.site * 100 + 100_000 + index)
                identifier = run.acquire(("call", keyed.site), keyed, info, after)
                value = Pointer(identifier)
            elif atom.startswith("constant:"):
                value = ir.Constant(atom[9:])
            elif atom.startswith("parameter:"):
                position = int(atom[10:])
                value = arguments[position] if position < len(arguments) else ir.UNKNOWN
            if index < len(call.results):
                after.assign(Place(call.results[index]), value)
        worlds.append(after)
    return worlds


def concerns_memory(call: ir.Call, facts: Facts) -> bool:
    """Whether a call can acquire or release C memory, or ends the function: without any such call nothing can be found."""
    kind, name = call.callee.kind, call.callee.name
    if kind == "c":
        if facts.is_c_type(name):
            return False
        effects = facts.c_effects(name, len(call.arguments))
        if effects.result.kind == "owned" or effects.never_returns:
            return True
        taken = ParameterEffect.TAKES in effects.parameters or ParameterEffect.FILLS in effects.parameters
        return taken or bool(effects.ends)
    if kind == "package":
        return name in NEVER_RETURN
    if kind not in ("go", "method"):
        return False
    summary = facts.method_summary(name, call.receiver_type) if kind == "method" else facts.go_summary(name)
    if summary is None:
        return False
    owned = any(atom.startswith("owned:") for case in summary.results for atom in case)
    return owned or summary.never_returns or ParameterEffect.TAKES in summary.parameters
