"""The sections of a sequence training's YAML, as dataclasses that its schema is made from."""

from dataclasses import dataclass, field
from typing import Literal

from ...core.ranges import a_share, at_least, below_one, positive

Strategy = Literal["pure_mae", "pure_autocorr", "combined"]

# Epochs between the models that are kept, where nothing else is said.
SAVE_EVERY: dict[str, int] = {"pure_mae": 10, "pure_autocorr": 10, "combined": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One phase of the training: for how long, how fast, with how much help.

    Args:
        name: Of its folder; `phase_101_200` after its epochs, if empty.
        epochs: Passes over the train split.
        start_lr: Learning rate at the start, or after the warm-up.
        min_lr: Learning rate at the end.
        teacher_forcing_start: Chance that a step is told the true one before it, at the start.
        teacher_forcing_end: The same at the end; in between it moves in a straight line.
        max_lag: Steps apart up to which autocorrelations are compared.
        alpha: Weight of the absolute error in the combined loss; the autocorrelation has the
            rest.
        alpha_end: Its value at the end, if it moves.
        noise_level: Standard deviation of the noise on the first row, in the units of the
            normalised values.
        weight_decay: Weight decay of AdamW.
        clip_grad_norm: Longest gradient allowed.
        continued: Whether the learning rate falls in a straight line, as for weights that are
            trained on, or warms up first, as for new ones; if None, only the first phase of
            new weights warms up.
    """

    name: str = ""
    epochs: int = 100
    start_lr: float = 1e-3
    min_lr: float = 5e-4
    teacher_forcing_start: float = 0.7
    teacher_forcing_end: float = 0.6
    max_lag: int = 10
    alpha: float = 0.5
    alpha_end: float | None = None
    noise_level: float = 0.05
    weight_decay: float = 0.01
    clip_grad_norm: float = 1.0
    continued: bool | None = None

    def __post_init__(self) -> None:
        at_least(1, epochs=self.epochs, max_lag=self.max_lag)
        at_least(0, start_lr=self.start_lr, min_lr=self.min_lr)
        at_least(0, noise_level=self.noise_level, weight_decay=self.weight_decay)
        a_share(teacher_forcing_start=self.teacher_forcing_start)
        a_share(teacher_forcing_end=self.teacher_forcing_end)
        a_share(alpha=self.alpha)
        if self.alpha_end is not None:
            a_share(alpha_end=self.alpha_end)
        positive(clip_grad_norm=self.clip_grad_norm)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceTraining:
    """An LSTM that writes series from their first rows, trained in phases.

    Args:
        strategy: The loss: mean absolute error, distance of autocorrelations, or both.
        data_dir: A folder of CSV files, one a series, or any file that can be read.
        phases: What is played, in order.
        output_dir: Folder of the run, where the command line names none.
        existing_model: A run or model file whose weights training starts from.
        columns: Whether columns that are constant within every series are `conditions`, or
            are read and predicted at each step, as in the `document`.
        normalize: Whether channels are divided by their root mean square (`scale`), which
            leaves autocorrelations as they are, are brought to zero mean and unit deviation
            (`standard`), or stay as they are (`none`).
        train: How many series train, or, below 1, which share of them.
        validation: How many choose the model, or which share; the rest is the test split.
        hidden_size: Features of the memory of a layer.
        num_layers: Layers of the encoder, and of the decoder.
        dropout: Share of features dropped between layers.
        batch_size: Series in a step.
        accumulate: Parts that a batch is cut into, whose gradients are added up.
        teacher_forcing: Whether steps are told true ones at all.
        mixed_precision: Whether forward passes are in bfloat16 where the hardware computes
            in it.
        num_workers: Threads that compute on a CPU; as many as the process has, if 0.
        score_lags: Lags of the autocorrelations that are judged in every phase alike; the
            first is that of the score that chooses.
        save_every: Epochs between models that are kept, counted within the phase; 0 for
            none, as the strategy has it if None.
        test_every_epoch: Whether the test split is scored in every epoch too; it chooses
            nothing.
        random_seed: Of everything random.
    """

    strategy: Strategy
    data_dir: str
    phases: list[Stage]
    output_dir: str = ""
    existing_model: str = ""
    columns: Literal["conditions", "document"] = "conditions"
    normalize: Literal["scale", "standard", "none"] = "scale"
    train: int | float = 4400
    validation: int | float = 550
    hidden_size: int = 256
    num_layers: int = 2
    dropout: float = 0.3
    batch_size: int = 32
    accumulate: int = 1
    teacher_forcing: bool = True
    mixed_precision: bool = True
    num_workers: int = 0
    score_lags: list[int] = field(default_factory=lambda: [10, 20])
    save_every: int | None = None
    test_every_epoch: bool = True
    random_seed: int = 42

    def __post_init__(self) -> None:
        at_least(1, hidden_size=self.hidden_size, num_layers=self.num_layers)
        at_least(1, batch_size=self.batch_size, accumulate=self.accumulate)
        at_least(0, num_workers=self.num_workers)
        below_one(dropout=self.dropout)
        if self.save_every is not None:
            at_least(0, save_every=self.save_every)
        if not self.data_dir:
            raise ValueError("data_dir must name a folder of series, got nothing")
        if not self.score_lags or min(self.score_lags) < 1:
            raise ValueError(f"score_lags must be lags from 1 on, got {self.score_lags}")
        if isinstance(self.train, float) != isinstance(self.validation, float):
            raise ValueError(
                "train must be a number of series as validation is, such as 4400 and 550, or both"
                f" shares, such as 0.8 and 0.1, got {self.train} and {self.validation}"
            )
