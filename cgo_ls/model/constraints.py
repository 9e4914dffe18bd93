"""Build constraints as text: noted, never evaluated, because files for every system are analysed."""

from __future__ import annotations

import re

# go/build's lists (syslist.go): only these words count in a file name.
SYSTEMS = frozenset(
    [
        "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd",
        "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
    ]
)  # fmt: skip
ARCHITECTURES = frozenset(
    [
        "386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips", "mips64", "mips64le",
        "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc",
        "sparc64", "wasm",
    ]
)  # fmt: skip

_BUILD_LINE = re.compile(rb"^//go:build[ \t]+([^\r\n]+)", re.MULTILINE)
_PLUS_LINE = re.compile(rb"^//[ \t]*(\+build[ \t]+[^\r\n]+)", re.MULTILINE)
_BLOCK_COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LEADING_COMMENTS = re.compile(rb"(?:\s++|//[^\n]*+|/\*(?s:.*?)\*/)*+")
_GENERATED = re.compile(rb"^// Code generated .* DO NOT EDIT\.\r?$", re.MULTILINE)


def build_constraint(path: str, header: bytes) -> str | None:
    """When the file is built: its `//go:build` expression and what its name says, joined by &&; None: always.

    `header` is the file up to its package clause. Without such an expression the old `// +build` lines are quoted as they stand.
    """
    lines: list[bytes] = []
    if b"build" in header:
        comments = _BLOCK_COMMENT.sub(b"", header.removeprefix(b"\xef\xbb\xbf"))
        lines = _BUILD_LINE.findall(comments)[:1] or _PLUS_LINE.findall(comments)
    words = [line.decode("utf-8", "replace").strip() for line in lines] + [*name_constraints(path)]
    if len(words) > 1:
        words = [f"({word})" if "||" in word else word for word in words]
    return " && ".join(words) or None


def file_constraint(path: str, text: bytes) -> str | None:
    """The constraint of a C file: read from the comments and blank lines it begins with, and from its name."""
    header = _LEADING_COMMENTS.match(text)
    return build_constraint(path, header.group() if header is not None else b"")


def name_constraints(path: str) -> tuple[str, ...]:
    """What `_linux`, `_amd64`, `_linux_amd64` at the end of a file name (before `_test`) demand."""
    stem = path.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    # As in go/build: a name that is only a system's ("linux.go") demands nothing.
    parts = stem.split("_")[1:]
    if parts and parts[-1] == "test":
        parts.pop()
    if len(parts) >= 2 and parts[-2] in SYSTEMS and parts[-1] in ARCHITECTURES:
        return (parts[-2], parts[-1])
    if parts and (parts[-1] in SYSTEMS or parts[-1] in ARCHITECTURES):
        return (parts[-1],)
    return ()


def is_generated(header: bytes) -> bool:
    """Whether the header holds Go's line for generated files ("Code generated ... DO NOT EDIT.")."""
    return b"DO NOT EDIT." in header and _GENERATED.search(header) is not None
