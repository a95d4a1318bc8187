"""Forward passes: what a phase can play, and what each lets an objective see."""

import abc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.batch import Batch, Context
from ..core.ranges import a_share, at_least
from ..core.roles import (
    CodeGenerator,
    Decoding,
    Generator,
    LatentModel,
    Outputs,
    Predictor,
    Representation,
    Schedule,
    StepPredictor,
)
from ..core.system import System
from ..generators.decoding import Greedy
from ..schedules import Constant

SIGNALS = frozenset({"output", "target", "mask"})
WAY = ("embeddings", "before", "after")
ROUNDING = frozenset({*WAY, "shares", "codes", "code_mask"})


class ForwardPass(abc.ABC):
    """One forward pass, and the tensors it lets an objective see.

    Attributes:
        needs: The parts it plays, by name, and the role each must have.
        moves: Those of them that get a gradient from it, and so can be trained by it.
        reads_latents: Whether it looks at nothing of the signals but their latents, which
            may then be worked out once.
    """

    needs: ClassVar[Mapping[str, type[Any]]] = {}
    moves: ClassVar[frozenset[str]] = frozenset()
    reads_latents: ClassVar[bool] = False

    @property
    @abc.abstractmethod
    def provides(self) -> frozenset[str]:
        """The names of the tensors in its outputs."""

    @abc.abstractmethod
    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs: ...


@dataclass(frozen=True, slots=True)
class Predict(ForwardPass):
    """Has the base predict signals from their context.

    Args:
        law: The drive channel that holds the physics law's signal, or -1.
    """

    law: int = -1
    needs: ClassVar[Mapping[str, type[Any]]] = {"base": Predictor}
    moves: ClassVar[frozenset[str]] = frozenset({"base"})

    @property
    def provides(self) -> frozenset[str]:
        return SIGNALS | _law_name(self.law)

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        return _signals(system.predict(batch.context), batch, self.law)


@dataclass(frozen=True, slots=True)
class Guided(ForwardPass):
    """Has the base predict signals step by step, and tells it the truth now and then.

    At each step a coin, one for all signals of the batch, says whether the base goes on from
    the true step before or from what it said itself. The pass `predict` never tells it: that is
    how it is judged, and how it is used.

    Args:
        forcing: Chance that a step is told the true one before it, in [0, 1].
        noise: Standard deviation of the noise on the first steps that are known, in the units
            of the transforms.
        law: The drive channel that holds the physics law's signal, or -1.

    Raises:
        ValueError: If forcing leaves [0, 1], or noise is negative.

    References:
        Scheduled Sampling for Sequence Prediction with RNNs (Bengio et al., 2015), section 2.3
        https://arxiv.org/abs/1506.03099
    """

    forcing: Schedule = Constant(1.0)
    noise: Schedule = Constant(0.0)
    law: int = -1
    needs: ClassVar[Mapping[str, type[Any]]] = {"base": StepPredictor}
    moves: ClassVar[frozenset[str]] = frozenset({"base"})

    def __post_init__(self) -> None:
        for progress in (0.0, 0.5, 1.0):
            a_share(forcing=self.forcing(progress))
            at_least(0, noise=self.noise(progress))

    @property
    def provides(self) -> frozenset[str]:
        return SIGNALS | _law_name(self.law)

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        forced = torch.rand(batch.context.steps) < self.forcing(progress)
        output = system.guided(self._noisy(batch, progress), forced)
        return _signals(output, batch, self.law)

    def _noisy(self, batch: Batch, progress: float) -> Batch:
        start, level = batch.context.start, self.noise(progress)
        if start is None or not level:
            return batch
        noisy = start + level * torch.randn_like(start)
        return replace(batch, context=replace(batch.context, start=noisy))


@dataclass(frozen=True, slots=True)
class Reconstruct(ForwardPass):
    """Encodes signals and decodes them again.

    Where each code has a share of the latent, an objective can also see what the books were
    given and gave back, and how well each code alone lets one guess.

    Args:
        direct: Whether an objective can also see signals decoded past the bottleneck, of all
            that was encoded. Generation does not go that way.
        law: The drive channel that holds the physics law's signal, or -1.
        penalties: The penalties that the bottleneck gives.
        shares: How many features of the latent each code stands for, if they are told apart.
        guesses: How many guesses at the whole signal the decoder makes.
    """

    direct: Literal["off", "on"] = "off"
    law: int = -1
    penalties: tuple[str, ...] = ()
    shares: tuple[int, ...] = ()
    guesses: int = 0
    needs: ClassVar[Mapping[str, type[Any]]] = {"representation": Representation}
    moves: ClassVar[frozenset[str]] = frozenset({"representation"})

    @property
    def provides(self) -> frozenset[str]:
        inner = ROUNDING if self.shares else frozenset[str]()
        errors = frozenset({"guess_errors"}) if self.guesses else frozenset[str]()
        around = frozenset({"direct"}) if self.direct == "on" else frozenset[str]()
        return SIGNALS | _law_name(self.law) | {*self.penalties} | inner | errors | around

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        output, latent = system.reconstruct(batch)
        outputs = {**_signals(output, batch, self.law), **latent.penalties}
        if self.direct == "on":
            outputs["direct"] = system.bypass(batch)
        if self.guesses:
            outputs["guess_errors"] = system.guess_errors(latent, batch)
        if latent.rounding is not None:
            outputs |= {name: getattr(latent.rounding, name) for name in WAY}
            outputs["shares"] = torch.tensor(self.shares)
        if latent.codes is None:
            return outputs
        stride = system.part("representation", Representation).stride
        return {**outputs, "codes": latent.codes, "code_mask": code_mask(batch.context, stride)}


