"""Which text counts, which settings hold, and what a snapshot promises."""

from __future__ import annotations

import random
import threading

import pytest

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.text.document import Document
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace import reading
from cgo_ls.workspace.session import Cancelled, Session, Snapshot
from tests.workspace.sources import FILES, SNIPPETS
from tests.workspace.support import ROOT, Editor, path_of, state

HEAD = 'package p\n\n// #include <stdio.h>\n// #include <stdlib.h>\nimport "C"\n\n'
LEAK = HEAD + "func f(s string) {\n\tp := C.CString(s)\n\tC.puts(p)\n}\n"
CLEAN = LEAK.replace("\tC.puts(p)\n", "\tC.puts(p)\n\tC.free(unsafe.Pointer(p))\n")


def test_the_editors_text_counts_until_it_closes_the_file() -> None:
    editor = Editor({"a.go": LEAK})
    assert editor.rules() == [("f", "leaked-c-memory")]
    editor.open("a.go", CLEAN)
    assert editor.rules() == []
    editor.close("a.go")
    assert editor.rules() == [("f", "leaked-c-memory")]


def test_a_file_may_exist_in_the_editor_alone() -> None:
    editor = Editor()
    editor.open("a.go", LEAK)
    assert editor.rules() == [("f", "leaked-c-memory")]
    editor.close("a.go")
    assert editor.rules() == []


def test_the_disk_is_read_again_when_told_and_not_before() -> None:
    editor = Editor({"a.go": LEAK})
    assert editor.rules() == [("f", "leaked-c-memory")]
    editor.contents[path_of("a.go")] = CLEAN.encode()
    assert editor.rules() == [("f", "leaked-c-memory")]
    editor.session.file_changed(path_of("a.go"))
    assert editor.rules() == []


def test_a_saved_file_does_not_matter_while_it_is_open() -> None:
    editor = Editor({"a.go": LEAK})
    editor.open("a.go", CLEAN)
    editor.write("a.go", LEAK)
    assert editor.rules() == []


@pytest.mark.parametrize("told", ["include/api.h", "include", "include/"])
def test_a_header_of_another_folder_is_watched(told: str) -> None:
    editor = Editor(dict(FILES))
    assert ("finished", "leaked-c-memory") not in editor.rules()
    editor.contents[path_of("include/api.h")] = FILES["include/api.h"].replace("{ free(p); }", "{ }").encode()
    editor.session.file_changed(f"{ROOT}/{told}".rstrip("/"))
    assert ("finished", "leaked-c-memory") in editor.rules()


def test_a_header_that_appears_is_noticed() -> None:
    editor = Editor({name: text for name, text in FILES.items() if name != "include/api.h"})
    editor.diagnostics()
    editor.write("include/api.h", FILES["include/api.h"])
    assert state(editor, "") == state(editor.fresh(), "")


def test_an_open_header_counts_as_the_editor_has_it() -> None:
    editor = Editor(dict(FILES))
    editor.open("include/api.h")
    editor.replace("include/api.h", "{ free(p); }", "{ }")
    assert ("finished", "leaked-c-memory") in editor.rules()
    editor.close("include/api.h")
    assert ("finished", "leaked-c-memory") not in editor.rules()


def test_folders_do_not_concern_one_another() -> None:
    editor = Editor({"one/a.go": LEAK, "two/a.go": LEAK})
    editor.open("one/a.go")
    editor.diagnostics("two")
    work = editor.work(lambda: (editor.replace("one/a.go", "C.puts(p)", "C.puts(nil)"), editor.diagnostics("one")))
    assert work["analysed"] == 1
    kept = editor.diagnostics("two")
    assert kept == editor.fresh().diagnostics("two")


def test_a_folder_without_cgo_has_nothing_to_say() -> None:
    editor = Editor({"a.go": 'package p\n\nimport "fmt"\n\nfunc f() { fmt.Println(`import "C"`) }\n'})
    assert editor.diagnostics() == ()
    assert editor.snapshot().package(ROOT).package.files == ()


