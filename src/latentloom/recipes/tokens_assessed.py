"""Scores the tokens of a run beside what as many bits keep without training."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from ..core.batch import Context
from ..core.errors import RunError
from ..data.dataset import Dataset
from ..evaluation.tokens import Material, Meanings, TokenCard, judge_tokens
from .assess import code_hits, splits
from .run import Run
from .tokens_seen import flat, material_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAssessment:
    """A card of tokens with what it was made of.

    Args:
        known: The samples that were scored, in the units of their files.
        material: What they and their tokens are in the units of the transforms.
        card: The scores.
    """

    known: Dataset
    material: Material
    card: TokenCard


def assess_tokens(run: Run, data: Dataset | None = None) -> TokenAssessment:
    """Scores the tokens of a run whose data are families of features.

    Args:
        run: The run.
        data: What it is scored on; the test split of its own data if None.

    Raises:
        DataError: If the data cannot be used.
        RunError: If the run is of signals, or has no representation.
    """
    if not run.tells_features:
        raise RunError(str(run.folder.path), "must be of families of features, and is of signals")
    train, _, test = splits(run)
    known = test if data is None else run.gather(series=data)
    material = material_of(run, train, known)
    card = judge_tokens(material, codes=code_hits(run, known), seed=run.plan.random_seed)
    return TokenAssessment(known=known, material=material, card=card)


def meanings_of(run: Run, material: Material) -> Meanings | None:
    """What each code of a run changes in the features that it decodes.

    None without codes, and where decoding takes conditions.

    Args:
        run: The run.
        material: Its train codes.
    """
    representation, codes = run.system.representation, material.learned.codes
    if representation is None or codes is None or run.answers:
        return None

    def decode(rows: Int[np.ndarray, "R K"]) -> Float[np.ndarray, "R C"]:
        steps = torch.from_numpy(rows).unflatten(1, (-1, len(representation.levels)))
        lengths = torch.ones(len(rows), dtype=torch.long, device=run.device)
        context = Context(size=len(rows), steps=1, lengths=lengths)
        with torch.inference_mode():
            latent = representation.look_up(steps.to(run.device))
            return flat(run.system.decode(latent, context))

    return Meanings.of(decode, codes, material.layout, seed=run.plan.random_seed)
