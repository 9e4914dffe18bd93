"""Analysis off the event loop: one worker thread, requests first, and for each folder only the newest state counts."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from cgo_ls.workspace.session import Cancelled

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Cancellation:
    """Asked by the work between two functions: has it become pointless, or (in the background) is a request waiting?"""

    __slots__ = ("_requested", "_urgent")

    def __init__(self, urgent: Callable[[], bool]) -> None:
        self._requested = False
        self._urgent = urgent

    def request(self) -> None:
        self._requested = True

    def __call__(self) -> bool:
        return self._requested or self._urgent()


Work = Callable[[Cancellation], Result]
_Job = tuple[Work[Any], Cancellation, "asyncio.Future[Any]"]


class Worker:
    """The thread that does all analysis. Work in the foreground is done in order, background work when there is none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._foreground: deque[_Job] = deque()
        self._background: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="cgo-ls worker", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result], *, background: bool = False) -> asyncio.Future[Result]:
        """Start `work` when its turn comes. Cancelling the future stops it; one that stops itself is cancelled, too."""
        future: asyncio.Future[Result] = self._loop.create_future()
        cancellation = Cancellation(self._is_foreground_waiting if background else self._is_stopped)
        future.add_done_callback(lambda done: cancellation.request() if done.cancelled() else None)
        with self._wake:
            (self._background if background else self._foreground).append((work, cancellation, future))
            self._wake.notify()
        return future

    def stop(self) -> None:
        """Drop what waits, and wait a moment for the work in hand to ask whether to go on. The thread is a daemon: work
        that does not ask ends with the process."""
        with self._wake:
            self._stopped = True
            waiting = (*self._foreground, *self._background)
            self._foreground.clear()
            self._background.clear()
            self._wake.notify()
        for _, _, future in waiting:
            future.cancel()
        self._thread.join(timeout=1.0)

    def _is_stopped(self) -> bool:
        return self._stopped

    def _is_foreground_waiting(self) -> bool:
        return self._stopped or bool(self._foreground)

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._foreground or self._background or self._stopped):
                    self._wake.wait()
                if self._stopped:
                    return
                work, cancellation, future = (self._foreground or self._background).popleft()
            if cancellation():
                self._post(_cancel, future)
                continue
            try:
                result = work(cancellation)
            except Cancelled:
                self._post(_cancel, future)
            except Exception as error:  # noqa: BLE001 - whoever waits for the result decides what the error means
                self._post(_set_exception, future, error)
            else:
                self._post(_set_result, future, result)

    def _post(self, step: Callable[..., None], *args: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(step, *args)
        except RuntimeError:
            log.info("a result came after the end")


def _cancel(future: asyncio.Future[Any]) -> None:
    future.cancel()


def _set_result(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _set_exception(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


class FolderAnalyses(Generic[Result]):
    """Keeps each touched folder analysed, the one touched last first.

    `begin` takes the state to analyse, on the loop, and gives the work; `publish` gets a result, on the loop, only if the folder has
    not been touched since `begin`: a stale result is never seen. `watch` is told when work begins and when none is left.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        worker: Worker,
        begin: Callable[[str], Work[Result]],
        publish: Callable[[str, Result], None],
        watch: Callable[[bool], None] = lambda busy: None,
    ) -> None:
        self._loop = loop
        self._worker = worker
        self._watch = watch
        self._busy = False
        self._begin = begin
        self._publish = publish
        self._dirty: dict[str, None] = {}
        self._current: tuple[str, asyncio.Future[Result]] | None = None
        self._stopped = False

    def touch(self, folder: str) -> None:
        """The folder's analysis is out of date. Work begins after the messages that are already there, not between them."""
        self._dirty.pop(folder, None)
        self._dirty[folder] = None
        if self._current and self._current[0] == folder:
            self._current[1].cancel()
        self._loop.call_soon(self._next)

    def stop(self) -> None:
        self._stopped = True
        self._dirty.clear()
        if self._current:
            self._current[1].cancel()

    @property
    def is_idle(self) -> bool:
        return not self._dirty and self._current is None

    def _next(self) -> None:
        if self._busy == self.is_idle:
            self._busy = not self._busy
            self._watch(self._busy)
        if self._current or not self._dirty or self._stopped:
            return
        folder, _ = self._dirty.popitem()
        try:
            future = self._worker.submit(self._begin(folder), background=True)
        except Exception:
            log.exception("the analysis of a folder did not begin")
            return
        self._current = folder, future
        future.add_done_callback(lambda done: self._finished(folder, done))

    def _finished(self, folder: str, future: asyncio.Future[Result]) -> None:
        self._current = None
        if self._stopped:
            return
        if future.cancelled():
            self._dirty.setdefault(folder)
        elif error := future.exception():
            log.error("the analysis of a folder failed", exc_info=error)
        elif folder not in self._dirty:
            try:
                self._publish(folder, future.result())
            except Exception:
                log.exception("the diagnostics of a folder were not published")
        self._loop.call_soon(self._next)
