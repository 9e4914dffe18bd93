"""Checking many folders in worker processes, and what to do when one of them dies."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from multiprocessing import get_context

from cgo_ls.cli.folder import Outcome, Task, check_folder
from cgo_ls.cli.report import record_error
from cgo_ls.workspace.discovery import display_path

_BATCH = 16


def check_in_processes(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """The outcome of every task, in no certain order."""
    size = max(1, min(_BATCH, len(tasks) // jobs))
    batches = [tuple(tasks[start : start + size]) for start in range(0, len(tasks), size)]
    executor = _executor(min(jobs, len(batches)))
    lost: list[Task] = []
    try:
        futures: dict[Future[list[Outcome]], tuple[Task, ...]] = {}
        for index, batch in enumerate(batches):
            try:
                futures[executor.submit(_check_batch, batch)] = batch
            except BrokenProcessPool:
                lost.extend(task for unsent in batches[index:] for task in unsent)
                break
        for future in as_completed(futures):
            try:
                yield from future.result()
            except BrokenProcessPool:
                lost.extend(futures[future])
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    yield from _one_by_one(lost)


def _one_by_one(tasks: Sequence[Task]) -> Iterator[Outcome]:
    """A dead worker breaks its whole pool and nobody knows which folder killed it: give each a try of its own."""
    executor = None
    for task in tasks:
        executor = executor or _executor(1)
        try:
            yield from executor.submit(_check_batch, (task,)).result()
        except BrokenProcessPool:
            executor = None
            place = display_path(task.directory, task.roots)
            message = "internal error: the process that checked this folder died"
            yield Outcome(task.directory, [], 0, [record_error(place, "internal", message)])
    if executor is not None:
        executor.shutdown(wait=False, cancel_futures=True)


def _check_batch(tasks: tuple[Task, ...]) -> list[Outcome]:
    return [check_folder(task) for task in tasks]


def _executor(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=gc.get_threshold()
    )


def _start_worker(*thresholds: int) -> None:
    """Ctrl-C reaches the whole process group; the parent decides. Cycles are looked for as rarely as there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*thresholds)
