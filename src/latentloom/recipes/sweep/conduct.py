"""Conducts a search: alone, or with several processes at once."""

import multiprocessing
import os
import shlex
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from ...core.errors import LatentLoomError, RecipeError, RunError
from ...core.ranges import at_least
from ...training.interrupt import stop_request
from ..device import chosen_device
from .grid import Grid
from .optuna_study import OptunaStudy, check_installed
from .outcomes import Outcome, SweepFolder
from .ranking import Ranking
from .search import Judged, Search
from .trial import Bench

MOMENT = 0.5  # seconds


class StoppedSweepError(LatentLoomError):
    """A sweep that was asked to stop, and can go on.

    Args:
        work: What was being done.
    """

    def __init__(self, work: "Work") -> None:
        folder = work.bench.folder
        command = ["latentloom", "sweep", str(folder.asked), "-o", str(folder.path)]
        command += ["--workers", str(work.workers)] if work.workers > 1 else []
        command += ["--storage", work.storage] if work.storage else []
        command += ["--device", work.bench.device] if work.bench.device != "auto" else []
        super().__init__(f"stopped; everything is saved; go on with: {shlex.join(command)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What each of the processes does.

    Args:
        bench: Where trials are trained.
        storage: Where Optuna keeps them; see `OptunaStudy`.
        workers: How many processes there are.
    """

    bench: Bench
    storage: str = ""
    workers: int = 1

    def source(self) -> Grid | OptunaStudy:
        """Where its trials come from."""
        search, folder = self.bench.search, self.bench.folder
        if search.search == "grid":
            return Grid(search, folder)
        return OptunaStudy(search, folder, self.storage)

    def outcomes(self) -> Iterator[Outcome]:
        """Trains one trial after another, until none is left."""
        source = self.source()
        while (trial := source.claim()) is not None:
            try:
                outcome = self.bench.outcome(trial)
                self.bench.folder.write(outcome)
                source.learn(outcome)
            finally:
                trial.claim.release()
            yield outcome


def sweep(
    search: Search,
    output: Path,
    *,
    workers: int = 1,
    storage: str = "",
    device: str = "auto",
    told: Callable[[Outcome], object] = lambda outcome: None,
) -> Ranking:
    """Trains the trials of a search that are not over yet, and ranks all.

    Other processes may do the same at the same time, if they share the folder.

    Args:
        search: What is searched.
        output: The folder: new, empty, or that of the same search, which is gone on with.
        workers: Processes that share the work.
        storage: Address of a database server for Optuna; a journal in the folder, if empty.
        device: `auto`, `cpu` or `cuda`.
        told: Told of each trial when it is over.

    Raises:
        LatentLoomError: If a value, the data or the folder cannot be used, or a signal asked to
            stop.
        ValueError: If there is not at least one worker.
    """
    at_least(1, workers=workers)
    if storage and search.search == "grid":
        raise RecipeError("--storage", "belongs to search: optuna; a grid needs its folder alone")
    if search.search == "optuna":
        check_installed()
    chosen_device(device)
    judged, folder = search.check(), SweepFolder(output)
    folder.begin(search)
    work = Work(bench=Bench(search, folder, device), storage=storage, workers=workers)
    try:
        for outcome in work.outcomes() if workers == 1 else _shared(work):
            told(outcome)
    except KeyboardInterrupt as stop:
        _ranked(search, folder, judged)
        raise StoppedSweepError(work) from stop
    return _ranked(search, folder, judged)


def _ranked(search: Search, folder: SweepFolder, judged: Judged) -> Ranking:
    """The trials that are over, written down."""
    with folder.claim("table"):  # else an older table may be written over a newer one
        ranking = Ranking.of(search, folder, judged)
        ranking.write()
    return ranking


def _shared(work: Work) -> Iterator[Outcome]:
    """Lets several processes do the work."""
    fresh = multiprocessing.get_context("spawn")
    pipes: dict[Connection, BaseProcess] = {}
    for _ in range(work.workers):
        here, there = fresh.Pipe(duplex=False)
        pipes[here] = fresh.Process(target=_worker, args=(work, there))
        pipes[here].start()
        there.close()
    try:
        with stop_request() as request:
            while pipes and not request.made:
                yield from _heard(pipes, work.bench.folder)
        if request.made:
            raise KeyboardInterrupt
    finally:
        for process in pipes.values():
            process.terminate()  # which saves, and stops
        for process in pipes.values():
            process.join()


def _heard(pipes: dict[Connection, BaseProcess], folder: SweepFolder) -> Iterator[Outcome]:
    """What workers say in a moment."""
    for pipe in wait([*pipes], MOMENT):
        assert isinstance(pipe, Connection)
        outcome = _received(pipe, pipes, folder)
        if outcome is not None:
            yield outcome


def _received(
    pipe: Connection,
    pipes: dict[Connection, BaseProcess],
    folder: SweepFolder,
) -> Outcome | None:
    """What a worker says; None if it is done.

    Raises:
        LatentLoomError: If it failed.
        KeyboardInterrupt: If it was asked to stop.
    """
    try:
        said = pipe.recv()
    except EOFError:
        process = pipes.pop(pipe)
        process.join()
        if process.exitcode:
            problem = f"a worker ended with code {process.exitcode}; the same command goes on"
            raise RunError(str(folder.path), problem) from None
        return None
    if isinstance(said, BaseException):
        raise said
    return said


def _worker(work: Work, pipe: Connection) -> None:
    """What a process of its own does; it says each outcome, or why it stopped."""
    os.setpgrp()  # Ctrl-C reaches the parent alone, which tells its workers once
    threading.Thread(target=_follow_parent, daemon=True).start()
    torch.set_num_threads(max(1, torch.get_num_threads() // work.workers))
    try:
        for outcome in work.outcomes():
            pipe.send(outcome)
    except KeyboardInterrupt as stop:
        with suppress(BrokenPipeError):  # of a parent that is gone
            pipe.send(stop)
    except LatentLoomError as error:
        pipe.send(LatentLoomError(str(error)))  # others do not survive the way


def _follow_parent() -> None:
    """Asks this process to save and stop when its parent is gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
