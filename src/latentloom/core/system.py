"""The parts that a recipe trains together, and what they can do together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .batch import Batch, Context, Latent
from .roles import (
    CodeGenerator,
    Constraint,
    Critic,
    Decoding,
    Generator,
    LatentModel,
    Predictor,
    Representation,
    StepPredictor,
)

P = TypeVar("P", bound=nn.Module)


class System(nn.Module):
    r"""Named parts; which of them train is for each phase to say.

    With a base, the representation stands for what the base leaves over: a signal is
    $x = \mathrm{base}(c) + \mathrm{decode}(z, c)$ for its context $c$. A law as base is the
    hard form of a physics term; a regression as base leaves the generator its errors.
    The representation and the generator see the base's prediction as further drive channels.
    A constraint is the other hard form: every signal that leaves the system obeys it.

    Args:
        channels: How many channels a signal has.
        constraint: What every predicted or decoded signal obeys.
        base: Predicts signals from their context alone.
        representation: Maps signals, or what the base leaves of them, to latents.
        generator: Draws latents.
        critic: Scores latents, for a generator that learns from its scores.

    Attributes:
        trust: Factor on what the mean of several draws adds to the base, in [0, 1]; fitted
            on the validation split once all parts are trained.
    """

    trust: Tensor

    def __init__(
        self,
        *,
        channels: int,
        constraint: Constraint | None = None,
        base: Predictor | None = None,
        representation: Representation | None = None,
        generator: Generator | None = None,
        critic: Critic | None = None,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.constraint = constraint
        self.base = base
        self.representation = representation
        self.generator = generator
        self.critic = critic
        self.register_buffer("trust", torch.ones(()))

    def part(self, name: str, role: type[P]) -> P:
        """The part of that name.

        Raises:
            TypeError: If there is none, or it does not play the role.
        """
        part = getattr(self, name, None)
        if not isinstance(part, role):
            raise TypeError(f"{name} must be a {role.__name__}, got {type(part).__name__}")
        return part

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts that there are."""
        return tuple(name for name, _ in self.named_children())

    def focus(self, names: Sequence[str]) -> list[nn.Parameter]:
        """Lets the named parts train, and freezes all others, buffers included.

        Returns:
            The parameters that train.
        """
        for name, part in self.named_children():
            part.train(name in names).requires_grad_(name in names)
        return [p for name in names for p in self.part(name, nn.Module).parameters()]

    def predict(self, context: Context) -> Float[Tensor, "B T C"]:
        """What the base says of the signals; zero without a base."""
        if self.base is None:
            return torch.zeros(context.size, context.steps, self.channels, device=context.device)
        return self._constrained(self.base(context), context)

    def guided(self, batch: Batch, forced: Bool[Tensor, " T"]) -> Float[Tensor, "B T C"]:
        """What the base says where it is told the truth at some steps.

        Raises:
            TypeError: If the base does not go step by step.
        """
        made = self.part("base", StepPredictor).guided(batch, forced)
        return self._constrained(made, batch.context)

    def encode(self, batch: Batch) -> Latent:
        """The latents of signals."""
        return self._encode(batch, self._base(batch.context))

    def codes(self, batch: Batch) -> Int[Tensor, "B S K"]:
        """The codes of signals alone: cheaper than their latents, where no more is wanted.

        Raises:
            TypeError: If the representation has no codes.
        """
        rest = _rest(batch, self._base(batch.context))
        return self.part("representation", Representation).codes(rest)

    def decode(self, latent: Latent, context: Context) -> Float[Tensor, "B T C"]:
        """The signals of latents."""
        return self._decode(latent, context, self._base(context))

    def reconstruct(self, batch: Batch) -> tuple[Float[Tensor, "B T C"], Latent]:
        """Signals after a way through their latents, and those latents."""
        base = self._base(batch.context)
        latent = self._encode(batch, base)
        return self._decode(latent, batch.context, base), latent

    def bypass(self, batch: Batch) -> Float[Tensor, "B T C"]:
        """Signals after a way past their latents: decoded of all that was encoded.

        Raises:
            TypeError: If the representation has no such way.
        """
        base = self._base(batch.context)
        values = self.part("representation", Representation).bypass(_rest(batch, base))
        return self._constrained(values if base is None else values + base, batch.context)

    def guess_errors(self, latent: Latent, batch: Batch) -> Float[Tensor, "B K T"]:
        """How far signals are from what each code of their latents alone tells.

        The mean squared error over the channels of each step.

        Raises:
            TypeError: If the representation makes no such guesses.
        """
        rest = _rest(batch, self._base(batch.context))
        return self.part("representation", Representation).guess_errors(latent, rest)

    def next_codes(
        self, batch: Batch, *, forcing: float, replacement: float
    ) -> tuple[Float[Tensor, "B S K V"], Int[Tensor, "B S K"]]:
        """The generator's scores of each code given those before it, and the true codes.

        Raises:
            TypeError: If the representation has no codes.
        """
        with torch.no_grad():
            base = self._base(batch.context)
            codes = self._encode(batch, base).codes
        if codes is None:
            raise TypeError("a generator of codes needs a representation that has codes")
        generator = self.part("generator", CodeGenerator)
        context = informed(batch.context, base)
        return generator.logits(codes, context, forcing=forcing, replacement=replacement), codes

    def surprise(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        """What latents cost under the generator.

        Raises:
            TypeError: If the generator does not learn continuous latents by itself.
        """
        return self.part("generator", LatentModel).surprise(z, self.informed(context))

    def generate(self, context: Context, decoding: Decoding, samples: int = 1) -> Batch:
        """New signals for a context, `samples` in a row for each.

        A decoding that averages gives each context its best answer instead of draws: what
        the base says, and what its mean draw adds as far as it is trusted. A system without
        a generator gives what its base predicts. Signals are as long as the context says, or,
        where it does not, as their latents tell.

        Raises:
            TypeError: If signals of told lengths are to be averaged.
        """
        base = self._base(context)
        if self.generator is None:
            values = self.predict(context).repeat_interleave(samples, 0)
            return Batch(values=values, context=context.repeat(samples))
        if not decoding.averages:
            return self._draw(context, base, decoding, samples)
        if self.tells_lengths and context.lengths is None:
            raise TypeError("signals of different lengths have no mean; let `sample` choose")
        made = self._draw(context, base, decoding, decoding.averages).values
        answer = made.reshape(context.size, decoding.averages, *made.shape[1:]).mean(1)
        if base is not None:
            answer = base + self.trust * (answer - base)
        values = self._constrained(answer, context).repeat_interleave(samples, 0)
        return Batch(values=values, context=context.repeat(samples))

    @property
    def tells_lengths(self) -> bool:
        """Whether latents say how long their signals are."""
        part = self.representation
        return isinstance(part, Representation) and part.tells_lengths

    def informed(self, context: Context) -> Context:
        """The context as the representation and the generator see it, the base included."""
        return informed(context, self._base(context))

    def _draw(
        self,
        context: Context,
        base: Float[Tensor, "B T C"] | None,
        decoding: Decoding,
        samples: int,
    ) -> Batch:
        context = context.repeat(samples)
        base = None if base is None else base.repeat_interleave(samples, 0)
        representation = self.part("representation", Representation)
        generator = self.part("generator", Generator)
        latent = generator.latent(informed(context, base), decoding, representation)
        if self.tells_lengths and context.lengths is None:
            context = replace(context, lengths=representation.lengths(latent, context))
        return Batch(values=self._decode(latent, context, base), context=context)

    def _base(self, context: Context) -> Float[Tensor, "B T C"] | None:
        """The base's prediction, without gradient: only a phase of its own trains it."""
        if self.base is None or context.base is not None:
            return context.base
        with torch.no_grad():
            return self.predict(context)

    def _encode(self, batch: Batch, base: Float[Tensor, "B T C"] | None) -> Latent:
        return self.part("representation", Representation).encode(_rest(batch, base))

    def _decode(
        self, latent: Latent, context: Context, base: Float[Tensor, "B T C"] | None
    ) -> Float[Tensor, "B T C"]:
        representation = self.part("representation", Representation)
        made = representation.decode(latent, informed(context, base))
        return self._constrained(made if base is None else made + base, context)

    def _constrained(
        self, values: Float[Tensor, "B T C"], context: Context
    ) -> Float[Tensor, "B T C"]:
        return values if self.constraint is None else self.constraint(values, context)


def informed(context: Context, base: Float[Tensor, "B T C"] | None) -> Context:
    """The context with what the base predicts as further drive channels, the last ones."""
    if base is None:
        return context
    drive = base if context.drive is None else torch.cat((context.drive, base), -1)
    return replace(context, drive=drive)


def _rest(batch: Batch, base: Float[Tensor, "B T C"] | None) -> Batch:
    """What the base leaves over of signals, for the representation."""
    values = batch.values if base is None else batch.values - base
    return Batch(values=values, context=informed(batch.context, base))
