"""The worklist solver: fixpoints, pruned edges, and its bounds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import Block, Edge, FunctionCfg
from cgo_ls.analysis.dataflow import MAX_WORLDS, reverse_postorder, solve
from cgo_ls.analysis.ownership import Owner
from cgo_ls.text.span import Span
from tests.analysis.support import analyse, graph, verdicts

TOP = -1
"""The number that stands for any."""


@dataclass(slots=True)
class Counting:
    """Worlds are numbers, each instruction adds one: without joins a loop would never end."""

    budget: int = 10_000
    joins: int = 0
    executed: list[int] = field(default_factory=list)

    def key(self, world: int) -> Hashable:
        return world

    core = key

    def settle(self, world: int) -> int:
        return world

    def transfer(self, block: Block, world: int) -> Iterable[int]:
        self.executed.append(block.index)
        return [TOP if world == TOP else world + len(block.instructions)]

    def refine(self, world: int, condition: ir.Condition) -> int | None:
        """A Truth holds for worlds up to the number that is its key."""
        assert isinstance(condition, ir.Truth)
        return world if world == TOP or (world <= int(condition.key)) == condition.value else None

    def join(self, first: int, second: int) -> int:
        self.joins += 1
        return first if first == second else TOP

    def exhausted(self, world: int) -> bool:
        self.budget -= 1
        return self.budget < 0


STEP = ir.Return(Span(0, 0), explicit=True)


def cfg_of(*blocks: tuple[int, list[Edge]]) -> FunctionCfg:
    """Blocks as (number of instructions, edges); the last is the exit."""
    made = tuple(Block(index, (STEP,) * count, tuple(edges)) for index, (count, edges) in enumerate(blocks))
    return FunctionCfg("f", made, len(made) - 1, (), (), (), (), Span(0, 0), Span(0, 0))


def upto(number: int, value: bool) -> ir.Truth:
    return ir.Truth(str(number), frozenset(), value)


def test_reverse_postorder_visits_a_block_before_what_it_leads_to() -> None:
    cfg = graph("func f(x bool) {\nfor x {\nif x { a() } else { b() }\n}\nc()\n}")
    order = reverse_postorder(cfg)
    back = [(block.index, edge.target) for block in cfg.blocks for edge in block.edges if block.index in order]
    backward = [(source, target) for source, target in back if order[source] >= order[target]]
    assert len(backward) == 1, "only the loop leads back"
    assert order[0] == 0


def test_unreachable_blocks_get_no_worlds() -> None:
    cfg = cfg_of((1, [Edge(2)]), (1, [Edge(2)]), (0, []))
    entering = solve(cfg, Counting(), 0)
    assert entering == {0: [0], 2: [1]}


def test_contradicted_edges_are_not_taken() -> None:
    cfg = cfg_of((3, [Edge(1, upto(2, True)), Edge(2, upto(2, False))]), (1, [Edge(2)]), (0, []))
    assert solve(cfg, Counting(), 0) == {0: [0], 2: [3]}


def test_a_world_met_before_is_not_executed_again() -> None:
    cfg = cfg_of((0, [Edge(1), Edge(1)]), (0, [Edge(2)]), (0, []))
    domain = Counting()
    assert solve(cfg, domain, 0) == {0: [0], 1: [0], 2: [0]}
    assert domain.executed == [0, 1, 2]


def test_a_loop_ends_at_its_fixpoint_without_a_join() -> None:
    cfg = cfg_of((0, [Edge(1)]), (1, [Edge(1, upto(5, True)), Edge(2, upto(5, False))]), (0, []))
    domain = Counting()
    entering = solve(cfg, domain, 0)
    assert entering is not None and entering[1] == [0, 1, 2, 3, 4, 5] and entering[2] == [6]
    assert domain.joins == 0


def test_endless_new_worlds_are_joined_beyond_the_bound() -> None:
    cfg = cfg_of((0, [Edge(1)]), (1, [Edge(1), Edge(2)]), (0, []))
    domain = Counting()
    entering = solve(cfg, domain, 0)
    assert entering is not None
    assert TOP in entering[1] and TOP in entering[2]
    assert len(entering[1]) <= MAX_WORLDS + 2
    assert len(domain.executed) <= 3 * MAX_WORLDS


def test_the_budget_ends_it() -> None:
    cfg = cfg_of((0, [Edge(1)]), (1, [Edge(1), Edge(2)]), (0, []))
    assert solve(cfg, Counting(budget=5), 0) is None


def branches(count: int) -> str:
    """`count` independent ways to own something or not: 2 ** count worlds."""
    return "\n".join(f"if q() {{ a{index} = C.CString(s) }}" for index in range(count))


def test_more_worlds_than_the_bound_become_unknown_ones() -> None:
    names = ", ".join(f"a{index}" for index in range(8))
    found = analyse(f"func f(s string) {{\nvar {names} *C.char\n{branches(8)}\nC.use(a0)\n}}")
    most = max(len(worlds) for worlds in found.entering.values())
    assert most > MAX_WORLDS // 2, "the test makes too few worlds"
    merged = [worlds for worlds in found.entering.values() if len(worlds) > MAX_WORLDS]
    assert merged and all(
        any(status.owner is Owner.UNKNOWN for world in worlds for status in world.objects.values()) for worlds in merged
    )


def test_beyond_the_bound_correct_code_stays_silent() -> None:
    names = ", ".join(f"a{index}" for index in range(8))
    frees = "\n".join(f"C.free(unsafe.Pointer(a{index}))" for index in range(8))
    assert verdicts(f"var {names} *C.char\n{branches(8)}\n{frees}", "s string") == []
    frees = "\n".join(f"if a{index} != nil {{ C.free(unsafe.Pointer(a{index})) }}" for index in range(8))
    assert verdicts(f"var {names} *C.char\n{branches(8)}\n{frees}", "s string") == []


def test_beyond_the_budget_nothing_is_said() -> None:
    from cgo_ls.analysis.facts import Facts
    from cgo_ls.analysis.function import analyse_function
    from cgo_ls.syntax.go_nodes import function_node
    from cgo_ls.syntax.go_parser import parse_go
    from tests.analysis.support import Surroundings

    body = "\n".join(f"if q() {{ p{index} := C.CString(s); C.use(p{index}) }} else {{ r() }}" for index in range(800))
    root = parse_go(f"func f(s string) {{\n{body}\n}}".encode())
    node = function_node(root)
    assert node is not None
    found = analyse_function(root, node, "f", Facts(Surroundings()))  # pyright: ignore[reportArgumentType]
    assert found is not None and not found.solved
    assert found.leaks == () and found.misuses == ()
    assert found.summary.results == frozenset()
