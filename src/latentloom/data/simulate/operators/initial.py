"""What the fields at the start look like in numbers: the initial family."""

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .frames import PAIRS, Frame, moments, pairs, spectrum
from .grid import Grid, field_of, over, squares

GROUPS = {
    "spatial": (
        "cluster_count",
        "largest_cluster",
        "autocorrelation_length",
        "cluster_distance",
    ),
    "spectral": ("dominant", "centroid", "power_law"),
    "information": ("entropy", "local_entropy", "lempel_ziv", "predictability"),
    "shape": ("density", "radial", "symmetry"),
    "values": (
        "mean",
        "deviation",
        "skewness",
        "kurtosis",
        "least",
        "greatest",
        "quantile_05",
        "quantile_25",
        "quantile_75",
        "quantile_95",
    ),
    "slopes": ("slope", "curvature", "slope_x", "slope_y", "variation", "crossings"),
    "waves": (
        "bandwidth",
        "spectral_entropy",
        "anisotropy",
        "octave_1",
        "octave_2",
        "octave_4",
        "octave_8",
        "octave_16",
    ),
    "channels": ("correlation_01", "correlation_02", "correlation_12", "spread"),
}
NAMES = tuple(name for names in GROUPS.values() for name in names)
ABOVE = 0.5  # of a deviation over the mean, where a cluster begins
BINS, BLOCK = 16, 8
_LARGEST = 8  # clusters whose distances count


def initial_features(field: np.ndarray) -> np.ndarray:
    """All numbers of some fields, their mean over realisations and channels.

    Args:
        field: Operators x realisations x channels x n x n.

    Returns:
        Operators x 42, as `NAMES` says.
    """
    frame = Frame.of(field)
    waves = spectrum(frame)
    above = frame.centred > ABOVE * frame.deviation[..., None, None]
    shells = _shells(frame)
    single = {
        **_clusters(above),
        "autocorrelation_length": _autocorrelation_length(frame),
        "dominant": _dominant(frame.grid, shells),
        "centroid": waves["centroid"],
        "power_law": _power_law(frame.grid, shells),
        **_information(frame),
        "density": above.mean((-1, -2)),
        **_shape(frame),
        **dict(zip(GROUPS["values"][:6], moments(frame)[:6], strict=True)),
        **_quantiles(frame),
        **{name: waves[name] for name in ("slope", "curvature", "bandwidth", "anisotropy")},
        **_slopes(frame),
        "spectral_entropy": waves["entropy"],
        **_octaves(shells),
    }
    means = {name: value.mean((1, 2)) for name, value in single.items()}
    means |= _channels(frame)
    return np.stack([means[name] for name in NAMES], -1)


def _clusters(above: np.ndarray) -> dict[str, np.ndarray]:
    """Number, share of the largest, and mean distance of the 8 largest clusters in cells."""
    rows = [_clusters_of(mask) for mask in above.reshape(-1, *above.shape[-2:])]
    table = np.array(rows).reshape(*above.shape[:-2], 3)
    names = ("cluster_count", "largest_cluster", "cluster_distance")
    return {name: table[..., place] for place, name in enumerate(names)}


def _clusters_of(mask: np.ndarray) -> tuple[float, float, float]:
    count, cluster = _labelled(mask)
    if not count:
        return 0.0, 0.0, 0.0
    size = mask.shape[0]
    inside = np.nonzero(mask)
    members = cluster[inside]
    cells = np.bincount(members, minlength=count)
    turns = np.exp(2j * np.pi * np.stack(inside) / size)
    largest = np.argsort(-cells, kind="stable")[:_LARGEST]
    middle = np.stack(
        [
            np.angle(np.bincount(members, turn.real) + 1j * np.bincount(members, turn.imag))
            for turn in turns
        ]
    )[:, largest]
    apart = np.angle(np.exp(1j * (middle[:, :, None] - middle[:, None]))) * size / (2 * np.pi)
    others = ~np.eye(len(largest), dtype=bool)
    distance = np.hypot(*apart)[others].mean() if len(largest) > 1 else 0.0
    return float(count), float(cells.max() / mask.size), float(distance)