@dataclass(frozen=True, slots=True)
class NextCode(ForwardPass):
    """Asks the generator for each code of a signal, given those before it.

    Args:
        forcing: Chance that a step sees the true code before it, not one that the
            model drew; below 1 this is scheduled sampling.
        replacement: Share of the codes seen that are replaced by random ones.

    Raises:
        ValueError: If one of them leaves [0, 1].
    """

    forcing: Schedule = Constant(1.0)
    replacement: Schedule = Constant(0.0)
    needs: ClassVar[Mapping[str, type[Any]]] = {
        "representation": Representation,
        "generator": CodeGenerator,
    }

    def __post_init__(self) -> None:
        for progress in (0.0, 0.5, 1.0):
            a_share(forcing=self.forcing(progress), replacement=self.replacement(progress))

    moves: ClassVar[frozenset[str]] = frozenset({"generator"})

    @property
    def provides(self) -> frozenset[str]:
        return frozenset({"logits", "codes", "code_mask"})

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        logits, codes = system.next_codes(
            batch, forcing=self.forcing(progress), replacement=self.replacement(progress)
        )
        stride = system.part("representation", Representation).stride
        return {"logits": logits, "codes": codes, "code_mask": code_mask(batch.context, stride)}


@dataclass(frozen=True, slots=True)
class Latents(ForwardPass):
    """Shows the generator the latents of signals, which the representation works out frozen.

    Where the samples are in memory and nothing changes them, each is encoded once a phase.

    Args:
        posterior: Whether a Gaussian bottleneck's latents are `drawn` anew each time, or are
            their `mean`; other bottlenecks have no more than one.
    """

    posterior: Literal["drawn", "mean"] = "drawn"
    needs: ClassVar[Mapping[str, type[Any]]] = {
        "representation": Representation,
        "generator": LatentModel,
    }
    moves: ClassVar[frozenset[str]] = frozenset({"generator"})
    reads_latents: ClassVar[bool] = True

    @property
    def provides(self) -> frozenset[str]:
        return frozenset({"surprise"})

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        z = real_latents(system, batch, self.posterior)
        return {"surprise": system.surprise(z, batch.context)}


@dataclass(frozen=True, slots=True)
class FreeRun(ForwardPass):
    """Generates signals from their context alone, on the path that generation uses.

    Args:
        decoding: How codes are chosen, or latents drawn.
        law: The drive channel that holds the physics law's signal, or -1.
        conditions: How many scalars are known of each signal.
    """

    decoding: Decoding = Greedy()
    law: int = -1
    conditions: int = 0
    needs: ClassVar[Mapping[str, type[Any]]] = {
        "representation": Representation,
        "generator": Generator,
    }

    @property
    def provides(self) -> frozenset[str]:
        return SIGNALS | _law_name(self.law) | conditions_name(self.conditions)

    def __call__(self, system: System, batch: Batch, progress: float) -> Outputs:
        made = system.generate(batch.context, self.decoding).values
        return {**_signals(made, batch, self.law), **conditions_of(batch.context)}


def real_latents(
    system: System, batch: Batch, posterior: Literal["drawn", "mean"]
) -> Float[Tensor, "B S D"]:
    """The latents of signals, without gradient; worked out unless they come with the batch.

    Args:
        system: Whose representation finds them.
        batch: The signals.
        posterior: Whether a normal distribution's are `drawn`, or are its `mean`.
    """
    latent = batch.latent
    if latent is None:
        with torch.no_grad():
            latent = system.encode(batch)
    return latent.drawn() if posterior == "drawn" else latent.z


def code_mask(context: Context, stride: int) -> Tensor:
    """True where a latent step (B S) stands for at least one real time step."""
    return context.mask[:, ::stride]


def conditions_of(context: Context) -> dict[str, Tensor]:
    """The conditions that signals are made for; none where nothing is known of them."""
    return {} if context.condition is None else {"conditions": context.condition}


def conditions_name(conditions: int) -> frozenset[str]:
    """What `conditions_of` has where so many conditions are known."""
    return frozenset({"conditions"}) if conditions else frozenset()


def _signals(output: Tensor, batch: Batch, law: int) -> dict[str, Tensor]:
    outputs = {"output": output, "target": batch.values, "mask": batch.context.mask}
    if law >= 0 and batch.context.drive is not None:
        outputs["law"] = batch.context.drive[..., law : law + 1]
    return outputs


def _law_name(law: int) -> frozenset[str]:
    return frozenset({"law"}) if law >= 0 else frozenset()
