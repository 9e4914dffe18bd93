"""From arguments to the command they name."""

from __future__ import annotations

import argparse

from cgo_ls.cli.arguments import build_parser


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` name; its exit code."""
    try:
        parsed = build_parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has printed help, the version, or what was wrong
        return stop.code if isinstance(stop.code, int) else 2
    return _COMMANDS[parsed.command](parsed)


def _check(parsed: argparse.Namespace) -> int:
    from cgo_ls.cli.check import CheckOptions, check

    options = CheckOptions(
        paths=tuple(parsed.paths),
        format=parsed.format,
        fix=parsed.fix,
        unsafe_fixes=parsed.unsafe_fixes,
        diff=parsed.diff,
        exit_zero=parsed.exit_zero,
        select=parsed.select,
        ignore=parsed.ignore or (),
        jobs=parsed.jobs,
        no_color=parsed.no_color,
        timing=parsed.timing,
    )
    return check(options)


def _explain(parsed: argparse.Namespace) -> int:
    from cgo_ls.cli.explain import explain

    return explain(parsed.rule)


def _rules(parsed: argparse.Namespace) -> int:
    from cgo_ls.cli.rules import list_rules

    return list_rules(parsed.format)


def _dump(parsed: argparse.Namespace) -> int:
    from cgo_ls.cli.dump import dump

    return dump(parsed.what, parsed.path, parsed.function)


def _symbols(parsed: argparse.Namespace) -> int:
    from cgo_ls.cli.symbols import symbols

    return symbols(parsed.path, parsed.format)


def _serve(_: argparse.Namespace) -> int:
    from cgo_ls.server.app import main

    return main() or 0


_COMMANDS = {"check": _check, "explain": _explain, "rules": _rules, "dump": _dump, "symbols": _symbols, "serve": _serve}
