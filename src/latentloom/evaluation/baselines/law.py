"""The law of induction as a baseline."""

import numpy as np
from jaxtyping import Float

from ...data.dataset import Dataset
from ...data.transforms.columns import need
from ...data.transforms.law import Law
from .role import Baseline, array, mask_of


class LawFit(Baseline):
    """The law with its mutual inductance fitted on the train split.

    Args:
        law: The law; its `per` says whether each category gets its own inductance.
    """

    def __init__(self, law: Law) -> None:
        self.law = law

    def fit(self, train: Dataset) -> None:
        self.law.fit(train)

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        made = need(self.law.apply(test), "drive")[..., -1:]
        return made.double().numpy()


class LawOracle(Baseline):
    r"""The law with $M$ fitted to each test record itself, so no baseline but an oracle.

    It bounds what any value of $M$ could reach: $M_i = \langle V_i, g_i \rangle / \langle
    g_i, g_i \rangle$ with the law's shape $g_i$.

    Args:
        law: The law.
    """

    def __init__(self, law: Law) -> None:
        self._law = LawFit(law)

    def fit(self, train: Dataset) -> None:
        self._law.fit(train)

    def predict(self, test: Dataset) -> Float[np.ndarray, "N T C"]:
        truth = array(test, "series")[..., :1]
        shape = self._law.predict(test) * mask_of(test)[..., None]
        above = (truth * shape).sum(1, keepdims=True)
        below = (shape**2).sum(1, keepdims=True)
        return shape * np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)
