"""Those who watch a run: files, event logs, services, progress bars."""

import csv
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

from ..data.splats.png import Pixels, encoded
from .pictures import Pictures, lines
from .run_folder import RunFolder, write_json
from .watching import Look

MOST = 100_000  # latent numbers in a histogram
HUGE = 1e6  # beyond, they are shown as this

Row = Mapping[str, float | int | str]


class Observer:
    """Watches a run; it may not change it. By default it looks away."""

    def run_begins(self, told: Sequence[str]) -> None:
        """Called when the data are ready, with what there is to say of them."""

    def phase_begins(self, name: str, *, epochs: int, steps: int, first_step: int) -> None:
        """Called before the first step.

        Args:
            name: The phase.
            epochs: How many there are at most.
            steps: How many steps an epoch has.
            first_step: The step of the phase it starts from; above 0 in a resumed run.
        """

    def step_ends(self, step: int, losses: Mapping[str, float]) -> None:
        """Called every few steps with the latest losses by name."""

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        """Called with the epoch's row, and with all rows of the run so far."""

    def looked(self, row: Row, look: Look) -> None:
        """Called after an epoch whose Gaussian latents were looked at."""

    def phase_ends(self, name: str) -> None:
        """Called when a phase is over, and its models are written."""

    def noticed(self, sentence: str) -> None:
        """Called with what should be known of the run before it is over."""

    def close(self) -> None:
        """Called once at the end, however it came."""


class History(Observer):
    """Writes training_history.json, and training_metrics.csv in each phase's folder.

    They are whole when a phase is over and whenever the run ends. In between they lag behind
    where epochs are so short that writing all of them after each would take long: it takes at
    most a tenth of the time.

    Args:
        folder: The run.
        columns: What the columns of the tables are called, in this order, with what they
            hold, such as `Learning Rate: schedule/learning_rate`; all that is recorded, as it
            is called, if empty. A cell stays empty where an epoch has no such number.
    """

    def __init__(self, folder: RunFolder, columns: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.columns = columns or {}
        self.rows: Sequence[Row] = ()
        self.lags, self.due = False, 0.0

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        self.rows, self.lags = rows, True
        began = time.monotonic()
        if began >= self.due:
            self._write(row, rows)
            ended = time.monotonic()
            self.due = ended + 9 * (ended - began)

    def phase_ends(self, name: str) -> None:
        self.close()

    def close(self) -> None:
        if self.lags:
            self._write(self.rows[-1], self.rows)

    def _write(self, row: Row, rows: Sequence[Row]) -> None:
        self.lags = False
        write_json(self.folder.history, list(rows))
        mine = [r for r in rows if r["phase"] == row["phase"]]
        path = self.folder.phase(str(row["phase"])) / "training_metrics.csv"
        if self.columns:
            mine = [{title: r.get(n, "") for title, n in self.columns.items()} for r in mine]
        names = list(dict.fromkeys(name for r in mine for name in r))
        with path.open("w", newline="", encoding="utf-8") as file:
            _write_table(file, names, mine)


def _write_table(file: TextIO, names: Sequence[str], rows: Sequence[Row]) -> None:
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(rows)


class TensorBoard(Observer):
    """Writes event files for TensorBoard to logs/PHASE, those of single steps to its `steps`.

    Args:
        folder: The run.
        pictures: Draws a few of the signals that were looked at, above what came back.
    """

    def __init__(self, folder: RunFolder, pictures: Pictures = lines) -> None:
        self.folder = folder
        self.pictures = pictures

    def phase_begins(self, name: str, *, epochs: int, steps: int, first_step: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self.close()
        logs = self.folder.logs(name)
        purge = first_step // steps + 1 if first_step else None  # epochs count from 1
        self.writer = SummaryWriter(str(logs), purge_step=purge)
        purge = first_step + 1 if first_step else None
        self.stepwise = SummaryWriter(str(logs / "steps"), purge_step=purge)
        self.steps, self.done = steps, first_step // steps * steps

    def step_ends(self, step: int, losses: Mapping[str, float]) -> None:
        for name, value in losses.items():
            self.stepwise.add_scalar(name, value, self.done + step)

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        for name, value in row.items():
            if isinstance(value, float):
                self.writer.add_scalar(name, value, int(row["epoch"]))
        self.writer.flush()
        self.done += self.steps

    def looked(self, row: Row, look: Look) -> None:
        epoch, found = int(row["epoch"]), look.posteriors
        for name, values in {
            "means": found.mean,
            "deviations": (found.log_variance / 2).exp(),
            "nats": found.divergence.mean(0),
        }.items():
            some = values.flatten()[:MOST].nan_to_num(0.0, HUGE, -HUGE)
            self.writer.add_histogram(f"latents/{name}", some.numpy(), epoch)
        self._show("reconstructions", self.pictures(look), epoch)
        self.writer.flush()

    def _show(self, name: str, pixels: Pixels, epoch: int) -> None:
        """Adds an image; the writer's own way of doing so would need another package."""
        from tensorboard.compat.proto.summary_pb2 import (
            Summary,  # pyright: ignore[reportAttributeAccessIssue]
        )

        height, width, channels = pixels.shape
        image = Summary.Image(
            height=height,
            width=width,
            colorspace=channels,
            encoded_image_string=encoded(pixels),
        )
        summary = Summary(value=[Summary.Value(tag=name, image=image)])
        assert self.writer.file_writer is not None
        self.writer.file_writer.add_summary(summary, epoch)

    def close(self) -> None:
        if hasattr(self, "writer"):
            self.writer.close()
            self.stepwise.close()


class WeightsAndBiases(Observer):
    """Logs to Weights & Biases; needs the extra `wandb`."""

    def __init__(self, folder: RunFolder) -> None:
        import wandb  # pyright: ignore[reportMissingImports]

        self.run = wandb.init(project="latentloom", name=folder.path.name, dir=str(folder.path))

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        self.run.log(dict(row))

    def close(self) -> None:
        self.run.finish()


class MLflow(Observer):
    """Logs to MLflow; needs the extra `mlflow`."""

    def __init__(self, folder: RunFolder) -> None:
        import mlflow  # pyright: ignore[reportMissingImports]

        self.mlflow = mlflow
        mlflow.start_run(run_name=folder.path.name)

    def epoch_ends(self, row: Row, rows: Sequence[Row]) -> None:
        numbers = {n.replace("/", "."): v for n, v in row.items() if isinstance(v, float)}
        self.mlflow.log_metrics(numbers, step=len(rows))

    def close(self) -> None:
        self.mlflow.end_run()
