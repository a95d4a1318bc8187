"""A search whose points Optuna suggests; the only file that imports it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ...core.errors import RecipeError, RunError
from ...core.files import write_atomically
from .outcomes import Outcome, SweepFolder, trial_name
from .search import Point, Search
from .spans import Choices, Span
from .trial import Claimed

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution


class OptunaStudy:
    """Points that a tree-structured Parzen estimator suggests; several processes share them.

    What it suggests depends on the trials before it and on the number of the trial alone, so a
    search that was stopped and gone on with by one process suggests what it would have.

    Args:
        search: What is searched.
        folder: What came of the trials so far.
        storage: Address of a database server that keeps the trials, such as
            `postgresql://USER@HOST/NAME`; a journal file in the folder, if empty.

    Raises:
        RecipeError: If Optuna is not installed.
        RunError: If the storage cannot be used, or is another than that of the sweep so far.

    References:
        Algorithms for hyper-parameter optimization (Bergstra et al., 2011), section 4.
        https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization
        Optuna: a next-generation hyperparameter optimization framework (Akiba et al., 2019).
        https://doi.org/10.1145/3292500.3330701
    """

    def __init__(self, search: Search, folder: SweepFolder, storage: str = "") -> None:
        check_installed()
        self.search, self.folder = search, folder
        with folder.claim("suggest"):
            self.storage = self._storage(storage)
            self.name = self._name()
            known = len(self._study(0).get_trials(deepcopy=False))
        if any(outcome.number >= known for outcome in folder.outcomes()):
            raise RunError(
                "--storage",
                f"must be that of the sweep in {folder.path} so far, and knows fewer trials",
            )

    def claim(self) -> Claimed | None:
        """A trial that was left unfinished, or a new one; None if there are enough."""
        with self.folder.claim("suggest"):
            asked = self._study(0).get_trials(deepcopy=False)
            for trial in asked:
                left = self._left(trial)
                if left is not None:
                    return left
            if sum(map(self._is_whole, asked)) >= self.search.size:
                return None
            trial = self._study(len(asked)).ask(self._spans())
            claim = self.folder.claim(trial_name(trial.number))
            claim.take(wait=True)
            return Claimed(trial.number, self._point(trial.params), claim)

    def learn(self, outcome: Outcome) -> None:
        """Lets Optuna know what came of a trial.

        One that failed counts as one that was pruned, so that points like it are avoided.
        """
        from optuna.trial import TrialState

        trained = outcome.state == "trained" and outcome.score < float("inf")
        self._study(0).tell(
            outcome.number,
            outcome.score if trained else None,
            TrialState.COMPLETE if trained else TrialState.PRUNED,
            skip_if_finished=True,
        )

    def _left(self, trial: optuna.trial.FrozenTrial) -> Claimed | None:
        """A trial whose process or outcome is gone; one that was over is learned of."""
        outcome = self.folder.outcome(trial.number)
        claim = self.folder.claim(trial_name(trial.number))
        is_over = trial.state.is_finished() and outcome.exists()
        if is_over or not self._is_whole(trial) or not claim.take():
            return None
        if not outcome.exists():
            return Claimed(trial.number, self._point(trial.params), claim)
        self.learn(next(o for o in self.folder.outcomes() if o.number == trial.number))
        claim.release()
        return None

    def _is_whole(self, trial: optuna.trial.FrozenTrial) -> bool:
        """Whether the trial has all its values: its process was not killed while it asked."""
        return trial.params.keys() == self.search.keys.keys()

    def _spans(self) -> dict[str, BaseDistribution]:
        return {key: _distribution(span) for key, span in self.search.keys.items()}

    def _point(self, params: Mapping[str, Any]) -> Point:
        spans = self.search.keys
        return {
            key: json.loads(params[key]) if isinstance(span, Choices) else params[key]
            for key, span in spans.items()
        }

    def _study(self, seed: int) -> optuna.Study:
        """The study, with a sampler that draws by a seed."""
        import optuna

        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        return optuna.create_study(
            storage=self.storage, study_name=self.name, sampler=sampler, load_if_exists=True
        )

    def _name(self) -> str:
        """What the study is called: no other sweep on the same server is."""
        path = self.folder.study
        if not path.exists():
            name = f"{self.folder.path.resolve().name}-{uuid.uuid4().hex[:8]}"
            write_atomically(path, lambda temporary: temporary.write_text(name, encoding="utf-8"))
        return path.read_text(encoding="utf-8")

    def _storage(self, address: str) -> optuna.storages.BaseStorage:
        import optuna
        from optuna.storages import journal

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        if not address:
            path = str(self.folder.journal)
            backend = journal.JournalFileBackend(path, journal.JournalFileOpenLock(path))
            return optuna.storages.JournalStorage(backend)
        try:
            return optuna.storages.RDBStorage(address)
        except Exception as error:  # of many packages, whatever the server
            said = str(error).partition("\n")[0]
            problem = f"must be a database server that Optuna can use, and is not: {said}"
            raise RunError("--storage", problem) from error


def check_installed() -> None:
    """Checks that Optuna is there.

    Raises:
        RecipeError: If it is not.
    """
    if find_spec("optuna") is None:
        raise RecipeError(
            "search", "optuna needs the package optuna; install latentloom[sweep], or take a grid"
        )


def _distribution(span: Choices | Span) -> BaseDistribution:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(span, Choices):  # as text, for a value may be a list or a mapping
        return CategoricalDistribution([json.dumps(value) for value in span.values])
    if span.scale == "whole":
        return IntDistribution(int(span.low), int(span.high))
    return FloatDistribution(span.low, span.high, log=span.scale == "log")
