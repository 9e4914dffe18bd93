"""The command line's grammar."""

from __future__ import annotations

import argparse

from cgo_ls import __version__

DUMPS = ("tree", "cfg", "states", "summary")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cgo-ls",
        description="Find memory-ownership, errno and symbol-visibility bugs where Go meets C.",
        epilog="Exit code: 0 clean, 1 findings, 2 misuse or an internal error.",
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="version", version=f"cgo-ls {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_check(commands.add_parser("check", help="report findings in files and folders", allow_abbrev=False))
    explain = commands.add_parser(
        "explain", help="say what a rule finds, why, and what to write instead", allow_abbrev=False
    )
    explain.add_argument("rule", metavar="RULE")
    rules = commands.add_parser("rules", help="list the rules", allow_abbrev=False)
    rules.add_argument("--format", choices=("text", "json"), default="text")
    dump = commands.add_parser("dump", help="show what the analysis sees in a Go file", allow_abbrev=False)
    dump.add_argument("what", choices=DUMPS, help="parse tree, control flow, ownership states or function summaries")
    dump.add_argument("path", metavar="PATH", help="a Go file")
    dump.add_argument("--function", metavar="F", help='only this function: "F" or "T.F"')
    symbols = commands.add_parser(
        "symbols", help="say where each C name is declared and defined, and whether it links", allow_abbrev=False
    )
    symbols.add_argument("path", metavar="PATH", nargs="?", default=".", help="a folder or a Go file (default: here)")
    symbols.add_argument(
        "--format", choices=("text", "json", "dot", "html"), default="text", help="a table, data or a picture"
    )
    commands.add_parser("serve", help="run the language server on standard input and output", allow_abbrev=False)
    return parser


def _add_check(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "paths", metavar="PATH", nargs="+", help="a Go file, a folder (with everything below it), or ./..."
    )
    check.add_argument("--format", choices=("text", "json"), default="text", help="how findings are printed")
    check.add_argument("--fix", action="store_true", help="apply the safe fixes")
    check.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also fixes that may change behaviour"
    )
    check.add_argument("--diff", action="store_true", help="print what --fix would change, and change nothing")
    check.add_argument("--exit-zero", action="store_true", help="exit with 0 even when there are findings")
    check.add_argument("--select", metavar="RULE,...", type=_names, help="report only these rules or families")
    check.add_argument("--ignore", metavar="RULE,...", type=_names, help="do not report these rules or families")
    check.add_argument("--jobs", metavar="N", type=_count, help="worker processes (default: by cores and folders)")
    check.add_argument("--timing", action="store_true", help="say how much processor time each rule took")
    check.add_argument("--no-color", action="store_true", help="no colours, even on a terminal")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no rule named")
    return names


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 1024:
        raise argparse.ArgumentTypeError(f"not a number from 1 to 1024: {text!r}")
    return int(text)
