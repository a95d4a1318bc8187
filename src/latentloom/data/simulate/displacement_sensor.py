"""Records of a displacement sensor, a linear variable differential transformer."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from ...core.ranges import a_share, at_least, positive
from ..dataset import Dataset, Quantity, Schema

WAVEFORMS = ("one_sinusoid", "two_sinusoids", "three_sinusoids", "chirp", "trapezoid")
_OVERSAMPLING = 8
_LEAD = 0.25  # of a record, before it begins, in which the filter settles
_REFERENCE = 25.0  # degrees Celsius
_Band = tuple[float, np.ndarray]  # the lowest frequency, and each record's highest, in hertz


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplacementSensor:
    r"""What a simulated sensor and its excitation are like.

    A current $I$ through the primary coil induces, by the core's displacement $x$,

    $$u = -M_0 (1 + \alpha (T - 25)) \, x \, \dot I + R_0 I, \qquad
      v = V_s \tanh(h * u / V_s) + v_0$$

    where $h$ is a low-pass of second order, the leakage of the coils with their load. The
    voltage is $v$ with white noise, rounded by a converter whose range is the smallest
    power of two volts that holds the record. The law $-M x \dot I$ thus lags, most at high
    frequencies. The core's own speed induces a thousandth of this, and is left out.

    Args:
        records: How many records.
        steps: How many steps each has.
        rate: Samples per second, in hertz; 200 kHz are 20 to 200 steps a period.
        frequency: Range of the excitation's highest fundamental frequency, in hertz; a
            trapezoid keeps to the lower half, in octaves.
        amplitude: Range of the current's peak, in ampere.
        temperature: Range of the temperature, in degrees Celsius.
        position: Range of the core's mean distance from null, in metre, on either side.
        drift: Share of the records in which the core swings while it is read.
        swing: The largest swing of the core, in metre.
        mutual: $M_0$, mutual inductance by displacement, in henry per metre.
        temperature_coefficient: $\alpha$, in 1 per kelvin.
        cut_off: Natural frequency of the low-pass, in hertz.
        damping: Damping ratio of the low-pass.
        saturation: $V_s$, in volt.
        coupling: $R_0$, the in-phase coupling that remains at null, in ohm.
        offset: $v_0$, the offset of the amplifier, in volt.
        noise: Noise, as a share of each record's standard deviation.
        bits: Bits of the converter.

    Raises:
        ValueError: If there are no records or steps, or a range does not rise from above 0.

    Example:
        >>> dataset = simulate(DisplacementSensor(records=3), seed=0)
        >>> [str(quantity) for quantity in dataset.schema.drive]
        ['current [A]', 'position [m]']

    References:
        Measurement Systems, chapter 4, on differential transformers (Doebelin, 2003).
    """

    records: int = 2000
    steps: int = 256
    rate: float = 200e3
    frequency: tuple[float, float] = (1e3, 10e3)
    amplitude: tuple[float, float] = (5e-3, 50e-3)
    temperature: tuple[float, float] = (-20.0, 85.0)
    position: tuple[float, float] = (0.25e-3, 2.5e-3)
    drift: float = 0.3
    swing: float = 0.15e-3
    mutual: float = 1.0
    temperature_coefficient: float = -5e-4
    cut_off: float = 25e3
    damping: float = 0.7
    saturation: float = 12.0
    coupling: float = 0.1
    offset: float = 1e-3
    noise: float = 0.007
    bits: int = 12

    def __post_init__(self) -> None:
        if self.records < 1 or self.steps < 2:
            raise ValueError(
                f"records must be at least 1 and steps 2, got {self.records} and {self.steps}"
            )
        for name in ("frequency", "amplitude", "position"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must rise from above 0, got {low} to {high}")
        if self.frequency[1] >= self.rate / 4:
            raise ValueError(
                f"frequency must stay below a quarter of the rate, {self.rate / 4:g} Hz, "
                f"got {self.frequency[1]:g} Hz"
            )
        at_least(0, swing=self.swing, coupling=self.coupling, noise=self.noise)
        positive(cut_off=self.cut_off, damping=self.damping, saturation=self.saturation)
        at_least(1, bits=self.bits)
        a_share(drift=self.drift)


@dataclass(frozen=True, slots=True)
class _Current:
    """A current and its derivative on the fine grid, with what is known of it."""

    value: np.ndarray
    slope: np.ndarray
    frequency: np.ndarray
    amplitude: np.ndarray
    waveform: np.ndarray


def simulate(settings: DisplacementSensor, seed: int) -> Dataset:
    """Simulates a sensor; equal seeds give equal records.

    Returns:
        Series `voltage`; drive `current` and `position`; conditions `frequency`,
        `temperature`, `amplitude` and the mean `position`. The extra `truth` holds the
        voltage without noise and rounding, `waveform` the place of each record's
        excitation in `WAVEFORMS`.
    """
    random = np.random.default_rng(seed)
    lead = round(_LEAD * settings.steps)
    fine = np.arange(-lead * _OVERSAMPLING, settings.steps * _OVERSAMPLING)
    time = fine / (settings.rate * _OVERSAMPLING)
    current = _current(settings, random, time)
    position = _position(settings, random, time)
    temperature = random.uniform(*settings.temperature, settings.records)
    kept = slice(lead * _OVERSAMPLING, None, _OVERSAMPLING)
    truth = _voltage(settings, current, position, temperature)[:, kept]
    scalars = (current.frequency, temperature, current.amplitude, position[:, kept].mean(1))
    return Dataset(
        schema=Schema(
            series=(Quantity("voltage", "V"),),
            drive=(Quantity("current", "A"), Quantity("position", "m")),
            condition=(
                Quantity("frequency", "Hz"),
                Quantity("temperature", "degC"),
                Quantity("amplitude", "A"),
                Quantity("mean_position", "m"),
            ),
        ),
        series=_tensor(_read_out(settings, random, truth))[..., None],
        drive=_tensor(np.stack([current.value[:, kept], position[:, kept]], -1)),
        condition=_tensor(np.stack(scalars, -1)),
        extras={"truth": _tensor(truth), "waveform": _tensor(current.waveform[:, None])},
    )


def _current(
    settings: DisplacementSensor, random: np.random.Generator, time: np.ndarray
) -> _Current:
    waveform = random.integers(len(WAVEFORMS), size=settings.records)
    low, high = np.log(settings.frequency)
    share = random.uniform(size=settings.records)
    share[waveform == WAVEFORMS.index("trapezoid")] *= 0.5
    frequency = np.exp(low + share * (high - low))
    value = np.empty((settings.records, len(time)))
    slope = np.empty_like(value)
    shapes = (*(partial(_sinusoids, count) for count in (1, 2, 3)), _chirp, _trapezoid)
    for kind, shape in enumerate(shapes):
        rows = waveform == kind
        band = (settings.frequency[0], frequency[rows][:, None])
        value[rows], slope[rows] = shape(random, time, band)
    amplitude = random.uniform(*settings.amplitude, settings.records)
    scale = (amplitude / np.abs(value).max(1))[:, None]
    return _Current(scale * value, scale * slope, frequency, amplitude, waveform)


def _sinusoids(
    count: int, random: np.random.Generator, time: np.ndarray, band: _Band
) -> tuple[np.ndarray, np.ndarray]:
    """A sum of sinusoids, the first at the band's upper end, the others inside it."""
    lowest, highest = band
    value = np.zeros((len(highest), len(time)))
    slope = np.zeros_like(value)
    for number in range(count):
        share = random.uniform(size=highest.shape) if number else 1.0
        weight = random.uniform(0.3, 1.0, highest.shape) if number else 1.0
        omega = 2 * math.pi * lowest * (highest / lowest) ** share
        phase = omega * time + random.uniform(0, 2 * math.pi, highest.shape)
        value += weight * np.sin(phase)
        slope += weight * omega * np.cos(phase)
    return value, slope


