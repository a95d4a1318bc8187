"""Random operators: their parameters, and one step of them."""

from dataclasses import dataclass

import numpy as np

from .grid import Grid, field_of, transform

CHANNELS = 3
KERNELS = (3, 5, 7)
REACTIONS = ("none", "saturating", "bistable", "cyclic")
PARAMETERS = (
    "log_diffusion_0",
    "log_diffusion_1",
    "log_diffusion_2",
    "velocity_x",
    "velocity_y",
    "kernel_gain",
    "kernel_evenness",
    "kernel_size",
    "reaction_rate",
    "reaction_coupling",
    "reaction_bias",
    "log_damping",
    "decay",
    "log_time_step",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One operator.

    Args:
        diffusion: Of each channel, in cells^2 per time.
        velocity: Down the rows and along the columns, in cells per time.
        kernel: Weights of the convolution of each channel, 3 x s x s with odd s, the sizes
            of each summing to 1.
        gain: How strong the convolution is, in 1 per time.
        reaction: One of `REACTIONS`.
        rate: How strong the reaction is, in 1 per time.
        mixing: How channels act on channels in the reaction, 3 x 3.
        bias: What is added there.
        damping: Of the cube, in 1 per time.
        decay: In 1 per time.
        time_step: In time.
    """

    diffusion: np.ndarray
    velocity: np.ndarray
    kernel: np.ndarray
    gain: float
    reaction: str
    rate: float
    mixing: np.ndarray
    bias: float
    damping: float
    decay: float
    time_step: float

    def parameters(self) -> np.ndarray:
        """The numbers that `PARAMETERS` names; logarithms are to base 10.

        The evenness of a kernel is 1 for one that is its own point reflection, -1 for one
        that is the opposite of it; the coupling is the mean size of the mixing off its
        diagonal.
        """
        mirrored = self.kernel[:, ::-1, ::-1]
        apart = self.mixing[~np.eye(CHANNELS, dtype=bool)]
        return np.array(
            [
                *np.log10(self.diffusion),
                self.velocity[1],
                self.velocity[0],
                self.gain,
                (self.kernel * mirrored).sum() / (self.kernel**2).sum(),
                self.kernel.shape[-1],
                self.rate,
                np.abs(apart).mean(),
                self.bias,
                np.log10(self.damping),
                self.decay,
                np.log10(self.time_step),
            ]
        )


def draw(random: np.random.Generator) -> Law:
    """An operator at random."""
    size = int(random.choice(KERNELS))
    kernel = random.normal(size=(CHANNELS, size, size))
    kernel += random.choice([-1.0, 0.0, 1.0]) * kernel[:, ::-1, ::-1]
    kernel[:, size // 2, size // 2] += 1e-3  # an odd kernel may be all zero but for this
    angle, speed = random.uniform(0, 2 * np.pi), random.uniform(0, 0.5)
    reaction = str(random.choice(REACTIONS))
    return Law(
        diffusion=10 ** random.uniform(-2.5, 0.0, CHANNELS),
        velocity=speed * np.array([np.sin(angle), np.cos(angle)]),
        kernel=kernel / np.abs(kernel).sum((1, 2), keepdims=True),
        gain=random.uniform(0, 2),
        reaction=reaction,
        rate=random.uniform(0.2, 1.5) if reaction != "none" else 0.0,
        mixing=random.normal(size=(CHANNELS, CHANNELS)),
        bias=random.normal() * 0.3,
        damping=10 ** random.uniform(-2, 0),
        decay=random.uniform(0, 0.3),
        time_step=10 ** random.uniform(-1, -0.3),
    )


@dataclass(frozen=True, slots=True)
class Flow:
    """Several operators at once, ready to step.

    Fields are operators x realisations x channels x n x n.

    Args:
        laws: The operators.
        grid: Where they act.
        propagator: What a step multiplies each coefficient by, operators x 1 x channels x
            n x (n / 2 + 1).
    """

    laws: tuple[Law, ...]
    grid: Grid
    propagator: np.ndarray

    @classmethod
    def of(cls, laws: tuple[Law, ...], grid: Grid) -> "Flow":
        """The flow of some operators on a grid."""
        linear = np.stack([np.exp(law.time_step * _rates(law, grid)) for law in laws])
        return cls(laws, grid, linear.astype(np.complex64)[:, None])

    @property
    def time_steps(self) -> np.ndarray:
        """The time step of each operator, in time."""
        return np.array([law.time_step for law in self.laws], np.float32)

    def step(self, field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The fields one time step later, and before them their coefficients."""
        later = transform(self._nonlinear(field)) * self.propagator
        return later, field_of(later)

    def _nonlinear(self, field: np.ndarray) -> np.ndarray:
        """Reaction and cubic damping of every cell by itself."""
        moved = field.copy()
        for kind, react in _REACTIONS.items():
            rows = np.array([row for row, law in enumerate(self.laws) if law.reaction == kind])
            if len(rows):
                moved[rows] += react([self.laws[row] for row in rows], field[rows])
        strength = _shaped([2 * law.time_step * law.damping for law in self.laws])
        return moved / np.sqrt(1 + strength * moved * moved)


def _rates(law: Law, grid: Grid) -> np.ndarray:
    """The growth of each wave, channels x n x (n / 2 + 1), in 1 per time."""
    size, half = grid.size, law.kernel.shape[-1] // 2
    spread = np.zeros((CHANNELS, size, size))
    spread[:, : 2 * half + 1, : 2 * half + 1] = law.kernel
    response = transform(np.roll(spread, (-half, -half), (1, 2)))
    advection = 1j * (law.velocity[0] * grid.across + law.velocity[1] * grid.along)
    mixing = law.gain * (response - response[:, :1, :1])
    return mixing - law.diffusion[:, None, None] * grid.number**2 - advection - law.decay


def _shaped(values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)[:, None, None, None, None]


def _mixed(laws: list[Law], field: np.ndarray) -> np.ndarray:
    """What each channel receives of all channels, and the bias."""
    mixing = np.stack([law.mixing for law in laws]).astype(np.float32)
    flat = field.reshape(*field.shape[:3], -1)
    mixed = np.matmul(mixing[:, None], flat).reshape(field.shape)
    return mixed + _shaped([law.bias for law in laws])


def _strength(laws: list[Law]) -> np.ndarray:
    return _shaped([law.rate * law.time_step for law in laws])


def _saturating(laws: list[Law], field: np.ndarray) -> np.ndarray:
    """Change by tanh(M u + b)."""
    return _strength(laws) * np.tanh(_mixed(laws, field))


def _bistable(laws: list[Law], field: np.ndarray) -> np.ndarray:
    """Change by u + tanh(M u + b) / 4, which the cubic damping holds down."""
    return _strength(laws) * (field + np.tanh(_mixed(laws, field)) / 4)


def _cyclic(laws: list[Law], field: np.ndarray) -> np.ndarray:
    """Change by tanh of the next channel less the one before, and of M u + b by half."""
    turned = np.roll(field, -1, 2) - np.roll(field, 1, 2)
    return _strength(laws) * np.tanh(turned + _mixed(laws, field) / 2)


_REACTIONS = {"saturating": _saturating, "bistable": _bistable, "cyclic": _cyclic}
