"""What flows between the parts: signals, what is known of them, and their latents.

Letters, here and everywhere: B signals, T time steps, C channels, E drive channels,
F conditions, S latent steps, D latent features, K codes per latent step, V codes in a
book, W width inside a part, G categories of channels, L levels of codes in each, P steps
of a signal that are known before the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

ARRAYS = ("lengths", "drive", "condition", "start", "base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known about signals before they are made: all that a generator may look at.

    Args:
        size: How many signals.
        steps: Their padded length, in time steps.
        lengths: How many leading steps of each signal are real; all of them if None.
        drive: What is known at every step, such as a current.
        condition: What is known of a signal as a whole, such as a temperature.
        start: Its first steps, where they are known before the others.
        base: What a frozen base predicts, where that was worked out before.

    Raises:
        ValueError: If an array is not as large as `size` and `steps` say.

    Example:
        >>> context = Context(size=2, steps=4, lengths=torch.tensor([4, 3]))
        >>> context.mask.int().tolist()
        [[1, 1, 1, 1], [1, 1, 1, 0]]
    """

    size: int
    steps: int
    lengths: Int[Tensor, " B"] | None = None
    drive: Float[Tensor, "B T E"] | None = None
    condition: Float[Tensor, "B F"] | None = None
    start: Float[Tensor, "B P C"] | None = None
    base: Float[Tensor, "B T C"] | None = None

    def __post_init__(self) -> None:
        for name in ARRAYS:
            array = getattr(self, name)
            if array is not None and len(array) != self.size:
                raise ValueError(f"{name} must hold {self.size} signals, got {len(array)}")
        if self.drive is not None and self.drive.shape[1] != self.steps:
            raise ValueError(f"drive must have {self.steps} steps, got {self.drive.shape[1]}")

    @property
    def device(self) -> torch.device:
        """Where the arrays are; the CPU if there are none."""
        arrays = (getattr(self, name) for name in ARRAYS)
        return next((a.device for a in arrays if a is not None), torch.device("cpu"))

    @property
    def mask(self) -> Bool[Tensor, "B T"]:
        """True where a step is real, False where it is padding."""
        if self.lengths is None:
            return torch.ones(self.size, self.steps, dtype=torch.bool, device=self.device)
        return torch.arange(self.steps, device=self.device) < self.lengths[:, None]

    def repeat(self, times: int) -> Context:
        """Each signal's context `times` in a row, for drawing several signals from each."""
        return self._changed(self.size * times, lambda x: x.repeat_interleave(times, 0))

    def to(self, device: torch.device) -> Context:
        """The same context on another device."""
        return self._changed(self.size, lambda x: x.to(device))

    def __getitem__(self, rows: slice) -> Context:
        """The context of some of the signals."""
        return self._changed(len(range(self.size)[rows]), lambda x: x[rows])

    def _changed(self, size: int, change: Callable[[Tensor], Tensor]) -> Context:
        arrays = {name: getattr(self, name) for name in ARRAYS}
        changed = {name: None if x is None else change(x) for name, x in arrays.items()}
        return replace(self, size=size, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Signals of equal padded length, with what is known about them.

    Args:
        values: The signals, in the units of the fitted transforms.
        context: What is known about them.
        latent: Their latents, where a frozen representation worked them out before.

    Raises:
        ValueError: If signals and context differ in number or length.

    Example:
        >>> batch = Batch.of(torch.zeros(8, 128, 1), drive=torch.zeros(8, 128, 2))
        >>> batch.context.steps
        128
    """

    values: Float[Tensor, "B T C"]
    context: Context
    latent: Latent | None = None

    def __post_init__(self) -> None:
        shape, wanted = tuple(self.values.shape[:2]), (self.context.size, self.context.steps)
        if shape != wanted:
            raise ValueError(f"values must be {wanted} signals x steps, got {shape}")

    @classmethod
    def of(
        cls,
        values: Float[Tensor, "B T C"],
        *,
        lengths: Int[Tensor, " B"] | None = None,
        drive: Float[Tensor, "B T E"] | None = None,
        condition: Float[Tensor, "B F"] | None = None,
    ) -> Batch:
        """Signals with a context as large as they are."""
        size, steps = values.shape[:2]
        context = Context(
            size=size, steps=steps, lengths=lengths, drive=drive, condition=condition
        )
        return cls(values=values, context=context)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        context = self.context.to(device)
        if context.device != device:  # nothing in it could say where it is
            lengths = torch.full((context.size,), context.steps, device=device)
            context = replace(context, lengths=lengths)
        latent = None if self.latent is None else self.latent.to(device)
        return Batch(values=self.values.to(device), context=context, latent=latent)

    def __getitem__(self, rows: slice) -> Batch:
        """Some of the signals."""
        latent = None if self.latent is None else self.latent[rows]
        return Batch(values=self.values[rows], context=self.context[rows], latent=latent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How categories of features became codes, for objectives that look at the way.

    Args:
        embeddings: What the encoder made of each category.
        before: What the codebooks were given, side by side.
        after: What they gave back; the gradient goes on to `before`.
    """

    embeddings: Float[Tensor, "B S G E"]
    before: Float[Tensor, "B S D"]
    after: Float[Tensor, "B S D"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """Signals after their bottleneck.

    Args:
        z: What the decoder reads.
        codes: The same thing as integers, when the bottleneck is discrete.
        penalties: What the bottleneck asks the objective to hold down, by name,
            unweighted.
        rounding: How it came about, when a bottleneck has codes for each category.
        log_variance: Logarithm of the variance of the normal distribution that `z` is of, when
            the bottleneck keeps one; `z` is its mean outside training.
        shown: What the decoder is shown of it, where the bottleneck worked that out already.
    """

    z: Float[Tensor, "B S D"]
    codes: Int[Tensor, "B S K"] | None = None
    penalties: Mapping[str, Float[Tensor, " B"]] = field(
        default_factory=lambda: dict[str, Tensor]()
    )
    rounding: Rounding | None = None
    log_variance: Float[Tensor, "B S D"] | None = None
    shown: Float[Tensor, "B Z W"] | None = None

    def drawn(self) -> Float[Tensor, "B S D"]:
        """A draw from the normal distribution about a mean `z`; `z` where there is none."""
        if self.log_variance is None:
            return self.z
        return self.z + torch.randn_like(self.z) * (self.log_variance / 2).exp()

    def to(self, device: torch.device) -> Latent:
        """The latent on another device, without what only an objective looks at."""
        return self._kept(lambda x: x.to(device))

    def __getitem__(self, rows: slice | Int[Tensor, " M"]) -> Latent:
        """Some of the latents, without what only an objective looks at."""
        return self._kept(lambda x: x[rows])

    def _kept(self, change: Callable[[Tensor], Tensor]) -> Latent:
        return Latent(
            z=change(self.z),
            codes=None if self.codes is None else change(self.codes),
            log_variance=None if self.log_variance is None else change(self.log_variance),
        )
