"""The criteria a recipe can name; one number per signal, unweighted."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from ..core.roles import Criterion, Outputs, Schedule
from ..schedules import Constant
from . import functional as F

COMPARED = frozenset({"output", "target", "mask"})


@dataclass(frozen=True, slots=True)
class AbsoluteError(Criterion):
    """Mean absolute error between output and target, in the units of the transforms."""

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.mae(outputs["output"], outputs["target"], outputs["mask"])


@dataclass(frozen=True, slots=True)
class SquaredError(Criterion):
    """Mean squared error between output and target, in squared units of the transforms."""

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.mse(outputs["output"], outputs["target"], outputs["mask"])


@dataclass(frozen=True, slots=True)
class DirectError(Criterion):
    """Mean squared error of signals decoded past the bottleneck, of all that was encoded.

    It says nothing of the latents; beside the error of the path through them it keeps the
    encoder and the decoder learning where little gradient gets through the bottleneck.
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"direct", "target", "mask"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.mse(outputs["direct"], outputs["target"], outputs["mask"])


@dataclass(frozen=True, slots=True)
class NextLatentError(Criterion):
    """Mean squared error of each latent step, as the generator expects it after those before.

    In squared units of the latents. With a frozen representation it teaches the generator how
    latents go on; with a frozen generator it makes latents go on as expected.

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), eq. 9
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"next_z", "true_z", "z_mask"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.mse(outputs["next_z"], outputs["true_z"], outputs["z_mask"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Huber(Criterion):
    """Error that counts squared while small and absolutely beyond, so outliers pull less.

    Args:
        delta: Where the one turns into the other, in the units of the transforms.

    Raises:
        ValueError: If `delta` is not positive.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        if self.delta <= 0:
            raise ValueError(f"delta must be positive, got {self.delta}")

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.huber(outputs["output"], outputs["target"], outputs["mask"], self.delta)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeError(Criterion):
    """Squared error of each signal over its own variance: the square of its NRMSE.

    Args:
        floor: The least variance to divide by, in squared units of the transforms, so that
            nearly constant signals do not rule the batch.

    Raises:
        ValueError: If `floor` is not positive.
    """

    floor: float = 1e-6

    def __post_init__(self) -> None:
        if self.floor <= 0:
            raise ValueError(f"floor must be positive, got {self.floor}")

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.relative_error(outputs["output"], outputs["target"], outputs["mask"], self.floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nrmse(Criterion):
    """Root mean square error of each signal over its standard deviation, as scores report it.

    Its mean lets no single signal rule: a signal far off pulls no harder than one near.

    Args:
        floor: Added under the root, without unit, so that its slope stays finite.

    Raises:
        ValueError: If `floor` is not positive.
    """

    floor: float = 1e-5

    def __post_init__(self) -> None:
        if self.floor <= 0:
            raise ValueError(f"floor must be positive, got {self.floor}")

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        share = F.relative_error(outputs["output"], outputs["target"], outputs["mask"], 1e-12)
        return (share + self.floor).sqrt() - self.floor**0.5


@dataclass(frozen=True, slots=True)
class Correlation(Criterion):
    """One minus the squared correlation of output and target: sees shape, not size or sign."""

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        likeness = F.correlation(outputs["output"], outputs["target"], outputs["mask"])
        return (1 - likeness.square()).mean(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Autocorrelation(Criterion):
    """Squared distance between the autocorrelations of output and target.

    The mean of each signal is removed first; the criterion sees neither size nor sign.

    Args:
        lags: How many lags to compare, in steps; may grow while a phase runs.
    """

    lags: Schedule = Constant(10)

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        lags, mask = round(self.lags(progress)), outputs["mask"]
        made = F.autocorrelation(outputs["output"], mask, lags)
        real = F.autocorrelation(outputs["target"], mask, lags)
        return (made - real).square().mean((1, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class LagRatio(Criterion):
    """Squared distance between the autocorrelations about zero of output and target.

    Keeps the mean of the signals, and divides at each lag by the power of the leading part.
    Suits slow series that start and stay away from zero.

    Args:
        lags: How many lags to compare, in steps; may grow while a phase runs.
        eps: The least that is divided by, as a share of the power of all steps, so that a
            signal that leaves zero in its last steps does not rule the batch.

    Raises:
        ValueError: If `eps` is not in (0, 1).
    """

    lags: Schedule = Constant(10)
    eps: float = 1e-6

    def __post_init__(self) -> None:
        if not 0 < self.eps < 1:
            raise ValueError(f"eps must be in (0, 1), got {self.eps}")

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        lags, mask = round(self.lags(progress)), outputs["mask"]
        made = F.lag_ratio(outputs["output"], mask, lags, self.eps)
        real = F.lag_ratio(outputs["target"], mask, lags, self.eps)
        # Lag 0, at which both are 1, counts in the mean.
        return (made - real).square().mean(2).sum(1) / (lags + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectral(Criterion):
    """Distance between the short-time spectra of output and target; deaf to phase.

    Args:
        windows: Lengths of the windows, in steps; short ones see when, long ones see which
            frequency.
    """

    windows: list[int] = field(default_factory=lambda: [16, 32, 64])

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.spectral_distance(
            outputs["output"], outputs["target"], outputs["mask"], self.windows
        )


@dataclass(frozen=True, slots=True)
class CrossChannel(Criterion):
    """Squared distance between the correlations among channels of output and target."""

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.cross_channel_distance(outputs["output"], outputs["target"], outputs["mask"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty(Criterion):
    """A penalty that the bottleneck put into the outputs.

    Args:
        name: Which one, such as commitment.
    """

    name: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.name})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return outputs[self.name]


@dataclass(frozen=True, slots=True)
class Surprise(Criterion):
    """How unlikely the generator finds the latents, in nats per signal where it can tell."""

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"surprise"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return outputs["surprise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEntropy(Criterion):
    """How unlikely the generator finds the true codes, in nats per code.

    Args:
        smoothing: Share of each true code that is spread evenly over its whole codebook,
            in [0, 1).

    Raises:
        ValueError: If `smoothing` is outside [0, 1).
    """

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 1:
            raise ValueError(f"smoothing must be in [0, 1), got {self.smoothing}")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"logits", "codes", "code_mask"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        return F.cross_entropy(
            outputs["logits"], outputs["codes"], outputs["code_mask"], self.smoothing
        )
