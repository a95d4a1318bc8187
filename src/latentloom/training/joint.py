"""Forward passes of joint phases: a recurrent generator learns beside the latents it draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.batch import Batch, Latent
from ..core.roles import Critic, Outputs, Representation
from ..core.system import System
from ..generators.decoding import Sample
from ..generators.recurrent import RecurrentGan
from .forward_passes import SIGNALS, ForwardPass, code_mask, real_latents

NEXT = frozenset({"next_z", "true_z", "z_mask"})
DRAWING: Mapping[str, type[Any]] = {"representation": Representation, "generator": RecurrentGan}


@dataclass(frozen=True, slots=True)
class NextLatent(ForwardPass):
    """Asks the supervisor of a recurrent generator for each latent step, given those before it.

    The latents are those of a frozen representation.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), eq. 9
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    needs: ClassVar[Mapping[str, type[Any]]] = DRAWING
    moves: ClassVar[frozenset[str]] = frozenset({"generator"})
    reads_latents: ClassVar[bool] = True

    @property
    def provides(self) -> frozenset[str]:
        return NEXT

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        real = real_latents(system, batch, "mean")
        system.part("generator", RecurrentGan).begin(real, system.informed(batch.context))
        return _next(system, batch, real)


@dataclass(frozen=True, slots=True)
class Refine(ForwardPass):
    """Encodes signals and decodes them, and asks the frozen supervisor how their latents go on.

    So latents can be made such that each says what the next one is.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), eq. 10
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    needs: ClassVar[Mapping[str, type[Any]]] = DRAWING
    moves: ClassVar[frozenset[str]] = frozenset({"representation"})

    @property
    def provides(self) -> frozenset[str]:
        return SIGNALS | NEXT

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        output, latent = system.reconstruct(batch)
        return {**_signals(output, batch), **_next(system, batch, latent.z)}


@dataclass(frozen=True, slots=True)
class Imitate(ForwardPass):
    """Has a recurrent generator draw signals, with all that the joint loss says of them.

    The critic scores its latents before and after the supervisor corrects them; the decoder
    makes signals of the latter, to be held against real ones as a whole; and the supervisor
    says how real latents go on.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), eq. 11
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    needs: ClassVar[Mapping[str, type[Any]]] = {**DRAWING, "critic": Critic}
    moves: ClassVar[frozenset[str]] = frozenset({"generator"})

    @property
    def provides(self) -> frozenset[str]:
        return SIGNALS | NEXT | {"raw_score", "fake_score", "real_z", "fake_z"}

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        real, context = real_latents(system, batch, "mean"), system.informed(batch.context)
        generator, critic = system.part("generator", RecurrentGan), system.part("critic", Critic)
        generator.begin(real, context)
        raw, fake = generator.stages(context, Sample())
        return {
            **_signals(system.decode(Latent(z=fake), batch.context), batch),
            **_next(system, batch, real),
            "raw_score": critic(raw, context),
            "fake_score": critic(fake, context),
            "real_z": real,
            "fake_z": fake,
        }


@dataclass(frozen=True, slots=True)
class TellApart(ForwardPass):
    """Has the critic score real latents, and those of a recurrent generator: raw and corrected.

    The generator gets no gradient.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), eq. 8
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    needs: ClassVar[Mapping[str, type[Any]]] = {**DRAWING, "critic": Critic}
    moves: ClassVar[frozenset[str]] = frozenset({"critic"})
    reads_latents: ClassVar[bool] = True

    @property
    def provides(self) -> frozenset[str]:
        return frozenset({"real_score", "raw_score", "fake_score"})

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        real, context = real_latents(system, batch, "mean"), system.informed(batch.context)
        critic = system.part("critic", Critic)
        critic.begin(real, context)
        with torch.no_grad():
            raw, fake = system.part("generator", RecurrentGan).stages(context, Sample())
        named = {"real": real, "raw": raw, "fake": fake}
        return {f"{name}_score": critic(z, context) for name, z in named.items()}


def _signals(output: Float[Tensor, "B T C"], batch: Batch) -> dict[str, Tensor]:
    return {"output": output, "target": batch.values, "mask": batch.context.mask}


def _next(system: System, batch: Batch, z: Float[Tensor, "B S D"]) -> dict[str, Tensor]:
    """Each latent step but the first, and what the supervisor expects there."""
    generator = system.part("generator", RecurrentGan)
    expected = generator.following(z, system.informed(batch.context))
    real = code_mask(batch.context, generator.stride)
    return {"next_z": expected[:, :-1], "true_z": z[:, 1:], "z_mask": real[:, 1:]}
