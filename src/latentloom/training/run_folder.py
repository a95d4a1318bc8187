"""The folder that a run leaves behind; every file is complete or absent."""

import io
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from ..core.errors import RunError
from ..core.files import write_atomically

T = TypeVar("T")

STANDING = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Names and writes the files of a run.

    Args:
        path: The folder.
    """

    path: Path

    @classmethod
    def of(cls, path: Path) -> "RunFolder":
        """The run that a path is of: its folder, or a model or checkpoint in it.

        Example:
            >>> RunFolder.of(Path("runs/demo")).path == Path("runs/demo")
            True
        """
        runs = [path] if path.suffix != ".pt" else [path.parent, path.parent.parent]
        return next((cls(run) for run in runs if cls(run).config.is_file()), cls(runs[0]))

    @property
    def config(self) -> Path:
        """Every setting, defaults written out."""
        return self.path / "config.yaml"

    @property
    def data(self) -> Path:
        """The data's fingerprint and the split's sizes."""
        return self.path / "data.json"

    @property
    def split(self) -> Path:
        """Which sample is in which split."""
        return self.path / "split.npz"

    @property
    def conditions(self) -> Path:
        """What was known of the samples of the train split."""
        return self.path / "conditions.npz"

    @property
    def statistics(self) -> Path:
        """What the fitted transforms know."""
        return self.path / "normalization_stats.npz"

    @property
    def model(self) -> Path:
        """The finished system."""
        return self.path / "best_model.pt"

    def kept(self, epoch: int, phase: str = "") -> Path:
        """The model of an epoch: of the run, counted over its phases, or of one phase."""
        return self.path / phase / f"checkpoint_epoch_{epoch}.pt"

    @property
    def history(self) -> Path:
        """Every epoch of every phase."""
        return self.path / "training_history.json"

    @property
    def scores(self) -> Path:
        """The score table."""
        return self.path / "scores.json"

    def sheet(self, protocol: str) -> Path:
        """The scores that a protocol gave what the run makes."""
        return self.path / f"scores_{protocol}.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def begun(self) -> bool:
        """Whether everything is there that a run needs to go on."""
        return all(p.is_file() for p in (self.config, self.data, self.split, self.statistics))

    def phase(self, name: str) -> Path:
        """The folder of a phase."""
        return self.path / name

    def best(self, phase: str) -> Path:
        """The weights that a phase handed on."""
        return self.phase(phase) / "best_model.pt"

    def standing(self, phase: str) -> Path:
        """Where a run stands that is in a phase and not finished."""
        return self.phase(phase) / STANDING

    def logs(self, name: str) -> Path:
        """The event files of a phase."""
        return self.path / "logs" / name

    def create(self) -> None:
        """Makes the folder.

        Raises:
            RunError: If it exists and holds anything.
        """
        if self.path.exists() and any(self.path.iterdir()):
            how = f", or go on with --resume-from {self.path}" if self.begun else ""
            raise RunError(
                str(self.path),
                f"the output folder must be new or empty, and it exists; choose another -o{how}",
            )
        self.path.mkdir(parents=True, exist_ok=True)

    def checkpoints(self) -> list[Path]:
        """All checkpoints; more than one only where a newer one was just written."""
        return list(self.path.glob(f"*/{STANDING}"))

    def checkpoint(self) -> Path | None:
        """The newest checkpoint; none in a run that is finished or has not begun."""
        return max(self.checkpoints(), key=lambda path: path.stat().st_mtime_ns, default=None)


def write_json(path: Path, value: Any) -> None:
    """Writes plain values as JSON, atomically."""
    text = json.dumps(value, indent=1) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def read_json(path: Path, make: Callable[[Any], T], *, absent: str, damaged: str) -> T:
    """What plain values in a JSON file stand for.

    Args:
        path: The file.
        make: Makes it of the values.
        absent: What to say if there is no such file.
        damaged: What to say if it cannot be made; the reason follows in parentheses.

    Raises:
        RunError: If the file is absent, or nothing can be made of it.
    """
    try:
        return make(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problem = absent
    except (ValueError, KeyError, TypeError) as error:
        problem = f"{damaged} ({error})"
    raise RunError(str(path), problem)


def write_tensors(path: Path, value: Mapping[str, Any]) -> None:
    """Writes tensors and plain values, atomically."""
    content = io.BytesIO()  # a full disk then raises what other files raise
    torch.save(dict(value), content)
    write_atomically(path, lambda temporary: temporary.write_bytes(content.getbuffer()))


def read_tensors(path: Path, *, kind: str) -> dict[str, Any]:
    """Reads what `write_tensors` wrote, executing nothing.

    Args:
        path: The file.
        kind: The value that its entry `kind` must have.

    Raises:
        RunError: If the file is absent, cut short, or of another kind.
    """
    if not path.is_file():
        raise RunError(str(path), "must be a checkpoint, and no such file exists")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files that are refused in a moment
            value = torch.load(path, map_location="cpu", weights_only=True)
    except PermissionError:
        raise
    except Exception as error:
        raise RunError(
            str(path),
            "must be a complete checkpoint of tensors and plain values, and it cannot be read"
            " (cut short, damaged, or made by another program); use an older checkpoint",
        ) from error
    found = value.get("kind") if isinstance(value, dict) else None
    if found != kind:
        raise RunError(str(path), f"must be a latentloom {kind}, got {found or 'another file'}")
    return value
