"""What is asked of a simulation of operators."""

from dataclasses import dataclass
from typing import Literal

from ....core.ranges import at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    r"""Small random operators in two dimensions, each told by features of what it does.

    A sample is one operator, drawn at random. It moves three channels $u_c$ on a periodic
    grid by

    $$u \leftarrow F^{-1} e^{\Delta t \lambda(k)} F N(u), \qquad
      \lambda_c(k) = -D_c |k|^2 - i v \cdot k + g (\hat K_c(k) - \hat K_c(0)) - \gamma,$$
    $$N(u) = w / \sqrt{1 + 2 \Delta t \beta w^2}, \qquad w = u + \Delta t R(u),$$

    which is $u + \Delta t (K * u + R(u) + \mbox{advection})$ with every linear term and the
    cubic damping solved exactly, so that no operator blows up. Diffusion $D$, velocity $v$,
    kernel $K$, gain $g$, decay $\gamma$, reaction $R$, damping $\beta$ and time step are
    drawn for each operator; it is then let loose on several fields of one kind.

    Args:
        records: How many operators.
        grid: Cells along each side.
        steps: Time steps of a trajectory, each a row of the temporal family.
        realisations: Trajectories of each operator, from fields of one kind.

    Raises:
        ValueError: If there are no records or realisations, or less than 8 steps.
    """

    records: int = 1000
    grid: Literal[32, 64] = 64
    steps: int = 64
    realisations: int = 3

    def __post_init__(self) -> None:
        at_least(1, records=self.records, realisations=self.realisations)
        at_least(8, steps=self.steps)