def _labelled(mask: np.ndarray) -> tuple[int, np.ndarray]:
    """Clusters of cells that share an edge, round the circle: how many, and each cell's."""
    cluster = np.zeros(mask.shape, np.int32)
    count = int(ndimage.label(mask, output=cluster))  # pyright: ignore[reportArgumentType]
    if not count:
        return 0, cluster
    edges = np.concatenate(
        [np.stack([cluster[0], cluster[-1]]), np.stack([cluster[:, 0], cluster[:, -1]])], 1
    )
    edges = edges[:, (edges > 0).all(0)] - 1
    ones = np.ones(edges.shape[1])
    joined = coo_array((ones, (edges[0], edges[1])), shape=(count, count))
    whole, member = connected_components(joined, directed=False)
    return int(whole), np.where(mask, member[cluster - 1], -1)


def _autocorrelation_length(frame: Frame) -> np.ndarray:
    """The shift in cells at which the autocorrelation falls below 1 / e, both axes' mean."""
    power = squares(frame.coefficients)
    power[..., 0, 0] = 0
    product = field_of(power.astype(np.complex64))
    half = frame.grid.size // 2
    course = (product[..., :half, 0] + product[..., 0, :half]) / 2
    course = over(course, course[..., :1].copy(), 1e-12)
    below = course < 1 / np.e
    place = np.where(below.any(-1), below.argmax(-1), half - 1)
    after = np.take_along_axis(course, place[..., None], -1)[..., 0]
    before = np.take_along_axis(course, np.maximum(place - 1, 0)[..., None], -1)[..., 0]
    part = np.clip(over(before - 1 / np.e, before - after), 0, 1)
    return np.where(course[..., 0] > 0, np.maximum(place - 1, 0) + part, half)


def _shells(frame: Frame) -> np.ndarray:
    """Mean square of the waves of each shell, from 1 wave per side on."""
    grid = frame.grid
    weights = [grid.shell == shell for shell in range(1, grid.shells + 1)]
    return grid.sums(squares(frame.coefficients), grid.columns(*weights))


def _dominant(grid: Grid, shells: np.ndarray) -> np.ndarray:
    """The strongest shell, in radians per cell."""
    return (1 + shells.argmax(-1)) * 2 * np.pi / grid.size


def _power_law(grid: Grid, shells: np.ndarray) -> np.ndarray:
    """The slope of the logarithm of the mean square per wave over that of the wavenumber."""
    waves = np.bincount(grid.shell.ravel(), grid.weight.ravel() * grid.size**4)
    counts = waves[1 : grid.shells + 1]
    course = np.log(np.maximum(shells / counts, 1e-12))[..., 1:]
    place = np.log(np.arange(2, grid.shells + 1))
    place = place - place.mean()
    return (course * place).sum(-1) / (place**2).sum()


