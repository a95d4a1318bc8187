"""Ways of choosing codes from a model's probabilities, one token at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..core.roles import Decoding


@dataclass(frozen=True, slots=True)
class Greedy(Decoding):
    """The likeliest code at every token."""

    def choose(self, logits: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
        """One code for each signal."""
        return logits.argmax(-1)


@dataclass(frozen=True, slots=True)
class Sample(Decoding):
    r"""A random code at every token, with probability $p_v \propto e^{l_v / \tau}$.

    Args:
        temperature: $\tau$, positive; below 1 is safer, above 1 is more diverse.
        top_k: How many of the likeliest codes may be drawn; 0 means all.
        top_p: The likeliest codes may be drawn that together just reach this
            probability, in (0, 1]; 1 means all.

    Raises:
        ValueError: If an argument is outside its range.

    References:
        The Curious Case of Neural Text Degeneration (Holtzman et al., 2020), section 3.1
        https://arxiv.org/abs/1904.09751
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(
                f"temperature must be positive, got {self.temperature}; for none, use greedy"
            )
        if self.top_k < 0:
            raise ValueError(f"top_k must be at least 0, got {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], got {self.top_p}")

    def choose(self, logits: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
        """One code for each signal."""
        scaled = (logits - logits.amax(-1, keepdim=True)) / self.temperature
        if self.top_k == 0 and self.top_p == 1:
            return torch.multinomial(scaled.softmax(-1), 1)[:, 0]
        count = min(self.top_k or logits.shape[-1], logits.shape[-1])
        best, codes = scaled.topk(count)
        chance = best.softmax(-1)
        # A code stays if those before it have not yet reached top_p: the first always does.
        before = chance.cumsum(-1) - chance
        rank = torch.multinomial(chance.masked_fill(before >= self.top_p, 0.0), 1)
        return codes.gather(-1, rank)[:, 0]


@dataclass(frozen=True, slots=True)
class Mean(Decoding):
    """The mean of several draws: the answer that is nearest on average, not itself a draw.

    With a base, the mean is taken from the base only as far as the validation split trusts
    it; see `System.trust`.

    Args:
        draws: How many signals are drawn and averaged.
        temperature: Positive; below 1 the draws are safer and closer together.

    Raises:
        ValueError: If an argument is outside its range.
    """

    draws: int = 8
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, got {self.draws}")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be positive, got {self.temperature}")

    @property
    def averages(self) -> int:
        return self.draws

    def choose(self, logits: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
        """One code for each signal."""
        return Sample(self.temperature).choose(logits)


@dataclass(frozen=True, slots=True)
class Beam(Decoding):
    r"""The likeliest of the sequences found by keeping the `width` best beginnings.

    Its score is $\log p / N^{a}$ for $N$ real tokens.

    Args:
        width: How many beginnings it keeps; 1 is greedy.
        length_norm: $a$, at least 0; at 1 the score is in nats per token. All sequences
            of a signal are equally long, so it compares signals and changes no choice.

    Raises:
        ValueError: If an argument is outside its range.
    """

    width: int = 4
    length_norm: float = 0.0

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width must be at least 1, got {self.width}")
        if self.length_norm < 0:
            raise ValueError(f"length_norm must be at least 0, got {self.length_norm}")


def noise_of(decoding: Decoding) -> float:
    """The factor on the noise that continuous latents are drawn from: 0 for the greedy one.

    Raises:
        ValueError: If the decoding chooses among codes, which continuous latents are not.

    Example:
        >>> noise_of(Greedy()), noise_of(Sample(temperature=0.8))
        (0.0, 0.8)
    """
    if isinstance(decoding, Greedy):
        return 0.0
    if isinstance(decoding, Mean):
        return decoding.temperature
    if isinstance(decoding, Sample) and decoding.top_k == 0 and decoding.top_p == 1:
        return decoding.temperature
    raise ValueError(
        "decoding must be greedy, a mean, or a sample without top_k and top_p: continuous latents"
        f" are no codes to choose from; got {decoding}"
    )


@runtime_checkable
class Walk(Protocol):
    """A model on its way through the tokens of some signals."""

    def step(self, codes: Int[Tensor, " R"] | None) -> Float[Tensor, "R V"]:
        """Scores of the next token after `codes`, which are None at the first."""
        ...

    def reorder(self, rows: Int[Tensor, " R"]) -> None:
        """Goes on from some of its rows."""
        ...


Written = tuple[Int[Tensor, "B N"], Float[Tensor, " B"]]


def chain(
    walk: Walk,
    real: Bool[Tensor, "B N"],
    choose: Callable[[Tensor], Tensor],
) -> Written:
    """Chooses every token in turn; gives codes, 0 past a signal's end, and nats per signal.

    Args:
        walk: A model before its first token.
        real: Which tokens are real.
        choose: Makes codes of logits.
    """
    codes = torch.zeros_like(real, dtype=torch.long)
    score = torch.zeros(len(real), device=real.device)
    last = None
    for place in range(real.shape[1]):
        logits = walk.step(last).float()
        last = choose(logits)
        gained = logits.log_softmax(-1).gather(-1, last[:, None])[:, 0]
        score += gained.masked_fill(~real[:, place], 0.0)
        codes[:, place] = last
    return codes.masked_fill(~real, 0), score


def search(walk: Walk, real: Bool[Tensor, "B N"], beam: Beam) -> Written:
    """The best codes that a beam finds, 0 past a signal's end, and their scores.

    Args:
        walk: A model before its first token, with `beam.width` rows in a row for each
            signal.
        real: Which tokens are real.
        beam: How wide to search.
    """
    size, tokens = real.shape
    signals = torch.arange(size, device=real.device)[:, None]
    codes = torch.zeros(size, beam.width, tokens, dtype=torch.long, device=real.device)
    # All rows of a signal begin alike: only the first may go on, or all would stay alike.
    score = torch.full((size, beam.width), -torch.inf, device=real.device)
    score[:, 0] = 0.0
    last = None
    for place in range(tokens):
        gained = walk.step(last).float().log_softmax(-1)
        gained = _halted(gained.unflatten(0, (size, beam.width)), real[:, place])
        books = gained.shape[-1]
        score, best = (score[..., None] + gained).flatten(1).topk(beam.width)
        parent, code = best // books, best % books
        codes = codes[signals, parent]
        codes[:, :, place] = code
        last = code.flatten()
        if beam.width > 1:
            walk.reorder((signals * beam.width + parent).flatten())
    lengths = real.sum(1).clamp(min=1)
    return codes[:, 0], score[:, 0] / lengths**beam.length_norm


def _halted(gained: Float[Tensor, "B R V"], real: Bool[Tensor, " B"]) -> Float[Tensor, "B R V"]:
    # Past its end a signal goes on in one way only, code 0, which costs nothing.
    only = torch.full_like(gained[0, 0], -torch.inf)
    only[0] = 0.0
    return torch.where(real[:, None, None], gained, only)
