"""The loop that plays the phases of a run, and lets a stopped one go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from ..core.errors import RunError
from ..core.system import System
from ..core.threads import computing
from ..data.dataset import Dataset
from .compiling import compiler_named
from .convergence import UnconvergedError
from .feed import Feed
from .interrupt import StopRequest, stop_request
from .keeper import Keeper
from .observers import Observer, Row
from .phase import Phase
from .player import Player
from .run_folder import RunFolder, read_tensors
from .trust import fit_trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the phases of a run share.

    Args:
        system: What is trained, in place.
        feed: The train split.
        validation: The validation split, ready for the parts.
        folder: Where everything is kept.
        identity: Names the recipe and the data; a checkpoint of another one is refused.
        seed: Of everything random.
        device: Where the parts are.
        observers: Those who watch.
        checkpoint_seconds: Time between checkpoints; 0 keeps one after every step.
        keep_every: Epochs between models that stay when the run is over; 0 keeps none.
        keep_in: Whether these epochs are counted over the `run`, in whose folder they stay, or
            within each `phase`, in its folder.
        news_every: Steps between news of the losses.
        judge_every: Steps between looks at the probes beside the phase's own; 0 for none.
        also: Other splits by name, whose scores are recorded and choose nothing.
        notes: What models that are kept say beside their weights.
    """

    system: System
    feed: Feed
    validation: Dataset
    folder: RunFolder
    identity: str
    seed: int
    device: torch.device
    observers: Sequence[Observer] = ()
    checkpoint_seconds: float = 30.0
    keep_every: int = 0
    keep_in: Literal["run", "phase"] = "run"
    news_every: int = 10
    judge_every: int = 0
    also: Mapping[str, Dataset] = field(default_factory=dict[str, Dataset])
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])


def train(phases: Sequence[Phase], session: Session) -> Sequence[Row]:
    """Plays the phases, from the newest checkpoint in the run's folder if there is one.

    A run that is stopped at any moment and called again ends with the same weights, bit
    for bit on a CPU, as one that was never stopped.

    Returns:
        A row of losses and scores for each epoch.

    Raises:
        KeyboardInterrupt: If a signal asked the run to stop; all is saved by then.
        RunError: If the checkpoint belongs to another recipe or other data.
        TrainingError: If a loss or gradient is not finite, or parts cannot be compiled, or a
            phase does not converge that must before the next one.
    """
    session.system.to(session.device)
    found = session.folder.checkpoint()
    state = read_tensors(found, kind="checkpoint") if found else None
    if state is not None and state["identity"] != session.identity:
        raise RunError(
            str(found),
            "must be a checkpoint of this recipe and this data, and it is of another; train"
            " into a new folder",
        )
    rows: list[Row] = [] if state is None else list(state["rows"])
    first = 0 if state is None else int(state["phase"])
    player: Player | None = None
    try:
        with stop_request() as request:
            for index in range(first, len(phases)):
                kept = state if index == first else None
                player = _play(phases[index], index, session, rows, request, kept)
                if index + 1 < len(phases) and player.converging.refuses:
                    raise _unconverged(player, phases[index + 1], session.folder)
        assert player is not None
        fit_trust(session.system, session.validation, session.device)
        Keeper(session.folder, session.identity).finish(player, rows, session.notes)
    finally:
        for observer in session.observers:
            observer.close()
    return rows


def _play(
    phase: Phase,
    index: int,
    session: Session,
    rows: list[Row],
    request: StopRequest,
    state: Mapping[str, Any] | None,
) -> Player:
    """Plays one phase to its end."""
    torch.manual_seed(session.seed * 1000 + index)
    player = Player(
        phase,
        index,
        session.system,
        feed=session.feed,
        validation=session.validation,
        device=session.device,
        also=session.also,
    )
    keeper = Keeper(session.folder, session.identity, every=session.checkpoint_seconds)
    with computing(phase.threads), compiler_named(phase, index):
        if state is None:
            player.judge_incoming()
            keeper.save(player, rows)
        else:
            keeper.restore(player, state)
        _announce(player, session)
        while not player.finished:
            _play_epoch(player, session, rows, request, keeper)
    if player.converging.refuses:
        keeper.save(player, rows)  # so that it can be trained longer, or all the same be gone on
    player.hand_on()
    keeper.close_phase(player)
    _close(player, session)
    return player