def test_settings_of_the_editor_win_over_those_of_the_project() -> None:
    editor = Editor({"a.go": LEAK, ".cgo-ls.toml": 'version = 1\n[rules.severity]\nleaked-c-memory = "hint"\n'})
    assert [found.severity for found in editor.diagnostics()] == ["hint"]
    editor.configure({"rules": {"leaked-c-memory": "error"}})
    assert [found.severity for found in editor.diagnostics()] == ["error"]
    editor.configure({"rules": {"leaked-c-memory": "off"}})
    assert editor.diagnostics() == ()
    editor.configure({"rules": {"leaked-c-memory": "loud", "no-such-rule": "error"}})
    assert [found.severity for found in editor.diagnostics()] == ["hint"]
    editor.configure({"rules": ["nonsense"]})
    assert [found.severity for found in editor.diagnostics()] == ["hint"]


def test_a_settings_file_above_the_folder_holds_and_its_errors_are_values() -> None:
    editor = Editor({"pkg/a.go": LEAK})
    assert len(editor.diagnostics("pkg")) == 1
    editor.write(".cgo-ls.toml", 'version = 1\n[rules]\nignore = ["leaked-c-memory"]\n')
    assert editor.diagnostics("pkg") == ()
    editor.write(".cgo-ls.toml", "version = 1\nnonsense = 2\n")
    assert len(editor.diagnostics("pkg")) == 1
    assert [error.line for error in editor.snapshot().config_errors(path_of("pkg"))] == [2]


def test_excluded_and_generated_files_have_no_diagnostics_and_still_count_for_others() -> None:
    helper = (
        HEAD
        + "func acquire(s string) *C.char { return C.CString(s) }\n\nfunc lost(s string) { C.puts(C.CString(s)) }\n"
    )
    caller = HEAD + "func f(s string) { p := acquire(s); C.puts(p) }\n"
    editor = Editor({"a.go": helper, "b.go": caller})
    assert editor.rules() == [("lost", "leaked-c-memory"), ("f", "leaked-c-memory")]
    editor.write("a.go", "// Code generated by hand. DO NOT EDIT.\n\n" + helper)
    assert editor.rules() == [("f", "leaked-c-memory")]
    editor.write("a.go", helper)
    editor.write(".cgo-ls.toml", 'version = 1\nexclude = ["a.go"]\n')
    assert editor.rules() == [("f", "leaked-c-memory")]


def test_a_suppression_silences_its_line_and_an_idle_one_is_reported() -> None:
    silent = LEAK.replace("C.CString(s)", "C.CString(s) //cgols:ignore leaked-c-memory // by design")
    editor = Editor({"a.go": silent})
    assert editor.rules() == []
    editor.open("a.go")
    editor.replace("a.go", "\tC.puts(p)\n", "\tC.puts(p)\n\tC.free(unsafe.Pointer(p))\n")
    assert [rule for _, rule in editor.rules()] == ["unused-suppression"]
    editor.configure({"rules": {"unused-suppression": "error"}})
    assert [found.severity for found in editor.diagnostics()] == ["error"]
    editor.configure({"rules": {"unused-suppression": "off"}})
    assert editor.diagnostics() == ()


@pytest.mark.parametrize("seed", range(4))
def test_suppressions_are_found_where_a_look_at_the_whole_file_finds_them(seed: int) -> None:
    from cgo_ls.model.go_file import build_go_file
    from cgo_ls.syntax.declarations import split
    from cgo_ls.workspace.placed_suppressions import find_in_go
    from cgo_ls.workspace.suppressions import find_suppressions

    pick = random.Random(seed)
    ignores = (
        "//cgols:ignore a,b // why\n",
        "/* cgols:ignore c */",
        "\t//cgols:ignore\n",
        "x := 1 //cgols:ignore d\n",
        "`//cgols:ignore e`",
    )
    found = 0
    for number in range(150):
        data = FILES[pick.choice(("main.go", "other.go"))].encode()
        for _ in range(pick.randint(1, 6)):
            at = pick.randint(0, len(data))
            if pick.random() < 0.7:
                at = data.rfind(b"\n", 0, at) + 1
            data = data[:at] + pick.choice((*ignores, pick.choice(SNIPPETS))).encode() + data[at:]
        expected = find_suppressions(data)
        placed = find_in_go(build_go_file("/a.go", data, split(data), {}))
        assert [(one.rules, one.rule_spans, one.covered, one.span, one.removal) for one in placed] == [
            (one.rules, one.rule_spans, one.covered, one.span, one.removal) for one in expected
        ], f"seed {seed}, text {number}"
        found += len(expected)
    assert found > 100


def test_diagnostics_come_by_place_and_files_by_path() -> None:
    editor = Editor(dict(FILES))
    found = editor.diagnostics()
    assert len(found) > 5
    keys = [(one.path, one.span, one.rule) for one in found]
    assert keys == sorted(keys)
    by_file = [one for name in sorted(FILES) for one in editor.snapshot().diagnostics(path_of(name))]
    assert tuple(by_file) == found


