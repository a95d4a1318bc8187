"""What is asked of a simulation of pointing movements."""

from dataclasses import dataclass
from typing import Literal

from ....core.ranges import a_share, at_least, positive

STEPS = (11, 195)  # fewest and most points of a movement


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing:
    r"""Movements of a mouse from a dot to a target, as a recorder of whole pixels sees them.

    A movement to a target of width $W$ at distance $D$ ends near it, scattered by
    $W / 4.133$ along and across, and takes, by Fitts's law,

    $$T = (a + b \log_2 (D / W + 1)) \, e^{\epsilon}, \qquad \epsilon \sim N(0, s^2).$$

    It is one stroke, or, in a share of the movements, a first one that falls short and one
    that corrects it. A stroke runs along an arc of a circle, of which it has covered, after
    a share $\tau$ of its time, by the minimum of jerk or by a lognormal speed,

    $$10 \tau^3 - 15 \tau^4 + 6 \tau^5 \qquad \mbox{or} \qquad
      \Phi \left( \frac{\ln t - \mu}{\sigma} \right).$$

    The hand trembles while it moves; the recorder rounds to whole pixels and milliseconds.

    Args:
        records: How many movements.
        law: How strokes run: by the minimum of jerk, or by a lognormal speed whose $\sigma$
            is drawn anew for each, between 0.15 and 0.35.
        targets: Where they lie: on a `grid` of 24 distances, of equal ratios, and 8
            directions, or anywhere between the distances and in all directions.
        distance: The least and greatest distance of a target, in pixels.
        width: $W$, in pixels.
        intercept: $a$, in seconds.
        slope: $b$, in seconds per bit.
        spread: $s$, of the logarithm of the duration.
        curvature: Standard deviation of how far arcs rise from their chords, as a share of
            these.
        tremor: Amplitude of a tremor of 8 to 12 hertz, in pixels.
        corrected: Share of the movements that are corrected.
        interval: Time between points, in milliseconds, a whole number.
        late: Share of the points that are told 1 ms late.

    Raises:
        ValueError: If a number is out of range, or distances do not rise from above 0.

    References:
        The coordination of arm movements: an experimentally confirmed mathematical model
        (Flash and Hogan, 1985), equation 3. https://doi.org/10.1523/JNEUROSCI.05-07-01688.1985
        A kinematic theory of rapid human movements, part I (Plamondon, 1995).
        https://doi.org/10.1007/BF00202785
        Fitts' law as a research and design tool in human-computer interaction (MacKenzie,
        1992), equations 5 and 7. https://doi.org/10.1207/s15327051hci0701_3
    """

    records: int = 10_000
    law: Literal["minimum_jerk", "sigma_lognormal"] = "sigma_lognormal"
    targets: Literal["grid", "anywhere"] = "grid"
    distance: tuple[float, float] = (27.0, 667.0)
    width: float = 24.0
    intercept: float = 0.08
    slope: float = 0.15
    spread: float = 0.2
    curvature: float = 0.11
    tremor: float = 0.3
    corrected: float = 0.3
    interval: int = 8
    late: float = 0.1

    def __post_init__(self) -> None:
        at_least(1, records=self.records, interval=self.interval)
        at_least(0, intercept=self.intercept, spread=self.spread, tremor=self.tremor)
        at_least(0, curvature=self.curvature)
        positive(width=self.width, slope=self.slope)
        a_share(corrected=self.corrected, late=self.late)
        low, high = self.distance
        if not 0 < low <= high:
            raise ValueError(f"distance must rise from above 0, got {low} to {high}")
