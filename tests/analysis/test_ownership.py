"""The ownership lattice: laws of its join, and what single steps do to a world."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cgo_ls.analysis import ir
from cgo_ls.analysis.ownership import (
    Abstract,
    Deferred,
    Owner,
    Pointer,
    Release,
    Status,
    World,
    content_slot,
    join,
)
from cgo_ls.analysis.places import ELEMENT, Place
from cgo_ls.text.span import Span

IDS = st.integers(0, 3)
LEAVING = Span(90, 96)
RELEASES = st.sampled_from([Release(Span(10, 20), "C.free", False), Release(Span(30, 40), "C.free", True)])
STATUSES = st.builds(Status, st.sampled_from(Owner), st.none() | RELEASES, st.booleans())
PLACES = st.sampled_from(
    [Place(0), Place(0, ("a",)), Place(0, ("a", "b")), Place(1), Place(2, ("[0]",)), Place(content_slot(1), ("name",))]
)
VALUES: st.SearchStrategy[Abstract] = st.one_of(
    st.builds(Pointer, IDS, st.booleans(), st.booleans()),
    st.sampled_from([ir.NIL, ir.NON_NIL, ir.UNKNOWN, ir.Constant("true"), ir.AddressOf(Place(1)), ir.Closure(0)]),
)
FACTS = st.dictionaries(st.sampled_from(["x @0", "n < 3 @1"]), st.tuples(st.booleans(), st.just(frozenset({0}))))


def a_call(site: int) -> ir.Call:
    span = Span(site, site + 1)
    return ir.Call(ir.Callee("c", "free"), (ir.UNKNOWN,), (span,), (), site, span, span, span)


DEFERS = st.lists(
    st.builds(lambda site, value: Deferred(a_call(site), (value,)), st.integers(0, 2), VALUES), max_size=2
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World()
    for place, value in draw(st.dictionaries(PLACES, VALUES)).items():
        world.env[place] = value
    world.objects = draw(st.dictionaries(IDS, STATUSES))
    world.facts = draw(FACTS)
    world.defers = tuple(draw(DEFERS))
    world.wild = frozenset(draw(st.sets(st.integers(0, 3))))
    world.leaving = draw(st.sampled_from([None, LEAVING]))
    return world


@given(worlds())
def test_join_is_idempotent(world: World) -> None:
    """Up to places that are known to be unknown, which say nothing."""
    assert join(world, world).key() == world.key()


@given(worlds(), worlds())
def test_join_is_commutative(first: World, second: World) -> None:
    assert join(first, second).key() == join(second, first).key()


@settings(max_examples=300)
@given(worlds(), worlds(), worlds())
def test_join_is_associative_for_objects_and_places(first: World, second: World, third: World) -> None:
    left, right = join(join(first, second), third), join(first, join(second, third))
    assert left.env == right.env
    assert left.objects == right.objects
    assert left.wild == right.wild


@settings(max_examples=300)
@given(worlds(), worlds())
def test_what_is_joined_says_no_more_than_either(first: World, second: World) -> None:
    """An object is what both say, or unknown; so is a place; a condition is known only where both know it."""
    joined = join(first, second)
    for identifier, status in joined.objects.items():
        agreed = first.objects.get(identifier) == second.objects.get(identifier) == status
        assert agreed or status == Status(Owner.UNKNOWN)
    assert joined.objects.keys() >= first.objects.keys() | second.objects.keys()
    for place, value in joined.env.items():
        assert value == ir.UNKNOWN or value == first.env.get(place) == second.env.get(place)
    assert all(first.facts[key] == second.facts[key] == fact for key, fact in joined.facts.items())
    assert joined.wild >= first.wild | second.wild


@given(worlds(), worlds(), IDS)
def test_unknown_is_the_top_of_each_object(first: World, second: World, identifier: int) -> None:
    first.objects[identifier] = Status(Owner.UNKNOWN)
    assert join(first, second).objects[identifier] == Status(Owner.UNKNOWN)
    assert join(second, first).objects[identifier] == Status(Owner.UNKNOWN)


@given(worlds(), worlds())
def test_joining_again_changes_nothing(first: World, second: World) -> None:
    """The solver stops: a world that is part of a join already makes no new one."""
    joined = join(first, second)
    assert join(joined, first).key() == joined.key()
    assert join(joined, second).key() == joined.key()


@given(worlds(), IDS, st.sampled_from(Owner))
def test_an_unknown_owner_stays(world: World, identifier: int, owner: Owner) -> None:
    world.objects[identifier] = Status(Owner.UNKNOWN)
    world.set_owner(identifier, owner)
    assert world.objects[identifier].owner is Owner.UNKNOWN


@given(worlds(), PLACES, VALUES)
def test_assigning_forgets_what_was_inside_and_what_was_known_of_the_variable(
    world: World, place: Place, value: Abstract
) -> None:
    world.assign(place, value)
    assert [other for other in world.env if place.covers(other) and other != place] == []
    assert world.env.get(place, ir.UNKNOWN) == value
    assert all(place.slot not in slots for _, slots in world.facts.values())


@given(worlds(), IDS)
def test_a_forgotten_object_is_named_nowhere(world: World, identifier: int) -> None:
    world.forget_object(identifier)
    assert identifier not in world.objects
    assert all(not (isinstance(value, Pointer) and value.id == identifier) for value in world.env.values())
    assert all(place.slot != content_slot(identifier) for place in world.env)
    assert all(
        not (isinstance(value, Pointer) and value.id == identifier) for one in world.defers for value in one.arguments
    )


@given(worlds(), PLACES, VALUES)
def test_a_copy_does_not_change_with_its_original(world: World, place: Place, value: Abstract) -> None:
    before = world.key()
    other = world.copy()
    other.assign(place, value)
    other.objects[0] = Status(Owner.ESCAPED)
    other.facts["new @0"] = (True, frozenset())
    other.wild |= {9}
    assert world.key() == before


def test_places() -> None:
    assert Place(1).covers(Place(1, ("a",))) and Place(1, ("a",)).covers(Place(1, ("a",)))
    assert not Place(1, ("a",)).covers(Place(1)) and not Place(1).covers(Place(2))
    assert Place(1).inside("a").inside(ELEMENT).imprecise and not Place(1, ("[3]",)).imprecise