def test_a_diagnostic_is_a_plain_value_however_it_came_about() -> None:
    found = Editor(dict(FILES)).diagnostics()[0]
    plain = Diagnostic(
        found.path, found.span, found.rule, found.family, found.severity, found.message,
        found.function, found.steps, found.fixes, found.unnecessary,
    )  # fmt: skip
    assert repr(found).partition("(")[2] == repr(plain).partition("(")[2]
    assert hash(found) == hash(plain)
    with pytest.raises(AttributeError):
        found.nonsense  # noqa: B018 # pyright: ignore[reportAttributeAccessIssue]


# --- snapshots


def test_a_snapshot_keeps_its_text() -> None:
    editor = Editor({"a.go": LEAK})
    editor.open("a.go")
    before = editor.snapshot()
    editor.replace("a.go", "\tC.puts(p)\n", "\tC.puts(p)\n\tC.free(unsafe.Pointer(p))\n")
    assert editor.rules() == []
    assert [found.rule for found in before.diagnostics(path_of("a.go"))] == ["leaked-c-memory"]
    document = before.document(path_of("a.go"))
    assert document is not None and document.data == LEAK.encode()


def test_snapshots_asked_in_any_order_say_what_fresh_sessions_say() -> None:
    """The worker may come to an old snapshot after a newer one."""
    pick = random.Random(7)
    editor = Editor(dict(FILES))
    editor.open("main.go")
    taken = []
    for number in range(60):
        at = pick.randint(0, len(editor.drafts["main.go"].data))
        editor.splice("main.go", at, at, pick.choice(SNIPPETS).encode())
        if number % 10 == 9:
            editor.splice("main.go", 0, len(editor.drafts["main.go"].data), FILES["main.go"].encode())
        taken.append((editor.snapshot(), editor.fresh()))
    pick.shuffle(taken)
    for snapshot, fresh in taken:
        assert snapshot.diagnostics_of_folder(ROOT) == fresh.diagnostics()


def test_the_same_state_is_the_same_snapshot_and_an_edit_makes_a_new_one() -> None:
    editor = Editor({"a.go": LEAK})
    editor.open("a.go")
    first = editor.snapshot()
    assert editor.snapshot() is first
    editor.replace("a.go", "f(s", "g(s")
    assert editor.snapshot() is not first


@pytest.mark.parametrize("disk", [False, True], ids=["drafts", "drafts and disk"])
def test_one_thread_reads_while_another_edits(disk: bool) -> None:
    """Each snapshot must say what a fresh session says of its texts; with changes on the disk, which is read when it is asked for,
    the last one must."""
    editor = Editor(dict(FILES))
    editor.open("main.go")
    pick = random.Random(3)
    waiting: list[tuple[Snapshot, Editor]] = []
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set() or waiting:
                if waiting:
                    snapshot, fresh = waiting.pop()
                    found = snapshot.diagnostics_of_folder(ROOT)
                    if not disk and found != fresh.diagnostics():
                        wrong.append(found)
        except Exception as error:  # noqa: BLE001 - must reach the other thread
            wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(150):
        data = editor.drafts["main.go"].data
        at = pick.randint(0, len(data))
        editor.splice("main.go", at, at, pick.choice(SNIPPETS).encode())
        if number % 8 == 0:
            editor.splice("main.go", 0, len(editor.drafts["main.go"].data), FILES["main.go"].encode())
        if disk and number % 5 == 0:
            body = "{ free(p); }" if number % 2 else "{ }"
            editor.write("include/api.h", FILES["include/api.h"].replace("{ free(p); }", body))
        if number % 3 == 0:
            waiting.append((editor.snapshot(), editor.fresh()))
    done.set()
    reader.join(60)
    assert not reader.is_alive() and wrong == []
    assert state(editor, "") == state(editor.fresh(), "")


