"""Random Go functions around C memory: small ones whose every execution can be tried, and mutations of text.

A program is a tree of statements. `execute` runs it on all choices its conditions have (loops up to ROUNDS times), and tells what
went wrong on each way through: the truth that the analysis is held against.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from cgo_ls.analysis.interpreter import MAX_CLOSURE_DEPTH

ROUNDS = 3
MOST_PATHS = 3000


@dataclass(frozen=True, slots=True)
class Statement:
    """kind: new, free, use, nil, copy, defer, return, break, continue, if, loop, switch, literal (called at once), later (deferred).

    `variable` (and `other` for copy) is p or r; `condition` is q() (free choice at every test), x or !x (chosen once), or a
    comparison of `variable` with nil; `blocks` are the branches; `number` tells statements apart; `label` is where a break or continue
    leads, or the label of a loop.
    """

    kind: str
    number: int
    variable: str = "p"
    other: str = ""
    condition: str = ""
    blocks: tuple[tuple[Statement, ...], ...] = ()
    label: str = ""


@dataclass(slots=True)
class Writer:
    """Random programs of about `size` statements. `aliases`: also copies between two variables; `defers`: also deferred calls
    and function literals, outside of loops; `literals`: also function literals called at once."""

    source: random.Random
    size: int
    aliases: bool = True
    defers: bool = True
    literals: bool = False
    count: int = 0
    labels: list[str] = field(default_factory=list)
    loops: int = 0
    nested: int = 0

    def program(self) -> tuple[Statement, ...]:
        """It allocates first: while there is no memory yet, the analysis does not remember flags."""
        self.count = 1
        return (Statement("new", 1), *self.block(0))

    def block(self, depth: int) -> tuple[Statement, ...]:
        made: list[Statement] = []
        for _ in range(self.source.randint(1, 4 if depth else 6)):
            if self.count >= self.size:
                break
            made.append(self.statement(depth))
            if made[-1].kind in ("return", "break", "continue"):
                break
        return tuple(made)

    def statement(self, depth: int) -> Statement:
        self.count += 1
        number, choice = self.count, self.source.random()
        variable = self.source.choice("pr") if self.aliases else "p"
        if choice < 0.52 or depth > 3:
            kinds = ["new", "new", "free", "free", "free", "use", "nil"] + ["copy"] * self.aliases
            kind = self.source.choice(kinds + ["defer"] * (self.defers and not self.loops))
            return Statement(kind, number, variable, "r" if variable == "p" else "p")
        if choice < 0.64 and depth:
            jumps = ["return"] + ["break", "continue"] * bool(self.labels)
            kind = self.source.choice(jumps)
            return Statement(kind, number, label=self.source.choice(self.labels) if self.labels else "")
        if choice < 0.7 and self.literals and self.nested < MAX_CLOSURE_DEPTH:
            later = self.defers and not self.loops and self.source.random() < 0.5
            return Statement("later" if later else "literal", number, blocks=(self.literal(depth),))
        if choice < 0.86:
            blocks = (self.block(depth + 1), self.block(depth + 1) if self.source.random() < 0.5 else ())
            return Statement("if", number, variable, condition=self.condition(variable), blocks=blocks)
        if choice < 0.93:
            count = self.source.randint(1, 3)
            return Statement("switch", number, blocks=tuple(self.block(depth + 1) for _ in range(count)))
        label = f"l{number}"
        self.labels.append(label)
        self.loops += 1
        body = self.block(depth + 1)
        self.loops -= 1
        self.labels.pop()
        return Statement(
            "loop", number, variable, condition=self.condition(variable, loop=True), blocks=(body,), label=label
        )

    def literal(self, depth: int) -> tuple[Statement, ...]:
        """The body of a function literal: it cannot jump to labels outside."""
        labels, self.labels = self.labels, []
        loops, self.loops = self.loops, 0
        self.nested += 1
        body = self.block(depth + 1)
        self.labels, self.loops, self.nested = labels, loops, self.nested - 1
        return body

    def condition(self, variable: str, loop: bool = False) -> str:
        tests = [] if loop else ["x", "!x", f"{variable} == nil", f"{variable} != nil"]
        return self.source.choice(["q()", "q()", "q()", *tests])


def render(program: tuple[Statement, ...]) -> tuple[str, dict[tuple[int, int], int]]:
    """Go text of a function, and which statement the call at each byte span is (allocating, freeing and using calls)."""
    lines: list[str] = ["func f(x bool, s string) {", "var p, r *C.char"]
    calls: dict[tuple[int, int], int] = {}
    at = sum(len(line) + 1 for line in lines)

    def emit(line: str, number: int = 0, call: str = "") -> None:
        nonlocal at
        if call:
            calls[at + line.index(call), at + line.index(call) + len(call)] = number
        lines.append(line)
        at += len(line) + 1

    def write(block: tuple[Statement, ...], labels: frozenset[str]) -> None:
        for one in block:
            name = one.variable
            match one.kind:
                case "new":
                    emit(f"{name} = C.CString(s)", one.number, "C.CString(s)")
                case "free" | "defer":
                    call = f"C.free(unsafe.Pointer({name}))"
                    emit(call if one.kind == "free" else f"defer {call}", one.number, call)
                case "use":
                    emit(f"C.use({name})", one.number, name + ")")
                case "nil":
                    emit(f"{name} = nil")
                case "copy":
                    emit(f"{name} = {one.other}")
                case "if":
                    emit(f"if {one.condition} {{")
                    write(one.blocks[0], labels)
                    if one.blocks[1]:
                        emit("} else {")
                        write(one.blocks[1], labels)
                    emit("}")
                case "switch":
                    emit("switch {")
                    for index, inner in enumerate(one.blocks):
                        emit("default:" if index == len(one.blocks) - 1 else "case q():")
                        write(inner, labels)
                    emit("}")
                case "loop":
                    emit(f"{one.label}:")
                    emit(f"for {one.condition} {{")
                    write(one.blocks[0], labels | {one.label})
                    emit("}")
                case "literal" | "later":
                    emit("func() {" if one.kind == "literal" else "defer func() {")
                    write(one.blocks[0], frozenset())
                    emit("}()")
                case "return":
                    emit("return")
                case _:
                    emit(f"{one.kind} {one.label}")

    write(program, frozenset())
    emit("}")
    return "\n".join(lines), calls


@dataclass(slots=True)
class Truth:
    """What happens on the ways through a program, by statement number.

    leaked: sites whose memory is lost on some way. misused: statements that meet freed memory on some way; `met`: on how many of the
    `reached` times they are reached. `whole` False: there are too many ways, not all were tried.
    """

    leaked: set[int] = field(default_factory=set)
    misused: set[int] = field(default_factory=set)
    reached: dict[int, int] = field(default_factory=dict)
    met: dict[int, int] = field(default_factory=dict)
    whole: bool = True


class _Jump(Exception):
    def __init__(self, kind: str, label: str) -> None:
        self.kind, self.label = kind, label


@dataclass(slots=True)
class _Run:
    """One way through: answers to the questions it asks, in order; beyond `answers` everything is False, and recorded."""

    truth: Truth
    answers: list[bool]
    asked: int = 0
    variables: dict[str, int | None] = field(default_factory=lambda: {"p": None, "r": None})
    live: dict[int, int] = field(default_factory=dict)  # block of memory -> statement that made it
    freed: set[int] = field(default_factory=set)
    defers: list[tuple[Statement, int | None]] = field(default_factory=list)
    blocks: int = 0
    flag: bool | None = None

    def ask(self) -> bool:
        if self.asked == len(self.answers):
            self.answers.append(False)
        self.asked += 1
        return self.answers[self.asked - 1]

    def holds(self, one: Statement) -> bool:
        if one.condition == "q()":
            return self.ask()
        if one.condition in ("x", "!x"):
            if self.flag is None:
                self.flag = self.ask()
            return self.flag == (one.condition == "x")
        return (self.variables[one.variable] is None) == one.condition.endswith("== nil")

    def touch(self, number: int, memory: int | None, frees: bool) -> None:
        self.truth.reached[number] = self.truth.reached.get(number, 0) + 1
        if memory is None:
            return
        if memory in self.freed:
            self.truth.misused.add(number)
            self.truth.met[number] = self.truth.met.get(number, 0) + 1
        elif frees:
            self.freed.add(memory)

    def run(self, block: tuple[Statement, ...]) -> None:
        for one in block:
            self.step(one)

    def step(self, one: Statement) -> None:
        match one.kind:
            case "new":
                self.blocks += 1
                self.live[self.blocks] = one.number
                self.variables[one.variable] = self.blocks
            case "free" | "use":
                self.touch(one.number, self.variables[one.variable], one.kind == "free")
            case "defer":
                self.defers.append((one, self.variables[one.variable]))
            case "later":
                self.defers.append((one, None))
            case "literal":
                self.function(one.blocks[0])
            case "nil" | "copy":
                self.variables[one.variable] = None if one.kind == "nil" else self.variables[one.other]
            case "if":
                self.run(one.blocks[0 if self.holds(one) else 1])
            case "switch":
                self.run(next((inner for inner in one.blocks[:-1] if self.ask()), one.blocks[-1]))
            case "loop":
                self.loop(one)
            case _:
                raise _Jump(one.kind, one.label)

    def loop(self, one: Statement) -> None:
        for _ in range(ROUNDS):
            if not self.holds(one):
                return
            try:
                self.run(one.blocks[0])
            except _Jump as jump:
                if jump.label != one.label or jump.kind == "return":
                    raise
                if jump.kind == "break":
                    return
        # More rounds would be possible: this way is not followed further.
        raise _Jump("abandon", "")

    def function(self, body: tuple[Statement, ...]) -> None:
        """Run a body to its end or return, then what it deferred."""
        outer, self.defers = self.defers, []
        try:
            self.run(body)
        except _Jump as jump:
            if jump.kind != "return":
                raise
        while self.defers:
            one, memory = self.defers.pop()
            if one.kind == "later":
                self.function(one.blocks[0])
            else:
                self.touch(one.number, memory, frees=True)
        self.defers = outer

    def whole(self, program: tuple[Statement, ...]) -> None:
        """Run the program; a way with more rounds of a loop than are tried is not judged."""
        try:
            self.function(program)
        except _Jump as jump:
            assert jump.kind == "abandon", jump.kind
            return
        self.truth.leaked |= {number for memory, number in self.live.items() if memory not in self.freed}


def execute(program: tuple[Statement, ...]) -> Truth:
    """Every way through the program, up to MOST_PATHS."""
    truth = Truth()
    for tried, _ in enumerate(_ways(program, truth)):
        if tried >= MOST_PATHS:
            truth.whole = False
            break
    return truth


def _ways(program: tuple[Statement, ...], truth: Truth) -> Iterator[None]:
    answers: list[bool] = []
    while True:
        run = _Run(truth, answers)
        run.whole(program)
        yield
        del answers[run.asked :]
        while answers and answers[-1]:
            answers.pop()
        if not answers:
            return
        answers[-1] = True
