"""Latest wins, requests go first, nothing stale is published."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cgo_ls.server.scheduler import Cancellation, FolderAnalyses, Work, Worker
from cgo_ls.workspace.session import Cancelled

Body = Callable[[asyncio.AbstractEventLoop, Worker], Coroutine[Any, Any, None]]


def with_worker(body: Body) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        worker = Worker(loop)
        try:
            await asyncio.wait_for(body(loop, worker), 30)
        finally:
            worker.stop()

    asyncio.run(run())


def until_cancelled(begun: threading.Event) -> Work[None]:
    def work(cancelled: Cancellation) -> None:
        begun.set()
        pause = threading.Event()
        while not cancelled():
            pause.wait(0.001)
        raise Cancelled

    return work


async def wait_for(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


def test_work_is_done_off_the_loop_and_in_order() -> None:
    async def body(_: asyncio.AbstractEventLoop, worker: Worker) -> None:
        order: list[int] = []
        futures = [worker.submit(lambda _, n=n: order.append(n) or threading.get_ident()) for n in range(20)]
        threads = set(await asyncio.gather(*futures))
        assert order == list(range(20))
        assert len(threads) == 1
        assert threading.get_ident() not in threads

    with_worker(body)


def test_a_request_interrupts_background_work() -> None:
    async def body(_: asyncio.AbstractEventLoop, worker: Worker) -> None:
        begun = threading.Event()
        background = worker.submit(until_cancelled(begun), background=True)
        await wait_for(begun)
        assert await worker.submit(lambda _: 42) == 42
        with pytest.raises(asyncio.CancelledError):
            await background

    with_worker(body)


def test_cancelling_stops_the_work_in_hand() -> None:
    async def body(_: asyncio.AbstractEventLoop, worker: Worker) -> None:
        begun = threading.Event()
        future = worker.submit(until_cancelled(begun))
        await wait_for(begun)
        future.cancel()
        assert await worker.submit(lambda _: 1) == 1

    with_worker(body)


def test_cancelled_work_that_waits_is_never_begun() -> None:
    async def body(_: asyncio.AbstractEventLoop, worker: Worker) -> None:
        begun, done = threading.Event(), []
        first = worker.submit(until_cancelled(begun))
        second = worker.submit(lambda _: done.append(1))
        await wait_for(begun)
        second.cancel()
        await asyncio.sleep(0)
        first.cancel()
        await worker.submit(lambda _: None)
        assert done == []

    with_worker(body)


def test_an_error_reaches_the_one_who_waits() -> None:
    async def body(_: asyncio.AbstractEventLoop, worker: Worker) -> None:
        def fails(_: Cancellation) -> None:
            raise KeyError("x")

        with pytest.raises(KeyError):
            await worker.submit(fails)
        assert await worker.submit(lambda _: "alive") == "alive"

    with_worker(body)


def test_stopping_cancels_what_waits_and_what_runs() -> None:
    async def body(_: asyncio.AbstractEventLoop, worker: Worker) -> None:
        begun = threading.Event()
        futures = [worker.submit(until_cancelled(begun)), worker.submit(lambda _: None)]
        await wait_for(begun)
        worker.stop()
        results = await asyncio.gather(*futures, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)

    with_worker(body)


class Folders:
    """A source of work whose state is a number for each folder."""

    def __init__(self, loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        self.state: dict[str, int] = {}
        self.begun: list[tuple[str, int]] = []
        self.published: list[tuple[str, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.failing: set[int] = set()
        self.analyses = FolderAnalyses(loop, worker, self.begin, self.publish)

    def set(self, folder: str, value: int) -> None:
        self.state[folder] = value
        self.analyses.touch(folder)

    def begin(self, folder: str) -> Work[int]:
        value = self.state[folder]
        self.begun.append((folder, value))

        def work(cancelled: Cancellation) -> int:
            while not self.gate.wait(0.001):
                if cancelled():
                    raise Cancelled
            if value in self.failing:
                raise ValueError(value)
            return value

        return work

    def publish(self, folder: str, value: int) -> None:
        assert value == self.state[folder], "a stale result was published"
        self.published.append((folder, value))

    async def settle(self) -> None:
        while not self.analyses.is_idle:
            await asyncio.sleep(0.001)


def test_a_burst_of_edits_is_one_analysis_of_the_last() -> None:
    async def body(loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        folders = Folders(loop, worker)
        for value in range(50):
            folders.set("a", value)
        await folders.settle()
        assert folders.begun == [("a", 49)]
        assert folders.published == [("a", 49)]

    with_worker(body)


def test_an_edit_during_analysis_stops_it_and_only_the_last_is_published() -> None:
    async def body(loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        folders = Folders(loop, worker)
        folders.gate.clear()
        for value in range(10):
            folders.set("a", value)
            while ("a", value) not in folders.begun:
                await asyncio.sleep(0.001)
        folders.gate.set()
        await folders.settle()
        assert folders.published == [("a", 9)]

    with_worker(body)


def test_the_folder_touched_last_goes_first() -> None:
    async def body(loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        folders = Folders(loop, worker)
        for folder in ("a", "b", "c", "a"):
            folders.set(folder, 1)
        await folders.settle()
        assert [folder for folder, _ in folders.published] == ["a", "c", "b"]

    with_worker(body)


def test_interrupted_by_requests_it_is_begun_again_and_ends() -> None:
    async def body(loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        folders = Folders(loop, worker)
        folders.gate.clear()
        folders.set("a", 1)
        while not folders.begun:
            await asyncio.sleep(0.001)
        for _ in range(5):
            assert await worker.submit(lambda _: 1) == 1
            await asyncio.sleep(0.005)
        folders.gate.set()
        await folders.settle()
        assert folders.published == [("a", 1)]
        assert len(folders.begun) > 1

    with_worker(body)


def test_a_failed_analysis_publishes_nothing_and_does_not_stop_the_next() -> None:
    async def body(loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        folders = Folders(loop, worker)
        folders.failing.add(1)
        folders.set("a", 1)
        await folders.settle()
        assert folders.published == []
        folders.set("a", 2)
        await folders.settle()
        assert folders.published == [("a", 2)]

    with_worker(body)
