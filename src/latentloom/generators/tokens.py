"""What all autoregressive models of codes share: probabilities, and drawing from them."""

import abc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.batch import Context
from ..core.roles import CodeGenerator, Decoding, Drawn
from .decoding import Beam, Greedy, Mean, Sample, chain, search
from .inputs import Known, TokenInputs

# The logit of a code that its book does not have: its probability is 0 in float32, yet
# products with a zero stay zero, which those of an infinity would not.
IMPOSSIBLE = -1e4


@runtime_checkable
class Reader(Protocol):
    """A network that reads one token after the other and remembers."""

    def advance(self, x: Float[Tensor, "B 1 W"]) -> Float[Tensor, "B 1 W"]:
        """What it makes of the next token."""
        ...

    def reorder(self, rows: Int[Tensor, " B"]) -> None:
        """Keeps the memory of the given rows, in their order; a row may come twice."""
        ...


class TokenModel(CodeGenerator):
    r"""Predicts each token from those before it: $p(c) = \prod_n p(c_n \mid c_{<n}, u)$.

    The drive $u$ is known as a whole before the first token; see `TokenInputs` for the
    order of tokens and for what is read at each.

    A periodic signal has no first token of its own: its first is the one that stands for
    the drive's first samples, predicted from the start token. The drive's features close
    round the circle, so the first token knows what precedes it there; the tokens do not.

    Args:
        inputs: What is read at every token.
        width: How many features the network makes of it.

    Attributes:
        levels: How many codes each codebook has.
    """

    def __init__(self, inputs: TokenInputs, *, width: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.levels = inputs.levels
        self.stride = inputs.stride
        self.outputs = nn.ModuleList(nn.Linear(width, size) for size in inputs.levels)

    @abc.abstractmethod
    def read(self, x: Float[Tensor, "B N W"]) -> Float[Tensor, "B N W"]:
        """What the network makes of each token, given those before it."""

    @abc.abstractmethod
    def reader(self, tokens: int) -> Reader:
        """The network before the first of so many tokens."""

    @abc.abstractmethod
    def seen(
        self, codes: Int[Tensor, "B S K"], known: Known, forcing: float, replacement: float
    ) -> Int[Tensor, "B S K"]:
        """The codes that later ones see when `forcing` is below 1."""

    def logits(
        self,
        codes: Int[Tensor, "B S K"],
        context: Context,
        *,
        forcing: float = 1.0,
        replacement: float = 0.0,
    ) -> Float[Tensor, "B S K V"]:
        for name, share in (("forcing", forcing), ("replacement", replacement)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} must be in [0, 1], got {share}")
        wanted = (-(-context.steps // self.stride), len(self.levels))
        if tuple(codes.shape[1:]) != wanted:
            raise ValueError(
                f"codes must be {wanted} latent steps x codes, got {tuple(codes.shape[1:])}"
            )
        known = self.inputs.known(context)
        if forcing < 1:
            with torch.no_grad():
                codes = self.seen(codes, known, forcing, replacement)
        else:
            codes = self.replaced(codes, replacement)
        return self.score(self.read(self.inputs(codes, known)))

    def score(self, hidden: Float[Tensor, "B N W"]) -> Float[Tensor, "B S K V"]:
        """Scores of every code, from what the network made of each token."""
        hidden = hidden.unflatten(1, (-1, len(self.levels)))
        largest = max(self.levels)
        scores = [
            F.pad(output(hidden[:, :, level]), (0, largest - size), value=IMPOSSIBLE)
            for level, (output, size) in enumerate(zip(self.outputs, self.levels, strict=True))
        ]
        return torch.stack(scores, 2)

    def replaced(self, codes: Int[Tensor, "*B K"], share: float) -> Int[Tensor, "*B K"]:
        """The codes, a share of them replaced by random ones of the same book."""
        if share == 0:
            return codes
        sizes = torch.tensor(self.levels, device=codes.device)
        random = (torch.rand(codes.shape, device=codes.device) * sizes).long()
        return torch.where(torch.rand(codes.shape, device=codes.device) < share, random, codes)

    def draw(self, context: Context, decoding: Decoding) -> Drawn:
        with _evaluating(self), torch.inference_mode():
            known = self.inputs.known(context)
            match decoding:
                case Beam():
                    walk = TokenWalk(self, known.repeat(decoding.width))
                    codes, score = search(walk, known.real, decoding)
                case Greedy() | Sample() | Mean():
                    codes, score = chain(TokenWalk(self, known), known.real, decoding.choose)
                case _:
                    kind = type(decoding).__name__
                    raise TypeError(f"decoding must be Greedy, Sample, Mean or Beam, got {kind}")
        # Outside of inference mode, so that codes may be used where gradients flow.
        codes = codes.unflatten(1, (-1, len(self.levels)))
        return Drawn(codes=codes.clone(), score=score.clone())


class TokenWalk:
    """A model of codes on its way through the tokens of some signals.

    Args:
        model: The model.
        known: What is known at every token.
    """

    def __init__(self, model: TokenModel, known: Known) -> None:
        self.model = model
        self.known = known
        self.place = 0
        self.reader = model.reader(known.features.shape[1])

    def step(self, codes: Int[Tensor, " R"] | None) -> Float[Tensor, "R V"]:
        """Scores of the next token after `codes`, which are None at the first."""
        x = self.model.inputs.one(codes, self.place, self.known)
        output = self.model.outputs[self.place % len(self.model.levels)]
        self.place += 1
        return output(self.reader.advance(x)[:, 0])

    def reorder(self, rows: Int[Tensor, " R"]) -> None:
        """Goes on from some of its rows, which must belong to the same signals."""
        self.reader.reorder(rows)


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)
