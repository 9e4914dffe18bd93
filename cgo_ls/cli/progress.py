"""A progress bar on standard error, when a person waits for many folders."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from cgo_ls.cli.terminal import is_terminal

FEW: Final = 32
T = TypeVar("T")


def show_progress(outcomes: Iterable[T], total: int) -> Iterator[T]:
    """`outcomes` as they come, counted on the terminal where there is one and `total` is more than a few."""
    if total < FEW or not is_terminal(sys.stderr):
        yield from outcomes
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TextColumn("folders"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(outcomes, total=total, description="checking")
