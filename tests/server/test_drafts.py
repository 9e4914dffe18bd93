"""R16: lost, doubled and reordered changes. A draft is put in order or dropped, never wrong, and comes back with the whole text."""

from __future__ import annotations

import random

import pytest

from cgo_ls.server.drafts import REMEMBERED, Changed, Draft, Drafts
from cgo_ls.text.document import Change, Document
from cgo_ls.text.positions import Position

URI, PATH = "file:///p/a.go", "/p/a.go"
SCRIPTS = 50
SEEDS = 20


def random_edit(rng: random.Random) -> Change:
    place = Position(rng.randint(0, 3), rng.randint(0, 8))
    return Change(place, Position(place.line, place.character + rng.randint(0, 3)), rng.choice(("x", "", "\n", "é")))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_scripts_with_faults_end_right_or_dropped(seed: int) -> None:
    """The client edits; the wire doubles and swaps messages, or garbles one so that it cannot be read."""
    rng = random.Random(seed)
    for script in range(SCRIPTS):
        client = Document.from_text(URI, 1, "package p\nvar x = 1\n")
        messages: list[tuple[int, list[Change]] | None] = []
        for version in range(2, rng.randint(3, 12)):
            changes = [random_edit(rng) for _ in range(rng.randint(1, 2))]
            client, _ = client.apply(changes, version, "utf-16")
            messages.append((version, changes))
        faults = introduce_faults(rng, messages)
        drafts = Drafts()
        drafts.open(URI, PATH, 1, "package p\nvar x = 1\n")
        for message in messages:
            if message is None:
                drafts.lose(PATH)
            else:
                drafts.change(PATH, *message, "utf-16")
        where = f"seed {seed}, script {script}, faults {faults}"
        document = drafts.document(PATH)
        assert document is None or document.data == client.data, where
        assert faults or document is not None, where
        whole = Change(None, None, client.data.decode())
        assert isinstance(drafts.change(PATH, client.version + 1, [whole], "utf-16"), Changed), where
        recovered = drafts.document(PATH)
        assert recovered
        assert recovered.data == client.data, where


def introduce_faults(rng: random.Random, messages: list[tuple[int, list[Change]] | None]) -> list[str]:
    faults = []
    for _ in range(rng.choice((0, 1, 1, 2))):
        at = rng.randrange(len(messages))
        fault = rng.choice(("doubled", "swapped", "garbled"))
        if fault == "doubled":
            messages.insert(at + rng.randint(0, 1), messages[at])
        elif fault == "garbled":
            messages[at] = None
        elif at + 1 < len(messages):
            messages[at], messages[at + 1] = messages[at + 1], messages[at]
        else:
            continue
        faults.append(fault)
    return faults


@pytest.mark.parametrize("seed", range(SEEDS))
def test_changes_that_come_late_are_put_in_order(seed: int) -> None:
    rng = random.Random(seed)
    client = Document.from_text(URI, 1, "package p\nvar x = 1\n")
    messages: list[tuple[int, list[Change]]] = []
    for version in range(2, 60):
        changes = [random_edit(rng) for _ in range(rng.randint(1, 2))]
        client, _ = client.apply(changes, version, "utf-16")
        messages.append((version, changes))
    drafts = Drafts()
    drafts.open(URI, PATH, 1, "package p\nvar x = 1\n")
    for message in sorted(messages, key=lambda message: message[0] + rng.randint(0, 8)):
        drafts.change(PATH, *message, "utf-16")
    document = drafts.document(PATH)
    assert document is not None, f"seed {seed}"
    assert (document.version, document.data) == (59, client.data), f"seed {seed}"


def test_a_change_that_comes_too_late_costs_the_draft() -> None:
    drafts = Drafts()
    drafts.open(URI, PATH, 1, "")
    insertion = Change(Position(0, 0), Position(0, 0), "x")
    for version in range(3, 3 + REMEMBERED):
        drafts.change(PATH, version, [insertion], "utf-8")
    assert isinstance(drafts.change(PATH, 2, [insertion], "utf-8"), Draft)


def test_reopening_recovers() -> None:
    drafts = Drafts()
    drafts.open(URI, PATH, 5, "a")
    assert isinstance(drafts.change(PATH, 5, [Change(None, None, "b")], "utf-8"), Draft)
    assert drafts.document(PATH) is None
    assert drafts.is_open(PATH)
    drafts.open(URI, PATH, 1, "c")
    document = drafts.document(PATH)
    assert document
    assert (document.version, document.data) == (1, b"c")


def test_recovery_starts_at_the_whole_text_within_a_message() -> None:
    drafts = Drafts()
    drafts.open(URI, PATH, 1, "a")
    drafts.lose(PATH)
    insertion = Change(Position(0, 0), Position(0, 0), "x")
    assert isinstance(drafts.change(PATH, 2, [insertion], "utf-8"), Draft)
    outcome = drafts.change(PATH, 3, [insertion, Change(None, None, "b"), insertion], "utf-8")
    assert isinstance(outcome, Changed)
    assert (outcome.document.data, outcome.document.version, outcome.edits) == (b"xb", 3, None)


def test_a_document_that_is_not_open_has_no_changes() -> None:
    drafts = Drafts()
    assert drafts.change(PATH, 1, [], "utf-8") is None
    assert drafts.lose(PATH) is None
    assert not drafts.close(PATH)
    drafts.open(URI, PATH, 1, "")
    assert drafts.close(PATH)
    assert not drafts.is_open(PATH)
