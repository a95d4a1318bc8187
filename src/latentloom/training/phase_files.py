"""Files that other programs look for in the folder of a phase."""

import shutil
from collections.abc import Mapping, Sequence

from ..core.files import write_atomically
from .observers import Observer
from .run_folder import RunFolder, write_json

Value = str | int | float | bool | None


class PhaseFiles(Observer):
    """Writes args.json when a phase begins, and its best model under more names when it ends.

    Args:
        folder: The run.
        arguments: What args.json says, by phase; phases that are not named get none.
        best_as: Further names of best_model.pt, without ending.
    """

    def __init__(
        self,
        folder: RunFolder,
        arguments: Mapping[str, Mapping[str, Value]],
        best_as: Sequence[str],
    ) -> None:
        self.folder, self.arguments, self.best_as = folder, arguments, best_as

    def phase_begins(self, name: str, *, epochs: int, steps: int, first_step: int) -> None:
        if name in self.arguments:
            write_json(self.folder.phase(name) / "args.json", dict(self.arguments[name]))

    def phase_ends(self, name: str) -> None:
        best = self.folder.best(name)
        for other in self.best_as:
            write_atomically(best.with_name(f"{other}.pt"), lambda path: shutil.copy(best, path))
