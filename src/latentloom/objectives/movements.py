"""How far movements end from where they should."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.names import nearest
from ..core.roles import Criterion, Outputs
from ..data.transforms import Undo
from ..nn.pooling import last_step

LEAST_DISTANCE = 1e-6  # that an error is divided by, in the unit of the files


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplacementError(Criterion):
    r"""How far a movement's net displacement is from the distance that was asked for, as a share.

    $\bigl| |x_n - x_1| - c \bigr| / c$, of the first and the last real step of the positions
    $x$ and the distance $c$, both in the units of their files. It looks at no true movement:
    what is made is held to what it was made for.

    Args:
        names: The series that are positions, by their names in the files.
        condition: The condition that is the distance, by its name in the files.
        undo: Gives signals and conditions the units of their files; without it nothing can be
            judged.

    Raises:
        ValueError: If no series is named, or there is no such series or condition.
    """

    names: list[str]
    condition: str
    undo: Undo | None = None

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("names must name at least one series, got none")
        if self.undo is None:
            return
        for name in self.names:
            _known("names", name, self.undo.names)
        _known("condition", self.condition, self.undo.conditions)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"output", "mask", "conditions"})

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        if self.undo is None:
            raise ValueError("displacements need the fitted transforms, to undo them; got none")
        path, known = self.undo.with_conditions(outputs["output"], outputs["conditions"])
        path = path[..., [self.undo.names.index(name) for name in self.names]]
        asked = known[:, self.undo.conditions.index(self.condition)]
        moved = last_step(path, outputs["mask"]) - path[:, 0]
        made = torch.linalg.vector_norm(moved, dim=1)
        return (made - asked).abs() / asked.clamp_min(LEAST_DISTANCE)


def _known(setting: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        hint = nearest(name, known) or f"; there are {list(known)}"
        raise ValueError(f"{setting}: the files have no {name!r}{hint}")
