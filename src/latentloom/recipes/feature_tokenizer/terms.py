"""Says of errors where they lie in a feature tokenizer's YAML, not in the recipe behind it."""

import re

from ...core.errors import RecipeError
from ..complaints import JointRecipeError

GROUPING = "data.transforms.1.grouping"
REPRESENTATION = "parts.representation"
# What the settings that data can turn out not to fit are called; bare names are of hints.
TERMS = {
    "data.most": "max_samples",
    "data.source": "dataset_path",
    "data.columns.families": "families",
    "logging.services.0": "logging.wandb",
    "phases.0.probes": "dataset_path",
    "data.transforms.0": "families",
    "data.transforms.1.families": "families",
    f"{GROUPING}.categories": "training.category_mapping",
    f"{GROUPING}.count": "training.num_categories_auto",
    f"{GROUPING}.isolated": "training.isolated_families",
    f"{GROUPING}.least_features": "training.min_features_per_category",
    f"{REPRESENTATION}.bottleneck.levels": "model.levels",
    f"{REPRESENTATION}.encoder.families": "families",
    "least_features": "min_features_per_category",
}
_LONGEST_FIRST = sorted(TERMS, key=len, reverse=True)
_TERM = re.compile(rf"\b({'|'.join(map(re.escape, _LONGEST_FIRST))})\b")


def in_own_terms(error: RecipeError) -> RecipeError:
    """An error as the writer of a feature tokenizer's YAML can read it.

    Example:
        >>> print(in_own_terms(RecipeError("data.most", "must be at least 30, got 12")))
        max_samples: must be at least 30, got 12
    """
    if isinstance(error, JointRecipeError):
        return JointRecipeError([in_own_terms(problem) for problem in error.problems])
    path, _, problem = _TERM.sub(lambda found: TERMS[found[1]], str(error)).partition(": ")
    return RecipeError(path, problem)
