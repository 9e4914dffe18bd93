"""What goes in and out at the border: capabilities, URIs, kinds, plain text."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from lsprotocol.converters import get_converter

from cgo_ls.server import from_lsp
from cgo_ls.server.client import choose_encoding, client_traits
from cgo_ls.server.to_lsp import plain_text
from cgo_ls.server.uris import path_of, uri_of

CONVERTER = get_converter()


def traits(capabilities: dict[str, Any]):
    return client_traits(CONVERTER.structure(capabilities, types.ClientCapabilities))


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, "utf-16"),
        ([], "utf-16"),
        (["utf-16"], "utf-16"),
        (["utf-16", "utf-8"], "utf-8"),
        (["utf-32", "utf-16"], "utf-16"),
        (["utf-32"], "utf-32"),
        (["utf-7"], "utf-16"),
    ],
)
def test_encoding(offered: list[str] | None, chosen: str) -> None:
    assert choose_encoding(offered) == chosen


def test_silence_means_nothing_is_supported() -> None:
    nothing = traits({})
    assert nothing.encoding == "utf-16"
    assert not any(getattr(nothing, name) for name in nothing.__slots__ if name != "encoding")


def test_pull_needs_refresh() -> None:
    """Without it the client would never learn that a header has changed, so it gets its diagnostics pushed."""
    pull = {"textDocument": {"diagnostic": {}}}
    assert not traits(pull).pulls_diagnostics
    assert traits({**pull, "workspace": {"diagnostics": {"refreshSupport": True}}}).pulls_diagnostics


path_parts = st.text(st.characters(exclude_characters="\0/"), min_size=1).filter(lambda part: part not in (".", ".."))


@given(st.lists(path_parts, min_size=1, max_size=4))
def test_paths_round_trip(parts: list[str]) -> None:
    try:
        path = os.fsdecode(os.fsencode("/" + "/".join(parts)))
    except UnicodeEncodeError:
        return
    assert path_of(uri_of(path)) == path


def test_a_path_that_is_no_text_round_trips() -> None:
    path = os.fsdecode(b"/tmp/\xff\xfe.go")
    assert uri_of(path) == "file:///tmp/%FF%FE.go"
    assert path_of(uri_of(path)) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.go", "/a/b.go"),
        ("file:///a/c%3A/b%20c.go", "/a/c:/b c.go"),
        ("file://localhost/a.go", "/a.go"),
        ("file:///a/../b.go", "/b.go"),
        ("file://host/a.go", None),
        ("file:a.go", None),
        ("file:///a%00.go", None),
        ("untitled:Untitled-1", None),
        ("git:/a/b.go", None),
        ("", None),
        ("file://[", None),
    ],
)
def test_path_of(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


@given(st.text())
def test_any_uri_is_a_path_or_none(uri: str) -> None:
    assert path_of(uri) is None or os.path.isabs(path_of(uri) or "")


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("file:///a.go", True),
        ("file:///a.h", True),
        ("file:///a.py", False),
        ("file:///go.mod", False),
        ("git:/a.go", False),
    ],
)
def test_source_path(uri: str, wanted: bool) -> None:
    assert (from_lsp.source_path(uri) is not None) == wanted


@pytest.mark.parametrize(
    ("only", "kind", "wanted"),
    [
        (None, "quickfix", True),
        ([], "quickfix", False),
        ([""], "quickfix", True),
        (["quickfix"], "quickfix", True),
        (["refactor"], "quickfix", False),
        (["source"], "source.fixAll.cgo", True),
        (["source.fixAll"], "source.fixAll.cgo", True),
        (["source.fixAll.cgo"], "source.fixAll.cgo", True),
        (["source.fixAll.cg"], "source.fixAll.cgo", False),
        (["source.fixAll.cgo.more"], "source.fixAll.cgo", False),
        ([types.CodeActionKind.Source], "source.fixAll.cgo", True),
    ],
)
def test_kinds_are_a_tree(only: list[str] | None, kind: str, wanted: bool) -> None:
    assert from_lsp.wants(only, kind) == wanted


@pytest.mark.parametrize("value", [None, 5, [], {"cgo-ls": 5}, "x"])
def test_settings_of_the_wrong_shape_are_none(value: Any) -> None:
    assert from_lsp.settings(value) == {}


def test_settings_are_our_section_or_the_section_itself() -> None:
    assert from_lsp.settings({"cgo-ls": {"a": 1}, "other": 2}) == {"a": 1}
    assert from_lsp.settings({"a": 1, "workspaceTrusted": True}) == {"a": 1}


@pytest.mark.parametrize(
    ("options", "trusted"),
    [
        ({"workspaceTrusted": True}, True),
        ({"workspaceTrusted": 1}, False),
        ({"workspaceTrusted": "true"}, False),
        (None, False),
    ],
)
def test_trust_is_a_plain_true(options: Any, trusted: bool) -> None:
    assert from_lsp.is_trusted(options) == trusted


def test_roots() -> None:
    def params(**fields: Any) -> types.InitializeParams:
        return CONVERTER.structure(
            {"processId": None, "capabilities": {}, "rootUri": None, **fields}, types.InitializeParams
        )

    folders = [{"uri": "file:///a", "name": "a"}, {"uri": "vscode-vfs:/b", "name": "b"}]
    assert from_lsp.roots(params(workspaceFolders=folders, rootUri="file:///c")) == ("/a",)
    assert from_lsp.roots(params(rootUri="file:///c")) == ("/c",)
    assert from_lsp.roots(params(rootPath="/d/")) == ("/d",)
    assert from_lsp.roots(params()) == ()


def test_plain_text() -> None:
    markdown = "# Title\n\nA **bold** `C.free` and [a page](https://x.y/z) and \\*.\n\n---\n\n```c\n// **kept**\nvoid f(int *p);\n```\nend"
    expected = "Title\n\nA bold C.free and a page and *.\n\n\n// **kept**\nvoid f(int *p);\nend"
    assert plain_text(markdown) == expected


def test_plain_text_keeps_shorter_fences_within_a_longer_one() -> None:
    assert plain_text("````\n```\nx\n```\n````") == "```\nx\n```"
