"""A short seeded run of the demo recipe ends where it always ended."""

import pytest

from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan
