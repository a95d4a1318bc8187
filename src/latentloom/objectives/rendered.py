"""How far apart two sets of Gaussians look."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.ranges import at_least
from ..core.roles import Criterion, Outputs
from ..data.transforms import Undo
from ..data.transforms.gaussian_form import FILED
from ..nn.splatting import draw
from .criteria import COMPARED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered(Criterion):
    r"""Mean squared difference of the images that output and target are drawn as.

    Both sets go back to the units of their files and are drawn as `nn.splatting` does, over
    all pixels and colours; the gradient passes through drawing and transforms. It sees what
    can be seen: neither the order of Gaussians nor which of equal parameters describes one.
    Alone it is slow to move what lies far from where it should; beside an error of
    the parameters it is sharp. In squared units of the colours, whose peak is 1 as a rule: its
    PSNR is $-10 \log_{10}$ of it.

    Args:
        height: Of the images, in the pixels in which deviations are counted.
        width: Of the images, in the same pixels.
        shrink: How many pixels, down and across, are drawn as one.
        nearest: How many Gaussians are blended at a pixel, those that weigh most there;
            all of them if None.
        undo: Gives signals the units of their files; they have them already if None.

    Raises:
        ValueError: If a size is below 1, `shrink` does not divide the sides of the image, or
            the signals of the files are no Gaussians.
    """

    height: int
    width: int
    shrink: int = 1
    nearest: int | None = None
    undo: Undo | None = None

    def __post_init__(self) -> None:
        at_least(1, height=self.height, width=self.width, shrink=self.shrink)
        at_least(1, nearest=1 if self.nearest is None else self.nearest)
        if self.height % self.shrink or self.width % self.shrink:
            raise ValueError(
                f"shrink must divide the {self.height} x {self.width} pixels of the image, got"
                f" {self.shrink}"
            )
        if self.undo is not None and self.undo.names[: len(FILED)] != FILED:
            raise ValueError(
                f"a rendered error needs signals with the channels {list(FILED)} of Gaussians"
                f" first, and these have {list(self.undo.names)}"
            )

    @property
    def reads(self) -> frozenset[str]:
        return COMPARED

    def __call__(self, outputs: Outputs, progress: float) -> Float[Tensor, " B"]:
        made = self._image(outputs["output"], outputs["mask"])
        with torch.no_grad():
            real = self._image(outputs["target"], outputs["mask"])
        return (made - real).square().mean((1, 2, 3))

    def _image(self, values: Tensor, mask: Tensor) -> Float[Tensor, "B height width _"]:
        filed = values if self.undo is None else self.undo(values)
        sizes = filed[..., 2:4] * self.shrink  # reciprocals: of smaller deviations
        shrunk = torch.cat((filed[..., :2], sizes, filed[..., 4:]), -1)
        size = (self.height // self.shrink, self.width // self.shrink)
        return draw(shrunk, size=size, nearest=self.nearest, real=mask)
