"""Keeps what a run has reached, so that it can be stopped at any moment."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..core.errors import RunError
from .observers import Row
from .player import Player
from .run_folder import RunFolder, write_tensors


class Keeper:
    """Writes checkpoints and models of a run.

    Args:
        folder: Where they go.
        identity: Names the recipe and the data.
        every: Seconds between checkpoints.
    """

    def __init__(self, folder: RunFolder, identity: str, *, every: float = 30.0) -> None:
        self.folder = folder
        self.identity = identity
        self.every = every
        self.last = time.monotonic()

    def save_if_due(self, player: Player, rows: Sequence[Row]) -> None:
        """Writes a checkpoint if the last one is old enough."""
        if time.monotonic() - self.last >= self.every:
            self.save(player, rows)

    def save(self, player: Player, rows: Sequence[Row]) -> None:
        """Writes a checkpoint, then removes the older ones of the run."""
        path = self.folder.standing(player.phase.name)
        state = {
            "kind": "checkpoint",
            "identity": self.identity,
            "phase": player.index,
            "rows": [dict(row) for row in rows],
            "player": player.state(),
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        write_tensors(path, state)
        self._remove_checkpoints(but=path)
        self.last = time.monotonic()

    def restore(self, player: Player, state: Mapping[str, Any]) -> None:
        """Puts a player, and everything random, where the checkpoint left them.

        Raises:
            RunError: If the checkpoint does not fit the parts.
        """
        try:
            player.load_state(state["player"])
        except (RuntimeError, KeyError, ValueError) as error:
            raise RunError(
                str(self.folder.path), f"its checkpoint does not fit this recipe: {error}"
            ) from error
        torch.set_rng_state(state["rng"])
        if state["cuda_rng"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(state["cuda_rng"])

    def close_phase(self, player: Player) -> None:
        """Writes the phase's last weights, and those that it hands on."""
        where = self.folder.phase(player.phase.name)
        self._write_model(where / "final_model.pt", player.last_weights, player)
        self._write_model(self.folder.best(player.phase.name), player.system.state_dict(), player)

    def keep(self, player: Player, path: Path, epoch: int, notes: Mapping[str, Any]) -> None:
        """Writes the model as it stands after an epoch, to stay when the run is over."""
        optimizers = [turn.optimizer.state_dict() for turn in player.turns]
        value = self._model(player.weights()) | {"epoch": epoch} | dict(notes)
        write_tensors(path, value | {"optimizer_state_dict": optimizers})

    def finish(self, player: Player, rows: Sequence[Row], notes: Mapping[str, Any]) -> None:
        """Writes the finished system and how it came about, then removes the checkpoints.

        Args:
            player: The phase that the run ended with.
            rows: All rows of the run.
            notes: What the file says beside all that.
        """
        history = [{n: value for n, value in row.items() if n != "seconds"} for row in rows]
        best = _row_of_best(player, history)
        value = self._model(player.system.state_dict()) | {"history": history, "metrics": best}
        score = best.get(f"validation/{player.phase.select}")
        value |= {"epoch": best["epoch"], "val_loss": score} | dict(notes)
        write_tensors(self.folder.model, value)
        self._remove_checkpoints(but=None)

    def _model(self, weights: Mapping[str, Any]) -> dict[str, Any]:
        """A model's entries; its weights also have the name that other programs know."""
        own = dict(weights)
        named = {"weights": own, "model_state_dict": own}
        return {"kind": "model", "identity": self.identity, **named}

    def _write_model(self, path: Path, weights: Mapping[str, Any], player: Player) -> None:
        value = self._model(weights)
        value |= {"phase": player.phase.name, "epoch": player.epoch, "score": player.best}
        write_tensors(path, value)

    def _remove_checkpoints(self, *, but: Path | None) -> None:
        for path in self.folder.checkpoints():
            if path != but:
                path.unlink()


def _row_of_best(player: Player, history: Sequence[Row]) -> Row:
    """The row of the weights that are handed on.

    Where no epoch was better than the weights that the last phase started from, it is that
    of the earlier phase that they came from, or of no epoch, if they came from elsewhere.
    """
    score = f"validation/{player.phase.select}"
    own = [row for row in history if row["phase"] == player.phase.name and score in row]
    if not own or player.phase.incoming is None:
        return min(own, key=lambda row: row[score]) if own else history[-1]
    found = [row for row in history if row.get(score) == player.best]
    return found[-1] if found else {"epoch": 0, score: player.best}