def _play_epoch(
    player: Player, session: Session, rows: list[Row], request: StopRequest, keeper: Keeper
) -> None:
    """Plays an epoch from the step where the player stands."""
    epoch = player.begin_epoch()
    while player.step < player.steps and not player.guarding.gave_up:
        losses = player.take_step(epoch)
        _tell(player, session, losses)
        _tell_news(player, session)
        if request.made:
            keeper.save(player, rows)
            raise KeyboardInterrupt
        keeper.save_if_due(player, rows)
    row = player.end_epoch()
    _tell_news(player, session)
    rows.append(row)
    for observer in session.observers:
        observer.epoch_ends(row, rows)
        if player.look is not None:
            observer.looked(row, player.look)
    within = session.keep_in == "phase"
    count = player.epoch if within else len(rows)
    if session.keep_every and count % session.keep_every == 0:
        path = session.folder.kept(count, player.phase.name if within else "")
        keeper.keep(player, path, count, session.notes)


def _tell(player: Player, session: Session, losses: Mapping[str, Tensor]) -> None:
    """Tells those who watch of a step, if it is time for news."""
    step = player.iteration
    news: dict[str, float] = {}
    if step % session.news_every == 0:
        news = {name: float(value) for name, value in losses.items()}
    if session.judge_every and step % session.judge_every == 0:
        news |= {f"validation/{name}": score for name, score in player.scores().items()}
    if news:
        for observer in session.observers:
            observer.step_ends(player.step, news)


def _tell_news(player: Player, session: Session) -> None:
    for sentence in player.guarding.take_news():
        for observer in session.observers:
            observer.noticed(sentence)


def _announce(player: Player, session: Session) -> None:
    for observer in session.observers:
        observer.phase_begins(
            player.phase.name,
            epochs=player.epochs,
            steps=player.steps_per_epoch,
            first_step=player.iteration,
        )


def _close(player: Player, session: Session) -> None:
    """Tells those who watch that a phase is over, and whether it was of use."""
    phase = player.phase
    told = _progress_told(player)
    for observer in session.observers:
        observer.phase_ends(phase.name)
        if told:
            observer.noticed(told)
        if phase.incoming and not player.best_epoch:
            observer.noticed(
                f"{phase.name}: no epoch was better than the weights it started from, with"
                f" {phase.select} {player.best:.4g}; these are handed on"
            )


def _progress_told(player: Player) -> str:
    """How far a phase came that had to converge; "" of any other."""
    best, iterations = player.best, player.iteration
    told = player.converging.told(player.phase.select, best, iterations=iterations)
    return told and f"{player.phase.name}: {told}"


def _unconverged(player: Player, after: Phase, folder: RunFolder) -> UnconvergedError:
    path, phase = f"phases.{player.index}", player.phase
    longer: list[str] = []
    if player.iteration >= player.iterations:
        count = "iterations" if phase.iterations else "epochs"
        longer.append(f"{path}.{count}={2 * (phase.iterations or phase.epochs or 0)}")
    if player.impatient:
        longer.append(f"{path}.patience={2 * phase.patience}")
    if phase.guard is not None and player.guarding.gave_up:
        longer.append(f"{path}.guard.most_often={2 * phase.guard.most_often}")
    return UnconvergedError(
        folder.path,
        _progress_told(player),
        after=after.name,
        longer=longer,
        regardless=f"{path}.convergence.otherwise=go_on",
    )
