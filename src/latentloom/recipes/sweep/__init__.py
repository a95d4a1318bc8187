"""Searches over the settings of recipes: many runs, compared by a score on validation.

Sweeps of one run over the values of a condition are elsewhere, in `recipes/sweeping.py`.
"""

from .conduct import sweep
from .outcomes import Outcome
from .ranking import Ranking
from .search import Search

__all__ = ["Outcome", "Ranking", "Search", "sweep"]
