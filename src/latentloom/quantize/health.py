"""Whether a codebook uses all its codes, and evenly."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    r"""How the codes of one book are used.

    Args:
        utilisation: Share of the codes that were used at all, in [0, 1].
        perplexity: $\exp(-\sum p \log p)$: how many codes there would be if as many, evenly
            used, carried as much.
        evenness: Perplexity over the number of codes, in [0, 1].
        top_share: Share of the most frequent code, in [0, 1].
    """

    utilisation: float
    perplexity: float
    evenness: float
    top_share: float

    @classmethod
    def of(cls, counts: Int[Tensor, " V"]) -> "Health":
        """The health that follows from how often each code was used.

        Raises:
            ValueError: If none was used.

        Example:
            >>> Health.of(torch.tensor([5, 5, 0, 0]))
            Health(utilisation=0.5, perplexity=2.0, evenness=0.5, top_share=0.5)
        """
        total = int(counts.sum())
        if total == 0:
            raise ValueError("counts must hold at least one use, got none")
        share = counts.double() / total
        perplexity = float(torch.special.entr(share).sum().exp())
        return cls(
            utilisation=float((counts > 0).double().mean()),
            perplexity=round(perplexity, 12),
            evenness=round(perplexity / len(counts), 12),
            top_share=float(share.max()),
        )


class CodeUse:
    """Counts the codes of each book over an epoch.

    Args:
        levels: How many codes each book has.

    Example:
        >>> use = CodeUse([4])
        >>> use.add(torch.tensor([[[0], [1]], [[1], [0]]]))
        >>> use.health()[0].perplexity
        2.0
    """

    def __init__(self, levels: Sequence[int]) -> None:
        self.counts = [torch.zeros(size, dtype=torch.long) for size in levels]
        ends = torch.tensor([0, *levels]).cumsum(0)
        self.firsts, self.total = ends[:-1], int(ends[-1])

    def add(self, codes: Int[Tensor, "B S K"], real: Bool[Tensor, "B S"] | None = None) -> None:
        """Counts the codes of some signals.

        Args:
            codes: The codes.
            real: Which latent steps are no padding; all of them if None.

        Raises:
            ValueError: If there are not as many codes a step as there are books.
        """
        if codes.shape[-1] != len(self.counts):
            raise ValueError(
                f"codes must come from {len(self.counts)} books, got {codes.shape[-1]}"
            )
        rows = codes.flatten(0, 1) if real is None else codes[real]
        every = torch.bincount((rows.cpu() + self.firsts).flatten(), minlength=self.total)
        for counts, more in zip(
            self.counts, every.split(list(map(len, self.counts))), strict=True
        ):
            counts += more

    def health(self) -> list[Health]:
        """The health of each book."""
        return [Health.of(counts) for counts in self.counts]


def by_book(healths: Sequence[Health]) -> dict[str, float]:
    """Utilisation, perplexity and the like of each book, by its number.

    Example:
        >>> by_book([Health.of(torch.tensor([5, 5]))])["codes/0/perplexity"]
        2.0
    """
    return {
        f"codes/{book}/{name}": value
        for book, health in enumerate(healths)
        for name, value in asdict(health).items()
    }
