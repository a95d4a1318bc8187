"""What distances and angles between samples say of their latents."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def distances(x: Float[Tensor, "N D"]) -> Float[Tensor, " P"]:
    """The Euclidean distance of each pair of rows, each pair once.

    Example:
        >>> distances(torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])).tolist()
        [5.0, 10.0, 5.0]
    """
    norms = x.square().sum(1)
    squared = norms[:, None] + norms - 2 * (x @ x.mT)
    one, other = torch.triu_indices(len(x), len(x), 1, device=x.device).unbind(0)
    return squared[one, other].clamp_min(1e-12).sqrt()


def likeness(a: Float[Tensor, " P"], b: Float[Tensor, " P"]) -> Float[Tensor, ""]:
    """Pearson correlation, in [-1, 1]; 0 where one of the two is constant.

    Example:
        >>> likeness(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 4.0, 6.0])).item()
        1.0
    """
    a, b = a - a.mean(), b - b.mean()
    return (a * b).sum() / (a.square().sum() * b.square().sum() + 1e-24).sqrt()


def topographic(a: Float[Tensor, "N D"], b: Float[Tensor, "N E"]) -> Float[Tensor, ""]:
    """How well distances between rows of one thing tell those between rows of another.

    It is the Pearson correlation over all pairs of different rows, in [-1, 1].

    Example:
        >>> x = torch.randn(8, 3)
        >>> topographic(x, 2 * x).round(decimals=4)
        tensor(1.)
    """
    return likeness(distances(a), distances(b))


def category_cosines(embeddings: Float[Tensor, "N G E"]) -> Float[Tensor, "G G"]:
    r"""Mean |cosine| between the features of each two categories, over the samples.

    Feature i of category g is a vector over the samples, $u_{gi}$, whose mean is taken off
    first: the cosine of two is their Pearson correlation. Entry (g, h) is
    $\overline{|\cos(u_{gi}, u_{hj})|}$ over i and j. It needs no common axes for the
    categories. For independent features and N samples it is about $0.8 / \sqrt{N}$.

    Example:
        >>> x = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
        >>> category_cosines(x[..., None]).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    _, categories, width = embeddings.shape
    centred = (embeddings - embeddings.mean(0)).flatten(1)
    unit = F.normalize(centred, dim=0, eps=1e-6)
    cosines = (unit.mT @ unit).abs()
    return cosines.view(categories, width, categories, width).mean((1, 3))


def between_categories(cosines: Float[Tensor, "G G"]) -> Float[Tensor, ""]:
    """The mean over pairs of different categories; 0 if there is but one."""
    categories = len(cosines)
    pairs = max(1, categories * (categories - 1))
    return (cosines.sum() - cosines.diagonal().sum()) / pairs


def code_cosines(
    vectors: Float[Tensor, "N K D"], codes: Int[Tensor, "N K"]
) -> Float[Tensor, " K"]:
    """Mean squared cosine between the entries of different codes that samples have, by book.

    Args:
        vectors: The entry behind each code of each sample.
        codes: The codes; a pair of samples with one code does not count.

    Example:
        >>> vectors = torch.tensor([[[1.0, 0.0]], [[0.0, 2.0]], [[0.0, 2.0]]])
        >>> code_cosines(vectors, torch.tensor([[0], [1], [1]])).tolist()
        [0.0]
    """
    unit = F.normalize(vectors, dim=-1, eps=1e-6).movedim(1, 0)
    other = codes.mT[:, :, None] != codes.mT[:, None]
    squared = (unit @ unit.mT).square() * other
    return squared.sum((1, 2)) / other.sum((1, 2)).clamp_min(1)
