"""Scores what a run keeps of sets of Gaussians, beside what is known without training."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..core.errors import RunError
from ..data.dataset import Dataset
from ..evaluation.sets import Material, Rival, SetCard, judge_sets, rivals_of
from .assess import splits
from .run import Run
from .sets_seen import material_of, tells_gaussians


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAssessment:
    """A card of sets with what it was made of.

    Args:
        known: The sets that were scored, in the units of their files.
        material: They and their reconstructions in the units of the transforms.
        rivals: What the reconstructions must beat, fitted to train sets.
        card: The scores.
    """

    known: Dataset
    material: Material
    rivals: Mapping[str, Rival]
    card: SetCard


def assess_sets(run: Run, data: Dataset | None = None) -> SetAssessment:
    """Scores the reconstructions of a run whose data are sets of Gaussians.

    Args:
        run: The run.
        data: What it is scored on; the test split of its own data if None.

    Raises:
        DataError: If the data cannot be used.
        RunError: If the run is of other signals, or has no representation.
    """
    if not tells_gaussians(run):
        problem = "must be of sets of Gaussians and have a representation, and is not"
        raise RunError(str(run.folder.path), problem)
    train, _, test = splits(run)
    known = test
    if data is not None:
        known = replace(run.gather(series=data), extras=data.extras, group=data.group)
    material, seed = material_of(run, train, known), run.plan.random_seed
    rivals = rivals_of(material, seed=seed)
    card = judge_sets(material, rivals, seed=seed)
    return SetAssessment(known=known, material=material, rivals=rivals, card=card)
