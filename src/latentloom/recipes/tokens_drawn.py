"""Scores the new samples of features that a run draws, as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from ..core.batch import Batch
from ..core.errors import RecipeError, RunError
from ..data.dataset import Dataset
from ..evaluation.population import Population
from ..evaluation.protocols import Extent, Features
from ..evaluation.protocols.measuring import Watch
from .assess import splits
from .contest import Contest, Result, scored
from .run import Run
from .tokens_seen import codes_of, flat

INDEPENDENT = "independent codes"


def drawn_result(
    run: Run, protocol: str, extent: Extent, watch: Watch = lambda row, score: None
) -> Result:
    """The scores of as many new samples as there are held-out ones, by the protocol `features`.

    All are compared in the units of the transforms. Beside the baselines of the protocol
    stand samples of codes that were drawn independently of each other, each as often as in
    the train split: what a model of the codes must beat.

    Args:
        run: The run.
        protocol: The name of the protocol.
        extent: How much of it is run.
        watch: Told the row and the score before each is computed.

    Raises:
        DataError: If the data of the run is not there any more, or too small.
        RecipeError: If it is another protocol.
        RunError: If the run has nothing to generate with.
        ValueError: If `extent` names a score or baseline that there is not.
    """
    if protocol != Features.name:
        raise RecipeError(
            "--protocol", f"must be {Features.name} for a run of features, got {protocol}"
        )
    if not run.generates:
        raise RunError(
            str(run.folder.path),
            "has no generator to draw new samples with; add parts.generator, or leave --protocol"
            " out to score its tokens",
        )
    train, _, held = splits(run)
    drawing = _Drawing(run, held, extent.seed)
    contest = Contest(
        real=drawing.population(_ready(run, held), held),
        made=drawing.population(drawing.drawn()),
        train=drawing.population(_ready(run, train), train),
        stamp={str(run.folder.path): f"data {run.digest}, seed {extent.seed}"},
        notes=("All samples are in the units of the transforms.",),
    )
    return scored(contest, Features(drawing.rivals(train)), extent, watch)


@dataclass(frozen=True)
class _Drawing:
    """Draws samples for whatever is known of held-out ones."""

    run: Run
    held: Dataset
    seed: int

    def drawn(self) -> Float[np.ndarray, "N C"]:
        """By the generator."""
        decoding = self.run.plan.evaluation.sampling

        def make(batch: Batch) -> torch.Tensor:
            return self.run.system.generate(batch.context, decoding).values

        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(self.seed)
            return np.concatenate([flat(make(batch)) for batch in self.run.batches(self.held)])

    def rivals(self, train: Dataset) -> Mapping[str, Population]:
        """By codes that do not know of each other; none where there are no codes."""
        known = codes_of(self.run, train)
        representation = self.run.system.representation
        if known is None or representation is None:
            return {}
        random = np.random.default_rng(self.seed)
        made: list[np.ndarray] = []
        with torch.inference_mode():
            for batch in self.run.batches(self.held):
                rows = random.integers(len(known), size=(batch.context.size, known.shape[1]))
                codes = torch.from_numpy(np.take_along_axis(known, rows, 0))
                steps = codes.unflatten(1, (-1, len(representation.levels)))
                latent = representation.look_up(steps.to(self.run.device))
                made.append(flat(self.run.system.decode(latent, batch.context)))
        return {INDEPENDENT: self.population(np.concatenate(made))}

    def population(
        self, values: Float[np.ndarray, "N C"], known: Dataset | None = None
    ) -> Population:
        """Samples as signals of one step."""
        group = None if known is None or known.group is None else known.group.numpy()
        names = self.run.ready_schema.names("series")
        return Population(values=values[:, None], group=group, channels=names)


def _ready(run: Run, known: Dataset) -> Float[np.ndarray, "N C"]:
    return np.concatenate([flat(batch.values) for batch in run.batches(known)])
