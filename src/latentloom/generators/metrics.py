"""How well a model knows the codes, and how much of that it keeps when it runs free."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..core.batch import Context
from ..core.roles import CodeGenerator
from .decoding import Greedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How well a model hits true codes, helped by them and on its own.

    Args:
        forced: Share of tokens whose likeliest code is the true one, given the true codes
            before it.
        free: The same share, given the codes that the model itself chose.
        perplexity: How many equally likely codes the model's doubt is worth, given the
            true codes before.
        codes: How many codes were looked at.
    """

    forced: float
    free: float
    perplexity: float
    codes: int

    @classmethod
    def joined(cls, parts: Sequence["Exposure"]) -> "Exposure":
        """What all of them say together, each counting by its codes."""
        codes = sum(part.codes for part in parts)
        share = [part.codes / codes for part in parts]
        weighted = list(zip(parts, share, strict=True))
        return cls(
            forced=sum(part.forced * weight for part, weight in weighted),
            free=sum(part.free * weight for part, weight in weighted),
            perplexity=math.exp(sum(math.log(p.perplexity) * weight for p, weight in weighted)),
            codes=codes,
        )

    @property
    def gap(self) -> float:
        """What the model loses when it runs free, as a share of tokens."""
        return self.forced - self.free


def accuracy(
    guess: Int[Tensor, "B S K"], codes: Int[Tensor, "B S K"], real: Bool[Tensor, "B S"]
) -> Float[Tensor, ""]:
    """Share of the codes of real steps that are guessed.

    Args:
        guess: What is guessed.
        codes: What is true.
        real: Which latent steps are real.
    """
    return (guess == codes)[real].float().mean()


def perplexity(
    logits: Float[Tensor, "B S K V"], codes: Int[Tensor, "B S K"], real: Bool[Tensor, "B S"]
) -> Float[Tensor, ""]:
    r"""$\exp(-\mathrm{mean} \log p)$ over the codes of real steps: 1 is certain, V is none.

    Args:
        logits: Scores of every code.
        codes: What is true.
        real: Which latent steps are real.
    """
    nats = logits.float().log_softmax(-1).gather(-1, codes[..., None])[..., 0]
    return nats[real].mean().neg().exp()


@torch.no_grad()
def exposure(generator: CodeGenerator, codes: Int[Tensor, "B S K"], context: Context) -> Exposure:
    """Compares a generator's teacher-forced and free-running guesses of codes.

    Args:
        generator: The generator, in the mode in which it is to be judged.
        codes: What is true.
        context: What the codes may depend on.
    """
    real = context.mask[:, :: generator.stride]
    logits = generator.logits(codes, context)
    free = generator.draw(context, Greedy()).codes
    return Exposure(
        forced=accuracy(logits.argmax(-1), codes, real).item(),
        free=accuracy(free, codes, real).item(),
        perplexity=perplexity(logits, codes, real).item(),
        codes=int(real.sum()) * codes.shape[-1],
    )
