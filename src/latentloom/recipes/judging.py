"""What somebody asked to be scored: a run or files, by which protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..core.errors import RecipeError, RunError
from ..data.dataset import Dataset
from ..data.formats import Columns
from ..data.formats.guess import Rows
from ..evaluation.protocols import WHOLE, Extent, protocol_named
from ..evaluation.protocols.measuring import Watch
from ..training.run_folder import RunFolder
from .assess import Assessment, assess
from .contest import Result, of_files, of_run, scored
from .exchange import known_from, whole_from
from .ranges import unfamiliar
from .run import Run
from .sets_assessed import SetAssessment, assess_sets
from .sets_seen import tells_gaussians
from .tokens_assessed import TokenAssessment, assess_tokens
from .tokens_drawn import drawn_result

DEFAULT = "strict"
NONE = "none"
SERIES = "series"


@dataclass(frozen=True, kw_only=True)
class Judging:
    """A wish to score made signals by a protocol.

    Args:
        judged: A run, or a file or folder of made signals.
        real: Real signals; not of a run, which has its own test split.
        train: Real signals that the generator learned from; not of a run, which knows them.
        protocol: The name of the protocol; if empty, a run that answers to something is
            scored on its answers, each beside the truth, a run of features on its tokens, one
            of sets of Gaussians on what it keeps of them, and all else by `strict`.
        data: What the answers of a run are scored on; its own test split if None.
        columns: The roles of the arrays of files that do not know them.
        rows: What a row of a table is, where `columns` does not say it.
        extent: How much of the protocol is run.
        device: Where a run generates: `auto`, `cpu` or `cuda`.
    """

    judged: Path
    real: Path | None = None
    train: Path | None = None
    protocol: str = ""
    data: Path | None = None
    columns: Columns | None = None
    rows: Rows | None = None
    extent: Extent = WHOLE
    device: str = "auto"

    @cached_property
    def run(self) -> Run | None:
        """The run that is to be scored; None where files are.

        Raises:
            LatentLoomError: If it cannot be opened.
        """
        folder = RunFolder(self.judged)
        return Run.open(self.judged, device=self.device) if folder.config.is_file() else None

    @property
    def paired(self) -> bool:
        """Whether each answer of a run is held against the truth beside it."""
        run = self.run
        if self.protocol or run is None or tells_gaussians(run):
            return False
        return run.answers and not run.tells_features

    @property
    def of_tokens(self) -> bool:
        """Whether the tokens of a run of features are scored."""
        return not self.protocol and self.run is not None and self.run.tells_features

    @property
    def of_sets(self) -> bool:
        """Whether what a run keeps of sets of Gaussians is scored."""
        return not self.protocol and self.run is not None and tells_gaussians(self.run)

    @property
    def own_file(self) -> Path | None:
        """Where a run keeps these scores; None where no run is scored on its own data."""
        if self.run is None or self.data is not None:
            return None
        folder = self.run.folder
        if self.paired or self.of_tokens or self.of_sets:
            return folder.scores
        return folder.sheet(self.protocol or DEFAULT)

    def assessment(
        self, warn: Callable[[Iterable[str]], object] = lambda said: None
    ) -> Assessment:
        """The scores of a run's answers.

        Args:
            warn: Told what of other data lies outside what the run was trained on.

        Raises:
            LatentLoomError: If the run or the data cannot be used.
        """
        run = self._a_run()
        for flag in ("real", "train"):
            if getattr(self, flag) is not None:
                raise RecipeError(
                    f"--{flag}",
                    "goes with signals of files, or with --protocol; say --data to score the"
                    " answers of a run on other data",
                )
        known = self._other_data(run)
        warn(() if known is None else unfamiliar(run, known))
        return assess(run, known)

    def tokens(self) -> TokenAssessment:
        """The scores of the tokens of a run of features.

        Raises:
            LatentLoomError: If the run or the data cannot be used, or what was asked is about
                signals.
        """
        run = self._a_run()
        self._refuse_signals()
        self._refuse_choice("goes with --protocol features; tokens have one table")
        known = self._other_data(run)
        return assess_tokens(run, known)

    def sets(self) -> SetAssessment:
        """The scores of what a run keeps of sets of Gaussians.

        Raises:
            LatentLoomError: If the run or the data cannot be used, or what was asked is about
                files, or a protocol.
        """
        run = self._a_run()
        self._refuse_signals()
        self._refuse_choice("goes with --protocol strict; sets have one table")
        return assess_sets(run, None if self.data is None else whole_from(run.schema, self.data))

    def result(self, watch: Watch = lambda row, score: None) -> Result:
        """The scores of signals as a whole, by the protocol.

        Raises:
            LatentLoomError: If the run or the files cannot be used, or what was asked does
                not go together.
            ValueError: If there is no such protocol, score or baseline.
        """
        protocol = protocol_named(self.protocol or DEFAULT)
        if self.data is not None:
            raise RecipeError("--data", "goes with the answers of a run; leave --protocol out")
        if self.run is not None and self.run.tells_features:
            self._refuse_signals()
            return drawn_result(self.run, protocol.name, self.extent, watch)
        if self.run is not None:
            contest = of_run(self.run, protocol, seed=self.extent.seed)
            if self.real is not None or self.train is not None:
                problem = "must be left out: a run is held against its own test split"
                raise RecipeError("--real", problem)
        elif self.real is None:
            problem = f"must name the real signals that {self.judged} is held against"
            raise RecipeError("--real", problem)
        else:
            contest = of_files(
                self.judged,
                self.real,
                self.train,
                protocol=protocol,
                columns=self.columns,
                rows=self.rows,
            )
        return scored(contest, protocol, self.extent, watch)

    def _refuse_choice(self, problem: str) -> None:
        """Refuses what says which scores of a protocol are wanted."""
        asked = {"--scores": self.extent.scores, "--baselines": self.extent.baselines}
        for flag, names in asked.items():
            if names is not None:
                raise RecipeError(flag, problem)

    def _refuse_signals(self) -> None:
        """Refuses what says how files of signals are read."""
        asked = {
            "--real": self.real is not None,
            "--train": self.train is not None,
            "--series, --drive, --condition, --label": self.columns is not None,
            "--rows": self.rows is not None,
        }
        told = "sets" if self.of_sets else "features"
        for flag, given in asked.items():
            if given:
                raise RecipeError(
                    flag,
                    f"must be left out: a run of {told} knows its columns, and is held against"
                    " its own test split or --data",
                )

    def _other_data(self, run: Run) -> Dataset | None:
        """The data that are given beside a run, read as its own."""
        if self.data is None:
            return None
        return known_from(run.schema, self.data, {}, series=SERIES, data=run.plan.data)

    def _a_run(self) -> Run:
        if self.run is None:
            raise RunError(str(self.judged), "must be the folder of a run")
        return self.run


def extent_of(baselines: str, scores: str, seed: int) -> Extent:
    """How much of a protocol is run, as the command line says it.

    Args:
        baselines: Names with commas between them; all if empty, `none` for none.
        scores: Likewise.
        seed: Of everything random.

    Example:
        >>> extent_of("none", "mmd,skewness", 0).scores
        ('mmd', 'skewness')
    """
    return Extent(baselines=_names(baselines), scores=_names(scores), seed=seed)


def _names(text: str) -> tuple[str, ...] | None:
    if text == NONE:
        return ()
    names: Sequence[str] = [name.strip() for name in text.split(",") if name.strip()]
    return tuple(names) or None
