"""Covariances of few vectors, drawn towards what is known without them."""

import torch
from jaxtyping import Float
from torch import Tensor

LEAST = 1e-300  # keeps a share of nothing from being no number
LEAST_SHARE = 1e-6  # of the target, so that what never varies has a covariance too
LEAST_VARIANCE = 1e-8  # of a number that does not vary, in units of the others
MANY = 5  # vectors for each of their numbers: so many tell all correlations


def covariance(x: Float[Tensor, "N D"]) -> Float[Tensor, "D D"]:
    """The covariance of vectors, without correlations that chance made if they are few.

    It is positive definite, however few they are, in units in which no number varies far more
    than the others.

    Args:
        x: The vectors; at least 1.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> covariance(torch.randn(3, 2))[0, 1].item()  # chance
        0.0
        >>> many = torch.randn(900, 1).repeat(1, 2)
        >>> round(covariance(many)[0, 1].item(), 1)
        1.0
    """
    variance = x.var(0, correction=0).clamp_min(LEAST_VARIANCE)
    if len(x) < MANY * x.shape[1]:
        return shrunk_covariance(x, variance.diag())[0]
    return x.T.cov() + (LEAST_VARIANCE * variance).diag()


def shrunk_covariance(
    x: Float[Tensor, "N D"], target: Float[Tensor, "D D"]
) -> tuple[Float[Tensor, "D D"], float]:
    r"""The covariance of vectors, drawn towards another as far as chance may have made it.

    $(1 - \lambda) s_{ij} + \lambda t_{ij}$, with the share

    $$\lambda = \min\Bigl(1, \frac{\sum_{ij} \mathrm{Var}(s_{ij})}
    {\sum_{ij} (s_{ij} - t_{ij})^2}\Bigr)$$

    that makes the expected squared error least, all in units of the target's deviations. It
    is positive definite where the target is, however few the vectors are.

    Args:
        x: The vectors.
        target: The other covariance, positive definite.

    Returns:
        The covariance, and the share of the target in it: 1 where there are fewer than 3
        vectors.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> one, x = torch.eye(2), torch.randn(9000, 1) + 0.5 * torch.randn(9000, 2)
        >>> covariance, share = shrunk_covariance(x, one)  # many, and far from the target
        >>> round(covariance[0, 1].item(), 1), round(share, 1)
        (1.0, 0.0)
        >>> shrunk_covariance(torch.randn(4, 2), one)[1]  # few, and near to it
        1.0

    References:
        A Shrinkage Approach to Large-Scale Covariance Matrix Estimation and Implications for
        Functional Genomics (Schaefer and Strimmer, 2005), eq. 7, with a target that is known
        https://doi.org/10.2202/1544-6115.1175
    """
    count = len(x)
    if count < 3:
        return target, 1.0
    wanted = target.double()
    scale = wanted.diagonal().sqrt()
    units = (x - x.mean(0)).double() / scale
    found, squares = units.T @ units / count, units.square()
    spread = (squares.T @ squares / count - found.square()).sum() * count**2 / (count - 1) ** 3
    found = found * count / (count - 1)
    wanted = wanted / scale / scale[:, None]
    share = float(
        (spread / (found - wanted).square().sum().clamp_min(LEAST)).clamp(LEAST_SHARE, 1)
    )
    return (torch.lerp(found, wanted, share) * scale * scale[:, None]).to(x), share
