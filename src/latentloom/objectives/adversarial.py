"""Criteria of adversarial phases: what a critic and a generator hold down in turns."""

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import relu, softplus

from ..core.roles import Criterion, Outputs


@dataclass(frozen=True, slots=True)
class WassersteinCritic(Criterion):
    """Score of a drawn latent less that of a real one: minus an estimate of their distance.

    References:
        Wasserstein GAN (Arjovsky et al., 2017), eq. 2
        https://arxiv.org/abs/1701.07875
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"real_score", "fake_score"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return outputs["fake_score"] - outputs["real_score"]


@dataclass(frozen=True, slots=True)
class WassersteinGenerator(Criterion):
    """Minus the score of a drawn latent; the generator's side of `hinge_critic` too.

    References:
        Wasserstein GAN (Arjovsky et al., 2017), eq. 5
        https://arxiv.org/abs/1701.07875
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"fake_score"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return -outputs["fake_score"]


@dataclass(frozen=True, slots=True)
class HingeCritic(Criterion):
    """How far the score of a real latent is below 1, and that of a drawn one above -1.

    References:
        Geometric GAN (Lim and Ye, 2017), eq. 14
        https://arxiv.org/abs/1705.02894
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"real_score", "fake_score"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return relu(1 - outputs["real_score"]) + relu(1 + outputs["fake_score"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic(Criterion):
    r"""How unlikely a score finds what is claimed, as the odds of being real: cross-entropy.

    $\log(1 + e^{-D})$ for the claim that the latent is real, $\log(1 + e^{D})$ for drawn, in
    nats per signal. A critic has one term for each kind of latent and claims the truth; a
    generator claims that its own are real.

    Args:
        of: Whose score: of `real` latents, of `fake` ones, or of `raw` ones, which a
            recurrent generator has yet to correct.
        claim: What is claimed of them.

    References:
        Generative Adversarial Nets (Goodfellow et al., 2014), section 3
        https://arxiv.org/abs/1406.2661
        Time-series Generative Adversarial Networks (Yoon et al., 2019), eq. 8, for raw ones
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    of: Literal["real", "fake", "raw"] = "fake"
    claim: Literal["real", "drawn"] = "real"

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({f"{self.of}_score"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        score = outputs[f"{self.of}_score"]
        return softplus(-score if self.claim == "real" else score)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientPenalty(Criterion):
    r"""How far the critic's slope is from 1: $(|\nabla D| - 1)^2$, between real and drawn.

    Args:
        sides: `both` pulls a slope up to 1 as well as down; `above` only down.

    References:
        Improved Training of Wasserstein GANs (Gulrajani et al., 2017), eq. 3
        https://arxiv.org/abs/1704.00028
        On the regularization of Wasserstein GANs (Petzka et al., 2018), eq. 8, for one side
        https://arxiv.org/abs/1709.08894
    """

    sides: Literal["both", "above"] = "both"

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"slope"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        excess = outputs["slope"] - 1
        return (relu(excess) if self.sides == "above" else excess).square()


@dataclass(frozen=True, slots=True)
class ZeroGradient(Criterion):
    r"""Half the squared slope of the critic at real latents, $|\nabla D|^2 / 2$, known as R1.

    References:
        Which Training Methods for GANs do actually Converge? (Mescheder et al., 2018), eq. 9
        https://arxiv.org/abs/1801.04406
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"real_slope"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return outputs["real_slope"].square() / 2


@dataclass(frozen=True, slots=True)
class ConditionError(Criterion):
    """Mean squared error of the conditions that the critic reads from a latent.

    In squared units of the transforms. In the critic's turn it teaches the critic to read real
    latents; in the generator's it holds what is drawn to its conditions.

    References:
        Conditional Image Synthesis with Auxiliary Classifier GANs (Odena et al., 2017), section
        3, with numbers in place of classes
        https://arxiv.org/abs/1610.09585
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"told_conditions", "conditions"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return (outputs["told_conditions"] - outputs["conditions"]).square().mean(1)
