"""YAML that is written in other terms than those of the one schema, and told in its terms."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import RecipeError
from .complaints import JointRecipeError
from .feature_tokenizer import translation as feature_tokenizer
from .feature_tokenizer.terms import SETTINGS as FEATURE_TOKENIZER_SETTINGS
from .feature_tokenizer.terms import TERMS as FEATURE_TOKENIZER_TERMS
from .gaussian_vae import translation as gaussian_vae
from .gaussian_vae.terms import SETTINGS as GAUSSIAN_VAE_SETTINGS
from .gaussian_vae.terms import TERMS as GAUSSIAN_VAE_TERMS
from .sequence_training import translation as sequence_training
from .sequence_training.terms import SETTINGS as SEQUENCE_TRAINING_SETTINGS
from .sequence_training.terms import TERMS as SEQUENCE_TRAINING_TERMS

Tree = dict[str, Any]
Changes = Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A form of YAML that is no recipe's, but says what one would.

    Args:
        name: Which it is, as `logging.form` of the recipe says.
        recognises: Whether a tree is of this form.
        translated: The tree of the recipe that does what one of this form says, with changes.
        source: The key that names the data.
        overall: The keys of what the command line sets for all phases.
        terms: What settings of the recipe are called in this form, for errors that only the
            data bring out.
        settings: What settings of the recipe that this form has too are called in it.
    """

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    translated: Callable[[Mapping[str, Any], Changes], Tree]
    source: str
    overall: Mapping[str, str]
    terms: Mapping[str, str]
    settings: Mapping[str, str]

    def retold(self, error: RecipeError) -> RecipeError:
        """An error of the recipe as the writer of this form can read it.

        Example:
            >>> tokenizer = form_of({"families": {"shape": {}}})
            >>> print(tokenizer.retold(RecipeError("data.most", "must be at least 30, got 12")))
            max_samples: must be at least 30, got 12
        """
        if isinstance(error, JointRecipeError):
            return JointRecipeError([self.retold(problem) for problem in error.problems])
        names = sorted(self.terms, key=len, reverse=True)
        term = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
        told = term.sub(lambda found: self.terms[found[1]], str(error))
        path, _, problem = told.partition(": ")
        return RecipeError(path, problem)


FORMS = (
    Foreign(
        name="sequence_training",
        recognises=sequence_training.is_sequence_training,
        translated=sequence_training.translated,
        source="data_dir",
        overall=sequence_training.OVERALL,
        terms=SEQUENCE_TRAINING_TERMS,
        settings=SEQUENCE_TRAINING_SETTINGS,
    ),
    Foreign(
        name="gaussian_vae",
        recognises=gaussian_vae.is_gaussian_vae,
        translated=gaussian_vae.translated,
        source="data.dataset_path",
        overall=gaussian_vae.OVERALL,
        terms=GAUSSIAN_VAE_TERMS,
        settings=GAUSSIAN_VAE_SETTINGS,
    ),
    Foreign(
        name="feature_tokenizer",
        recognises=feature_tokenizer.is_feature_tokenizer,
        translated=feature_tokenizer.translated,
        source="dataset_path",
        overall=feature_tokenizer.OVERALL,
        terms=FEATURE_TOKENIZER_TERMS,
        settings=FEATURE_TOKENIZER_SETTINGS,
    ),
)


def form_of(tree: Mapping[str, Any]) -> Foreign | None:
    """The form that a tree is written in; None for a recipe.

    Example:
        >>> form_of({"dataset_path": "features.h5", "families": {"shape": {}}}).source
        'dataset_path'
    """
    return next((form for form in FORMS if form.recognises(tree)), None)


def settings_in(name: str) -> Mapping[str, str]:
    """What settings of a recipe are called in a form; nothing if it has none of them.

    Args:
        name: The form; or `recipe`, which has no other names.

    Example:
        >>> settings_in("gaussian_vae")["phases.0.epochs"]
        'training.epochs'
    """
    return next((form.settings for form in FORMS if form.name == name), {})
