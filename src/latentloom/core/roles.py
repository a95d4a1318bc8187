"""The roles a part can play. A class is either one of these or final."""

import abc
from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .batch import Batch, Context, Latent

Outputs = Mapping[str, Tensor]


class Schedule(abc.ABC):
    """A number that may change while a phase runs."""

    @abc.abstractmethod
    def __call__(self, progress: float) -> float:
        """The number at `progress`, which runs from 0 to 1 over the phase."""


class Predictor(nn.Module, abc.ABC):
    """Predicts signals from their context at once: a law, or a regression."""

    @abc.abstractmethod
    def forward(self, context: Context) -> Float[Tensor, "B T C"]: ...


class StepPredictor(Predictor):
    """Predicts signals step by step, each from what it said of those before it."""

    @abc.abstractmethod
    def guided(self, batch: Batch, forced: Bool[Tensor, " T"]) -> Float[Tensor, "B T C"]:
        """What it predicts where it is told the truth at some steps.

        Args:
            batch: The true signals, with what is known of them.
            forced: Steps that are made from the true signal one step before, rather than from
                what was said of it.
        """


class Constraint(nn.Module, abc.ABC):
    """Maps signals to near ones that obey a law exactly; such signals it leaves as they are."""

    @abc.abstractmethod
    def forward(
        self, values: Float[Tensor, "B T C"], context: Context
    ) -> Float[Tensor, "B T C"]: ...


class Encoder(nn.Module, abc.ABC):
    """Maps signals to sequences of features.

    Attributes:
        width: How many features a latent step has.
        stride: How many time steps one latent step stands for.
    """

    width: int
    stride: int

    @abc.abstractmethod
    def forward(self, batch: Batch) -> Float[Tensor, "B S W"]: ...


