"""What an operator is made of in numbers: the architecture family."""

import numpy as np

from .laws import KERNELS, PARAMETERS, REACTIONS, Law

NAMES = (
    *PARAMETERS,
    *(f"kernel_{size}" for size in KERNELS),
    *(f"reaction_{kind}" for kind in REACTIONS),
)
GROUPS = {  # each of columns side by side, in their order
    "motion": NAMES[:5],
    "kernel": NAMES[5:8],
    "reaction": NAMES[8:14],
    "which_kernel": NAMES[14:17],
    "which_reaction": NAMES[17:],
}


def architecture_features(law: Law) -> np.ndarray:
    """The 14 parameters of an operator, then which kernel and which reaction it has."""
    size = [float(law.kernel.shape[-1] == other) for other in KERNELS]
    reaction = [float(law.reaction == other) for other in REACTIONS]
    return np.array([*law.parameters(), *size, *reaction])