def _information(frame: Frame) -> dict[str, np.ndarray]:
    field, lead, size = frame.field, frame.field.shape[:-2], frame.grid.size
    least, greatest = (end((-1, -2), keepdims=True) for end in (field.min, field.max))
    bins = np.minimum(over(field - least, greatest - least) * BINS, BINS - 1).astype(int)
    cut = bins.reshape(*lead, size // BLOCK, BLOCK, size // BLOCK, BLOCK)
    blocks = cut.swapaxes(-2, -3).reshape(*lead, -1, BLOCK**2)
    shifted = [np.roll(frame.centred, by, axis) for axis in (-1, -2) for by in (-1, 1)]
    around = np.sum(shifted, 0)
    shared = (frame.centred * around).mean((-1, -2)) ** 2
    spread = frame.deviation**2 * (around * around).mean((-1, -2))
    coarse = (frame.centred[..., ::2, ::2] > 0).reshape(-1, size**2 // 4)
    return {
        "entropy": _entropy(bins.reshape(*lead, -1)),
        "local_entropy": _entropy(blocks).var(-1),
        "lempel_ziv": np.array([phrases(row) for row in coarse]).reshape(lead),
        "predictability": over(shared, spread, 1e-12),
    }


def _entropy(bins: np.ndarray) -> np.ndarray:
    """Entropy of the bins along the last axis, as a share of the greatest possible."""
    share = np.stack([(bins == number).mean(-1) for number in range(BINS)])
    return -(share * np.log(np.maximum(share, 1e-30))).sum(0) / np.log(BINS)


def phrases(bits: np.ndarray) -> float:
    """Lempel and Ziv's number of new phrases, over that of random bits.

    Example:
        >>> round(phrases(np.array([0, 0, 1, 0, 1, 1, 0, 1])), 3)
        1.5

    References:
        Compression of individual sequences via variable-rate coding, section II (Ziv and
        Lempel, 1978).
    """
    known: set[bytes] = set()
    text, start = bits.astype(np.uint8).tobytes(), 0
    for end in range(1, len(text) + 1):
        if text[start:end] not in known:
            known.add(text[start:end])
            start = end
    count = len(known) + (start < len(text))
    return count * float(np.log2(len(text))) / len(text)


def _shape(frame: Frame) -> dict[str, np.ndarray]:
    place = np.arange(frame.grid.size) - (frame.grid.size - 1) / 2
    radius = np.hypot(place[:, None], place[None, :])
    radius -= radius.mean()
    outward = (frame.centred * radius).mean((-1, -2))
    mirrored = (frame.centred * frame.centred[..., ::-1, ::-1]).mean((-1, -2))
    return {
        "radial": over(outward, frame.deviation * radius.std()),
        "symmetry": over(mirrored, frame.deviation**2, 1e-12),
    }


def _quantiles(frame: Frame) -> dict[str, np.ndarray]:
    flat = frame.field.reshape(*frame.field.shape[:-2], -1)
    shares = (0.05, 0.25, 0.75, 0.95)
    found = np.quantile(flat, shares, axis=-1)
    return dict(zip(GROUPS["values"][6:], found, strict=True))


def _slopes(frame: Frame) -> dict[str, np.ndarray]:
    field, grid, above = frame.field, frame.grid, frame.centred > 0
    both = np.broadcast_arrays(grid.along**2, grid.across**2)
    square = grid.sums(squares(frame.coefficients), grid.columns(*both))
    steps = [np.abs(field - np.roll(field, 1, axis)).mean((-1, -2)) for axis in (-1, -2)]
    sides = [(above != np.roll(above, 1, axis)).mean((-1, -2)) for axis in (-1, -2)]
    return {
        "slope_x": np.sqrt(square[..., 0]),
        "slope_y": np.sqrt(square[..., 1]),
        "variation": np.mean(steps, 0),
        "crossings": np.mean(sides, 0),
    }


def _octaves(shells: np.ndarray) -> dict[str, np.ndarray]:
    """The share of each octave in waves per side; the last has all the rest."""
    total = shells.sum(-1)
    starts = (1, 2, 4, 8, 16)
    ends = (*starts[1:], shells.shape[-1] + 1)
    return {
        f"octave_{start}": over(shells[..., start - 1 : end - 1].sum(-1), total, 1e-12)
        for start, end in zip(starts, ends, strict=True)
    }


def _channels(frame: Frame) -> dict[str, np.ndarray]:
    correlation = pairs(frame)[..., 0].mean(1)
    spread = frame.deviation.std(-1).mean(1)
    found = {f"correlation_{a}{b}": correlation[:, at] for at, (a, b) in enumerate(PAIRS)}
    return found | {"spread": spread}
