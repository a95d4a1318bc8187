"""What a generator reads of the drive: features on the grid of the latent steps."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..nn.convolution import Conv1d, Padding, folded
from ..nn.mask import keep


class DriveEncoder(nn.Module):
    r"""Sums up the whole drive for each latent step, what comes after the step included.

    Each latent step first reads the $3 s$ samples of its own stride $s$ and of its two
    neighbours; `layers` residual convolutions of kernel 3 follow, whose reach doubles from
    1, so that together they reach $2^{layers}$ latent steps to either side. A mean over
    all steps carries the rest.

    Args:
        drive: How many drive channels there are.
        padding: What lies beyond the ends: the other end (`circular`), or zeros.
        stride: How many time steps one latent step stands for.
        width: How many features it makes.
        layers: How many residual convolutions it has.
    """

    def __init__(
        self, drive: int, padding: Padding, stride: int, *, width: int, layers: int
    ) -> None:
        super().__init__()
        self.drive = drive
        self.padding: Padding = padding
        self.stride = stride
        self.read = Conv1d(stride * drive, width, 3, padding=padding)
        self.blocks = nn.ModuleList(
            _Convolution(width, padding, reach=2**layer) for layer in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.mean = nn.Linear(width, width)

    def forward(
        self, drive: Float[Tensor, "B T E"], mask: Bool[Tensor, "B T"]
    ) -> Float[Tensor, "B S W"]:
        """The features of every latent step; those of padding mean nothing."""
        real = mask[:, :: self.stride]
        strides = folded(keep(drive, mask), self.stride, self.padding)
        x = self.read(strides)
        for block in self.blocks:
            x = block(x, real)
        x = self.norm(x)
        mean = keep(x, real).sum(1) / real.sum(1, keepdim=True).clamp(min=1)
        return x + self.mean(mean)[:, None]


class _Convolution(nn.Module):
    def __init__(self, width: int, padding: Padding, *, reach: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.layers = nn.Sequential(
            Conv1d(width, width, 3, padding=padding, dilation=reach),
            nn.SiLU(),
            nn.Linear(width, width),
        )

    def forward(
        self, x: Float[Tensor, "B S W"], real: Bool[Tensor, "B S"]
    ) -> Float[Tensor, "B S W"]:
        return x + self.layers(keep(self.norm(x), real))
