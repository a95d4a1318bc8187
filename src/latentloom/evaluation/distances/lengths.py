"""Distance between how long signals are."""

import numpy as np
from jaxtyping import Float, Real

from ..population import Trial
from .pooled import shares
from .role import Compared, Distance, InapplicableError


class LengthDistance(Distance):
    r"""How differently long made signals are, as a share of the mean real length; 0 is right.

    $\frac{1}{\bar\ell} \int |F(\ell) - \hat F(\ell)| d\ell$ with the distribution functions
    $F$ of the lengths: the Wasserstein-1 distance, by how many steps a length has to change
    on average to make the two distributions equal. 0.1 is a tenth of a signal.

    Raises:
        InapplicableError: If all signals, real and made, are equally long.

    References:
        Computational Optimal Transport (Peyre and Cuturi, 2019), equation 2.37.
    """

    least = 10

    def compare(self, trial: Trial, *, seed: int) -> Compared:
        held, made = trial.held.extent, trial.made.extent
        levels = np.union1d(held, made)
        if len(levels) < 2:
            raise InapplicableError(
                "a distance of lengths must have signals of unequal length, and each is"
                f" {levels[0]} steps long"
            )
        gaps = np.diff(levels)
        here, there = (np.searchsorted(levels, lengths) for lengths in (held, made))

        def weighed(
            held_weights: Real[np.ndarray, " N"], made_weights: Real[np.ndarray, " M"]
        ) -> Float[np.ndarray, " R"]:
            real, other = shares(held_weights) / len(held), shares(made_weights) / len(made)
            apart = np.bincount(here, real, len(levels)) - np.bincount(there, other, len(levels))
            return np.array([np.abs(apart.cumsum()[:-1]) @ gaps / (real @ held)])

        return Compared(weighed=weighed, dimensions=1, real=trial.held.size, made=trial.made.size)