class Bottleneck(nn.Module, abc.ABC):
    """Decides what of the features a latent may keep.

    Attributes:
        dim: How many features a latent step keeps.
        bounded: Whether all that it keeps lies in [-1, 1].
        pools: How many of the encoder's steps become one latent step; of fewer, it makes one.
        levels: How many codes each of its codebooks has; empty if it has none.
        penalties: The names of the penalties it puts into its latents.
        shares: How many features of a latent step each code stands for, where each has
            its own, one after the other; empty where codes share them.
        tells_lengths: Whether a latent says how long its signal is.
    """

    dim: int
    bounded: bool = False
    pools: int = 1
    levels: tuple[int, ...] = ()
    penalties: tuple[str, ...] = ()
    shares: tuple[int, ...] = ()
    tells_lengths: bool = False

    @property
    def shown(self) -> int:
        """How many features of a step the decoder is shown."""
        return self.dim

    @abc.abstractmethod
    def forward(
        self, features: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"] | None = None
    ) -> Latent:
        """The latents of features.

        Args:
            features: What an encoder made of signals.
            real: Which of the encoder's steps are no padding; all of them if None. The
                others are zero, have code 0, and count in no penalty and no statistic.
        """

    def expanded(
        self,
        z: Float[Tensor, "B S D"],
        steps: int,
        lengths: Int[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B Z W"]:
        """What the decoder is shown of latents: as many steps as the encoder made.

        Args:
            z: The latents.
            steps: How many steps that is.
            lengths: How many of them are real; all of them if None.
        """
        return z

    def lengths(self, z: Float[Tensor, "B S D"]) -> Int[Tensor, " B"]:
        """How many of the encoder's steps the signals of latents have.

        Raises:
            TypeError: If its latents do not tell.
        """
        raise TypeError(f"the latents of {type(self).__name__} tell no lengths")

    def codes(
        self, features: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"] | None = None
    ) -> Int[Tensor, "B S K"]:
        """The codes alone: cheaper than the latents, where nothing else is wanted.

        Raises:
            TypeError: If it has none.
        """
        codes = self(features, real).codes
        if codes is None:
            raise TypeError(f"{type(self).__name__} has no codes")
        return codes

    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent:
        """The latent behind the codes, if the bottleneck has any.

        Raises:
            TypeError: If it has none.
        """
        raise TypeError(f"{type(self).__name__} has no codes")


class Decoder(nn.Module, abc.ABC):
    """Maps latents back to signals.

    Attributes:
        stride: How many time steps it makes of one latent step.
        guesses: How many guesses at the whole signal it makes, each from one code alone.
    """

    stride: int
    guesses: int = 0

    @abc.abstractmethod
    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B T C"]: ...

    def guess_errors(self, latent: Latent, batch: Batch) -> Float[Tensor, "B K T"]:
        """How far the whole signal is from what each code of its latent alone tells.

        The mean squared error over the channels of each step.

        Raises:
            TypeError: If it makes no guesses.
        """
        raise TypeError(f"{type(self).__name__} makes no guesses from single codes")


class Representation(nn.Module, abc.ABC):
    """Maps signals to latents and back.

    Attributes:
        stride: How many time steps one latent step stands for.
        grain: How many time steps a signal that is cut must have a multiple of, for nothing
            of it to be left out; less than a latent step where that may end early.
        dim: How many features a latent step has.
        levels: How many codes each of its codebooks has; empty if it has none.
        tells_lengths: Whether a latent says how long its signal is.
    """

    stride: int
    grain: int
    dim: int
    levels: tuple[int, ...]
    tells_lengths: bool = False

    @abc.abstractmethod
    def encode(self, batch: Batch) -> Latent: ...

    @abc.abstractmethod
    def codes(self, batch: Batch) -> Int[Tensor, "B S K"]:
        """The codes of signals alone, if they have any."""

    @abc.abstractmethod
    def decode(self, latent: Latent, context: Context) -> Float[Tensor, "B T C"]: ...

    @abc.abstractmethod
    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent: ...

    def lengths(self, latent: Latent, context: Context) -> Int[Tensor, " B"]:
        """How many time steps the signals of latents have, at most as many as the context.

        Raises:
            TypeError: If its latents do not tell.
        """
        raise TypeError(f"the latents of {type(self).__name__} tell no lengths")

    def bypass(self, batch: Batch) -> Float[Tensor, "B T C"]:
        """The signals that the decoder makes of all that the encoder found, nothing left out.

        Raises:
            TypeError: If there is no such way round the latents.
        """
        raise TypeError(f"{type(self).__name__} has no way round its latents")

    def guess_errors(self, latent: Latent, batch: Batch) -> Float[Tensor, "B K T"]:
        """How far signals are from what each code of their latents alone tells.

        The mean squared error over the channels of each step.

        Raises:
            TypeError: If it makes no such guesses.
        """
        raise TypeError(f"{type(self).__name__} makes no guesses from single codes")


class Decoding:
    """A way of choosing codes from a model's probabilities; its kinds hold its settings."""

    @property
    def averages(self) -> int:
        """How many draws are averaged into one answer; 0 for ways that give a draw."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Codes that a generator chose.

    Args:
        codes: The codes.
        score: Log-likelihood of each signal's codes under the model, in nats per
            signal; divided by a length norm where the decoding has one.
    """

    codes: Int[Tensor, "B S K"]
    score: Float[Tensor, " B"]


class Generator(nn.Module, abc.ABC):
    """Draws the latents of new signals.

    Attributes:
        stride: How many time steps one latent step stands for.
    """

    stride: int

    @abc.abstractmethod
    def latent(
        self, context: Context, decoding: Decoding, representation: Representation
    ) -> Latent:
        """A latent for each signal.

        Args:
            context: What the latents may depend on.
            decoding: How one of the possible latents is chosen.
            representation: Whose latents they are.
        """


class CodeGenerator(Generator):
    """Draws the codes of latents, and can say how likely given ones are."""

    @abc.abstractmethod
    def logits(
        self,
        codes: Int[Tensor, "B S K"],
        context: Context,
        *,
        forcing: float = 1.0,
        replacement: float = 0.0,
    ) -> Float[Tensor, "B S K V"]:
        """Scores of every code at every step, given the codes before it.

        Args:
            codes: The true codes.
            context: What the codes may depend on.
            forcing: Chance that a step sees the true code before it, not one that
                the model drew.
            replacement: Share of the codes seen that are replaced by random ones.
        """

    @abc.abstractmethod
    def draw(self, context: Context, decoding: Decoding) -> Drawn: ...

    def latent(
        self, context: Context, decoding: Decoding, representation: Representation
    ) -> Latent:
        return representation.look_up(self.draw(context, decoding).codes)

    def log_prob(self, codes: Int[Tensor, "B S K"], context: Context) -> Float[Tensor, " B"]:
        """Log-likelihood of the codes of the real steps, in nats per signal."""
        scores = self.logits(codes, context).log_softmax(-1)
        chosen = scores.gather(-1, codes[..., None])[..., 0].sum(-1)
        return chosen.masked_fill(~context.mask[:, :: self.stride], 0.0).sum(-1)


class LatentGenerator(Generator):
    """Draws continuous latents."""

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        """Looks at latents of real signals before it learns; once, if it takes units of them.

        Raises:
            ValueError: If it could never draw such latents.
        """

    @abc.abstractmethod
    def draw(self, context: Context, decoding: Decoding) -> Float[Tensor, "B S D"]:
        """New latents, zero where a latent step is padding."""

    def latent(
        self, context: Context, decoding: Decoding, representation: Representation
    ) -> Latent:
        return Latent(z=self.draw(context, decoding))


class LatentModel(LatentGenerator):
    """Draws continuous latents, and learns from given ones alone."""

    @abc.abstractmethod
    def surprise(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        """What a latent costs under the model: what it learns to make small.

        In nats per signal where the model has a likelihood, and otherwise as its class
        says. Latent steps that are padding count nothing, whatever stands there.

        Args:
            z: The latents.
            context: What they may depend on.
        """


class Critic(nn.Module, abc.ABC):
    """Scores latents: the higher, the more they look like those of real signals.

    Attributes:
        told: How many conditions it reads from latents; 0 if it reads none.
    """

    told: int = 0

    @abc.abstractmethod
    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]: ...

    @abc.abstractmethod
    def slope(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        """How steep its scores are at latents: the norm of their gradient, in its own units.

        It has a gradient itself, with respect to the critic's parameters.
        """

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        """Takes its units from latents of real signals, where it has any and is learning."""

    def conditions(
        self, z: Float[Tensor, "B S D"], context: Context
    ) -> Float[Tensor, "B F"] | None:
        """The conditions as it reads them from latents; None if it does not."""
        return None


class Criterion(abc.ABC):
    """One thing an objective can hold down."""

    @property
    @abc.abstractmethod
    def reads(self) -> frozenset[str]:
        """The names of the tensors it needs."""

    @abc.abstractmethod
    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]: ...