def test_a_change_on_the_disk_is_not_lost_while_the_folder_is_being_read() -> None:
    """The worker begins to list a folder, the file changes and the session is told, and only then the list arrives."""
    editor = Editor({"a.go": LEAK})
    listed, go_on = threading.Event(), threading.Event()

    class Slow(MemoryFiles):
        def list_directory(self, path: str) -> tuple[str, ...]:
            names = super().list_directory(path)
            listed.set()
            go_on.wait(10)
            return names

    session = Session(Slow(editor.contents), root=ROOT)
    old = session.snapshot()
    worker = threading.Thread(target=lambda: old.diagnostics_of_folder(ROOT))
    worker.start()
    assert listed.wait(10)
    editor.contents[path_of("b.go")] = LEAK.replace("func f", "func g").encode()
    session.file_changed(path_of("b.go"))
    go_on.set()
    worker.join(10)
    assert [found.function for found in session.snapshot().diagnostics_of_folder(ROOT)] == ["f", "g"]


# --- cancellation


def test_cancelled_work_stops_between_functions_and_leaves_nothing_wrong() -> None:
    functions = "".join(LEAK.replace(HEAD, "\n").replace("func f", f"func f{n}") for n in range(30))
    editor = Editor({"a.go": HEAD + functions})
    editor.open("a.go")
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 10

    with pytest.raises(Cancelled):
        editor.snapshot().cancellable(cancelled).diagnostics_of_folder(ROOT)
    done = editor.session.counters["analysed"]
    assert 0 < done <= 10
    assert len(editor.diagnostics()) == 30
    # What was done before the stop was not done again.
    assert editor.session.counters["analysed"] == 30


@pytest.mark.parametrize("seed", range(3))
def test_after_any_stop_the_next_answer_is_right(seed: int) -> None:
    pick = random.Random(seed)
    editor = Editor(dict(FILES))
    editor.open("main.go")
    editor.open("other.go")
    stopped = 0
    for number in range(80):
        name = pick.choice(("main.go", "other.go"))
        at = pick.randint(0, len(editor.drafts[name].data))
        editor.splice(name, at, at, pick.choice(SNIPPETS).encode())
        if number % 9 == 8:
            editor.splice(name, 0, len(editor.drafts[name].data), FILES[name].encode())
        left = pick.randint(0, 12)

        def cancelled() -> bool:
            nonlocal left
            left -= 1
            return left < 0

        try:
            editor.snapshot().cancellable(cancelled).diagnostics_of_folder(ROOT)
        except Cancelled:
            stopped += 1
        if number % 4 == 3:
            assert state(editor, "") == state(editor.fresh(), ""), f"seed {seed}, edit {number}"
    assert stopped > 10


def test_a_stopped_snapshot_can_be_asked_again() -> None:
    editor = Editor(dict(FILES))
    snapshot = editor.snapshot()
    with pytest.raises(Cancelled):
        snapshot.cancellable(lambda: True).diagnostics_of_folder(ROOT)
    assert snapshot.diagnostics_of_folder(ROOT) == editor.fresh().diagnostics()


# --- size


def test_a_text_that_is_too_long_is_left_alone_until_it_is_short_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgo_ls.workspace.session.GO_LIMIT", 2_000)
    monkeypatch.setattr(reading, "GO_LIMIT", 2_000)
    editor = Editor({"a.go": LEAK, "b.go": LEAK.replace("func f", "func g")})
    editor.open("a.go")
    assert [name for name, _ in editor.rules()] == ["f", "g"]
    editor.replace("a.go", "func f", "// " + "x" * 3_000 + "\nfunc f")
    assert [name for name, _ in editor.rules()] == ["g"]
    editor.replace("a.go", "x" * 3_000, "")
    assert [name for name, _ in editor.rules()] == ["f", "g"]


def test_what_is_remembered_is_bounded() -> None:
    """Ten thousand keys, each a new text: what is kept of old ones does not grow with them."""
    text = LEAK.replace("C.puts(p)", 'C.puts(p)\n\tprintln("here")')
    editor = Editor({"a.go": text})
    editor.open("a.go")
    place = text.index("here")
    reader, engine = editor.session.reader, editor.session.engine
    for number in range(3_000):
        word = b"%06d" % number
        editor.splice("a.go", place, place + (0 if number == 0 else len(word)), word)
        editor.diagnostics()
    assert len(reader._facts) < 2_100
    assert len(reader._preambles) <= 64
    assert len(engine._functions) <= 1_000
    assert len(editor.session.placed) == len(engine._passes) == len(reader._files) == 1


def test_a_document_that_was_never_opened_may_be_changed() -> None:
    session = Session(MemoryFiles({}), root=ROOT)
    session.change(path_of("a.go"), Document.build("a", 1, LEAK.encode()), ())
    assert len(session.snapshot().diagnostics(path_of("a.go"))) == 1