def _chirp(
    random: np.random.Generator, time: np.ndarray, band: _Band
) -> tuple[np.ndarray, np.ndarray]:
    """A sinusoid whose frequency rises linearly through the band."""
    start, end = band
    elapsed, duration = time - time[0], time[-1] - time[0]
    omega = 2 * math.pi * (start + (end - start) * elapsed / duration)
    turns = start * elapsed + (end - start) * elapsed**2 / (2 * duration)
    phase = 2 * math.pi * turns + random.uniform(0, 2 * math.pi, end.shape)
    return np.sin(phase), omega * np.cos(phase)


def _trapezoid(
    random: np.random.Generator, time: np.ndarray, band: _Band
) -> tuple[np.ndarray, np.ndarray]:
    """A trapezoid at the band's upper end, each ramp a tenth to a quarter of a period."""
    _, frequency = band
    ramp = random.uniform(0.1, 0.25, frequency.shape)
    turns = frequency * time + random.uniform(size=frequency.shape)
    triangle = 1 - 4 * np.abs(turns % 1 - 0.5)
    rising = np.where(turns % 1 < 0.5, 4.0, -4.0) * frequency
    inside = np.abs(triangle) < 2 * ramp
    value = np.clip(triangle / (2 * ramp), -1, 1)
    return value, np.where(inside, rising / (2 * ramp), 0.0)


def _position(
    settings: DisplacementSensor, random: np.random.Generator, time: np.ndarray
) -> np.ndarray:
    """The core's displacement: constant, or a slow swing of 50 to 300 Hz about a mean."""
    shape = (settings.records, 1)
    mean = random.uniform(*settings.position, shape) * random.choice([-1.0, 1.0], shape)
    swing = random.uniform(0, settings.swing, shape)
    swing = np.where(random.uniform(size=shape) < settings.drift, swing, 0.0)
    turns = random.uniform(50, 300, shape) * time + random.uniform(size=shape)
    return mean + swing * np.sin(2 * math.pi * turns)


def _voltage(
    settings: DisplacementSensor,
    current: _Current,
    position: np.ndarray,
    temperature: np.ndarray,
) -> np.ndarray:
    """The voltage on the fine grid, without noise."""
    warm = 1 + settings.temperature_coefficient * (temperature - _REFERENCE)
    induced = -settings.mutual * warm[:, None] * position * current.slope
    passed = _low_passed(settings, induced + settings.coupling * current.value)
    return settings.saturation * np.tanh(passed / settings.saturation) + settings.offset


def _low_passed(settings: DisplacementSensor, values: np.ndarray) -> np.ndarray:
    r"""The response of $\omega_0^2 / (s^2 + 2 \zeta \omega_0 s + \omega_0^2)$."""
    omega = 2 * math.pi * settings.cut_off
    fine_rate = settings.rate * _OVERSAMPLING
    analog = ([omega**2], [1.0, 2 * settings.damping * omega, omega**2])
    from scipy import signal  # takes long to load, and only those who simulate need it

    above, below = signal.bilinear(*analog, fs=fine_rate)
    return np.asarray(signal.lfilter(above, below, values, axis=1))


def _read_out(
    settings: DisplacementSensor, random: np.random.Generator, truth: np.ndarray
) -> np.ndarray:
    noise = settings.noise * truth.std(1, keepdims=True) * random.standard_normal(truth.shape)
    noisy = truth + noise
    span = 2 ** np.ceil(np.log2(np.abs(noisy).max(1, keepdims=True)))
    step = 2 * span / 2**settings.bits
    return np.clip(np.round(noisy / step) * step, -span, span - step)


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
