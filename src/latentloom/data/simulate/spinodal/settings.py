"""What is asked of a simulation of spinodal decomposition."""

from dataclasses import dataclass
from typing import Literal

from ....core.ranges import at_least, below_one, positive

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spinodal:
    r"""Spinodal decomposition of two components, told by a few numbers at each time.

    A sample is one run of the Cahn-Hilliard equation on a periodic grid of cells of size 1,

    $$\dot c = M \Delta (f'(c) - \kappa \Delta c), \qquad f(c) = c^2 (1 - c)^2, \qquad
      c(0) = c_0 + a (U[0, 1] - 1/2) \mbox{ in each cell},$$

    whose fields are told, frame by frame, by principal components of what their spatial
    autocorrelation is: its radial profile, or the whole map.

    Args:
        records: How many runs.
        grid: Cells along each side, an even number.
        frames: Frames of a run, the first of which is the start.
        interval: Time from frame to frame.
        mean_concentration: Range of $c_0$.
        mobility: Range of $M$.
        gradient_coefficient: Range of $\kappa$.
        noise_amplitude: Range of $a$.
        step: The largest time step of the solver, from time 2 on; before it takes half of
            that, and a fifth before time 0.2.
        clip: `on` keeps concentrations in [1e-8, 0.999999999], which gains or loses mass.
        form: What the principal components are fitted to: `radial` profiles of all runs,
            or whole `maps` of all runs, or whole maps of each run for itself, `per_run`,
            which cannot be compared between runs.
        components: How many of them are kept.
        held_out: Share of the runs, drawn at random, that components are not fitted to; at
            least one run is left.

    Raises:
        ValueError: If a number is out of range, or a range does not rise.

    References:
        Free energy of a nonuniform system. I. Interfacial free energy (Cahn and Hilliard,
        1958). https://doi.org/10.1063/1.1744102
    """

    records: int = 500
    grid: int = 128
    frames: int = 151
    interval: float = 0.2
    mean_concentration: Range = (0.3, 0.7)
    mobility: Range = (1.0, 2.0)
    gradient_coefficient: Range = (0.5, 1.0)
    noise_amplitude: Range = (0.05, 0.15)
    step: float = 0.05
    clip: Literal["off", "on"] = "off"
    form: Literal["radial", "maps", "per_run"] = "radial"
    components: int = 5
    held_out: float = 0.2

    def __post_init__(self) -> None:
        at_least(1, records=self.records, components=self.components)
        at_least(2, frames=self.frames)
        at_least(8, grid=self.grid)
        positive(interval=self.interval, step=self.step)
        below_one(held_out=self.held_out)
        if self.grid % 2:
            raise ValueError(f"grid must be even, got {self.grid}")
        for name in ("mean_concentration", "mobility", "gradient_coefficient", "noise_amplitude"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must rise from above 0, got {low} to {high}")
        self._check_together()

    def _check_together(self) -> None:
        low, high = self.mean_concentration
        half = self.noise_amplitude[1] / 2
        if low - half < 0 or high + half > 1:
            raise ValueError(
                "mean_concentration must keep half of noise_amplitude within [0, 1], got "
                f"{low - half:g} to {high + half:g}"
            )
        most = min(self.frames - 1, self.grid // 2)
        if self.components > most:
            raise ValueError(
                f"components must be at most {most}, for {self.frames} frames of a grid of "
                f"{self.grid}, got {self.components}"
            )
