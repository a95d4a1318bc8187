"""Forward passes of adversarial phases: a critic learns to tell, a generator to be mistaken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.batch import Batch, Context, Latent
from ..core.roles import Critic, LatentGenerator, Outputs, Representation
from ..core.system import System
from ..generators.decoding import Sample
from .forward_passes import (
    SIGNALS,
    ForwardPass,
    conditions_name,
    conditions_of,
    real_latents,
)

Z = Float[Tensor, "B S D"]
DRAWING: Mapping[str, type[Any]] = {
    "representation": Representation,
    "generator": LatentGenerator,
}
TOLD = frozenset({"told_conditions", "conditions"})
BOTH = frozenset({"real_z", "fake_z"})


@dataclass(frozen=True, slots=True)
class DrawLatents(ForwardPass):
    """Has the generator draw a latent for each signal's context, beside the signal's own.

    Args:
        posterior: Whether a Gaussian bottleneck's real latents are `drawn` anew each time, or
            are their `mean`; other bottlenecks have no more than one.
        decoded: `on` decodes what is drawn as well, so that one number can judge latents and
            signals of the same draw.
        conditions: How many scalars are known of each signal.
    """

    posterior: Literal["drawn", "mean"] = "drawn"
    decoded: Literal["off", "on"] = "off"
    conditions: int = 0
    needs: ClassVar[Mapping[str, type[Any]]] = DRAWING
    moves: ClassVar[frozenset[str]] = frozenset({"generator"})
    reads_latents: ClassVar[bool] = True

    @property
    def provides(self) -> frozenset[str]:
        if self.decoded == "off":
            return BOTH
        return BOTH | SIGNALS | conditions_name(self.conditions)

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        real, context = real_latents(system, batch, self.posterior), system.informed(batch.context)
        generator = system.part("generator", LatentGenerator)
        generator.begin(real, context)
        both = {"real_z": real, "fake_z": generator.draw(context, Sample())}
        if self.decoded == "off":
            return both
        made = system.decode(Latent(z=both["fake_z"]), batch.context)
        signals = {"output": made, "target": batch.values, "mask": batch.context.mask}
        return {**both, **signals, **conditions_of(batch.context)}


@dataclass(frozen=True, slots=True)
class Fool(ForwardPass):
    """Has the critic score what the generator draws, for the generator to learn from.

    Each latent is drawn for the context of a signal, so that what is drawn has the conditions
    of the real ones beside it.

    Args:
        posterior: As in `DrawLatents`.
        told: How many conditions the critic reads from latents.
    """

    posterior: Literal["drawn", "mean"] = "drawn"
    told: int = 0
    needs: ClassVar[Mapping[str, type[Any]]] = {**DRAWING, "critic": Critic}
    moves: ClassVar[frozenset[str]] = frozenset({"generator"})
    reads_latents: ClassVar[bool] = True

    @property
    def provides(self) -> frozenset[str]:
        return BOTH | {"fake_score"} | (TOLD if self.told else frozenset())

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        both = DrawLatents(self.posterior)(system, batch, progress)
        critic, context = system.part("critic", Critic), system.informed(batch.context)
        score = critic(both["fake_z"], context)
        return {**both, "fake_score": score, **_told(critic, both["fake_z"], context)}


@dataclass(frozen=True, slots=True)
class Criticize(ForwardPass):
    """Has the critic score real latents, and those that the generator draws for their contexts.

    The generator gets no gradient. Real latents come as they are in `latents`: worked out
    once a phase where nothing changes the signals.

    Args:
        slope: Where the steepness of the scores is worked out, for a penalty on it: at a random
            point `between` each real latent and one that was drawn, as `slope`; at the `real`
            ones, as `real_slope`; at `both`, or nowhere (`off`), which is much cheaper.
        posterior: As in `DrawLatents`.
        told: How many conditions the critic reads from latents.

    References:
        Improved Training of Wasserstein GANs (Gulrajani et al., 2017), algorithm 1
        https://arxiv.org/abs/1704.00028
        Which Training Methods for GANs do actually Converge? (Mescheder et al., 2018), eq. 9,
        for the slope at real ones
        https://arxiv.org/abs/1801.04406
    """

    slope: Literal["between", "real", "both", "off"] = "between"
    posterior: Literal["drawn", "mean"] = "drawn"
    told: int = 0
    needs: ClassVar[Mapping[str, type[Any]]] = {**DRAWING, "critic": Critic}
    moves: ClassVar[frozenset[str]] = frozenset({"critic"})
    reads_latents: ClassVar[bool] = True

    @property
    def provides(self) -> frozenset[str]:
        slopes = {"between": {"slope"}, "real": {"real_slope"}, "both": {"slope", "real_slope"}}
        told = TOLD if self.told else frozenset[str]()
        return frozenset({"real_score", "fake_score"}) | slopes.get(self.slope, set()) | told

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        real, context = real_latents(system, batch, self.posterior), system.informed(batch.context)
        critic = system.part("critic", Critic)
        generator = system.part("generator", LatentGenerator)
        critic.begin(real, context)
        _begin(generator, real, context, learning=critic.training)
        with torch.no_grad():
            fake = generator.draw(context, Sample())
        outputs = {"real_score": critic(real, context), "fake_score": critic(fake, context)}
        if self.slope in ("between", "both"):
            share = torch.rand(len(real), 1, 1).to(real)
            outputs["slope"] = critic.slope(share * real + (1 - share) * fake, context)
        if self.slope in ("real", "both"):
            outputs["real_slope"] = critic.slope(real, context)
        return outputs | _told(critic, real, context)


def _begin(generator: LatentGenerator, real: Z, context: Context, *, learning: bool) -> None:
    """Has a generator take its units in the turn of the critic, in which it does not learn."""
    itself = generator.training
    generator.train(learning)
    generator.begin(real, context)
    generator.train(itself)


def _told(critic: Critic, z: Z, context: Context) -> dict[str, Tensor]:
    """The conditions that the critic reads from latents, and the true ones; none if it cannot."""
    told = critic.conditions(z, context)
    if told is None or context.condition is None:
        return {}
    return {"told_conditions": told, "conditions": context.condition.to(told)}
