"""The trials of a search, the best first."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.files import write_atomically
from ..plan import Plan
from .outcomes import Outcome, SweepFolder
from .search import Judged, Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The trials of a search that are over, the best first.

    Args:
        search: What was searched.
        folder: Where it was.
        judged: What the score is.
        outcomes: The trials: first those trained to the end, by their score.
    """

    search: Search
    folder: SweepFolder
    judged: Judged
    outcomes: Sequence[Outcome]

    @classmethod
    def of(cls, search: Search, folder: SweepFolder, judged: Judged) -> "Ranking":
        """The trials that are over in a folder.

        Raises:
            RunError: If a file of it is damaged.
        """
        states = ("trained", "pruned", "failed")
        outcomes = sorted(folder.outcomes(), key=lambda o: (states.index(o.state), o.score))
        return cls(search=search, folder=folder, judged=judged, outcomes=outcomes)

    @property
    def best(self) -> Outcome | None:
        """The best trial; None if none was trained to the end."""
        first = next(iter(self.outcomes), None)
        return first if first is not None and math.isfinite(first.score) else None

    @property
    def plan(self) -> Plan | None:
        """What the best trial was trained by, with the first of its seeds."""
        if self.best is None:
            return None
        return self.search.plan(self.best.point, next(iter(self.search.seeds), None))

    @property
    def unfinished(self) -> int:
        """How many trials are not over."""
        return max(0, self.search.size - len(self.outcomes))

    def count(self, state: str) -> int:
        """How many trials ended so."""
        return sum(outcome.state == state for outcome in self.outcomes)

    def write(self) -> None:
        """Writes the table, and the recipe of the best trial."""
        table, plan = self._table(), self.plan
        write_atomically(
            self.folder.table, lambda path: path.write_text(table, encoding="utf-8", newline="")
        )
        if plan is not None:
            text = plan.text
            write_atomically(self.folder.best, lambda path: path.write_text(text, "utf-8"))

    def _table(self) -> str:
        text, seeds = io.StringIO(), [f"score_seed_{seed}" for seed in self.search.seeds]
        keys = [*self.search.keys]
        heads = ["trial", "state", "score", "spread", "seconds", *keys, *seeds, "problem"]
        table = csv.DictWriter(text, heads)
        table.writeheader()
        for outcome in self.outcomes:
            row = {
                "trial": outcome.name,
                "state": outcome.state,
                "score": outcome.score if outcome.state == "trained" else "",
                "spread": "" if outcome.spread is None else outcome.spread,
                "seconds": outcome.seconds,
                "problem": outcome.problem,
            }
            row |= dict(zip(seeds, outcome.scores, strict=False))
            table.writerow(row | dict(outcome.point))
        return text.getvalue()
