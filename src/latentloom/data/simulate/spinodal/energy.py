"""The free energy of fields."""

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from ...fields.grid import copies, symbol


def free_energy(
    field: Float[Tensor, "B n n"],
    waves: Complex[Tensor, "B n m"],
    gradient_coefficient: Float[Tensor, " B"],
) -> Float[Tensor, " B"]:
    r"""What the equation lets fall, summed over cells.

    $$E = \sum_x c^2 (1 - c)^2 + \frac{\kappa}{2} (|D_x c|^2 + |D_y c|^2)$$

    with differences of neighbours, whose squares sum to those of the waves, each times its
    symbol of minus the Laplacian.

    Args:
        field: Concentrations.
        waves: What `rfft2` makes of them.
        gradient_coefficient: $\kappa$.

    Example:
        >>> field = torch.tensor([[[0.0, 0.0], [0.0, 1.0]]])
        >>> free_energy(field, torch.fft.rfft2(field), torch.ones(1))
        tensor([2.])
    """
    size = field.shape[-1]
    bulk = (field * (1 - field)).double().square().sum((-2, -1))
    weight = torch.from_numpy(copies(size) * symbol(size) / (2 * size**2))
    power = waves.real.double().square() + waves.imag.double().square()
    slopes = (power * weight).sum((-2, -1))
    return (bulk + gradient_coefficient * slopes).to(field.dtype)
