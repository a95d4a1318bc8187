"""A search that trains every combination of values."""

from .outcomes import Outcome, SweepFolder, trial_name
from .search import Search
from .trial import Claimed


class Grid:
    """The points of a grid, one after another; several processes share them.

    Args:
        search: What is searched.
        folder: What came of the trials so far.
    """

    def __init__(self, search: Search, folder: SweepFolder) -> None:
        self.search, self.folder = search, folder

    def claim(self) -> Claimed | None:
        """The first trial that is not over, and that nobody is at; None if there is none."""
        for number, point in enumerate(self.search.points()):
            if self.folder.outcome(number).exists():
                continue
            claim = self.folder.claim(trial_name(number))
            if not claim.take():
                continue
            if not self.folder.outcome(number).exists():  # by whom held it a moment ago
                return Claimed(number, point, claim)
            claim.release()
        return None

    def learn(self, outcome: Outcome) -> None:
        """Learns nothing from a trial: its points are fixed."""
