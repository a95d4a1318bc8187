"""A recurrent network that writes codes."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..core.ranges import at_least, below_one
from ..nn.convolution import Padding
from .decoding import Sample
from .inputs import Conditioning, Known, TokenInputs
from .tokens import TokenModel, TokenWalk


class CodeLstm(TokenModel):
    """Predicts each code from a state that has read the codes before it and the drive.

    Scheduled sampling is exact: token by token, the next sees the true code or one drawn
    from the scores of the free run so far. The codes seen are found first, without
    gradient, and then read in one go: no gradient flows through a drawn code.

    Args:
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        padding: What lies beyond the ends of the drive.
        levels: How many codes each codebook has.
        stride: How many time steps one latent step stands for.
        width: Length of the state.
        layers: How many recurrent layers there are.
        dropout: Share of what each layer reads that is dropped in training, in [0, 1).
        conditioning: How conditions enter: they scale and shift what is known at every
            token (`film`), are added to it (`add`), or to the start token alone (`prefix`).
        drive_layers: How many convolutions read the drive; each doubles their reach.

    Raises:
        ValueError: If there is no codebook.

    Example:
        >>> from latentloom.core.batch import Context
        >>> model = CodeLstm(1, 0, "zeros", (64, 64), 8, width=32, layers=1)
        >>> context = Context(size=3, steps=60, drive=torch.randn(3, 60, 1))
        >>> tuple(model.draw(context, Sample(top_k=5)).codes.shape)
        (3, 8, 2)

    References:
        Scheduled Sampling for Sequence Prediction with RNNs (Bengio et al., 2015), section 2.4
        https://arxiv.org/abs/1506.03099
    """

    def __init__(  # noqa: PLR0913 (five of them are known from the neighbours)
        self,
        drive: int,
        conditions: int,
        padding: Padding,
        levels: tuple[int, ...],
        stride: int,
        *,
        width: int,
        layers: int,
        dropout: float = 0.0,
        conditioning: Conditioning = "film",
        drive_layers: int = 5,
    ) -> None:
        at_least(1, width=width, layers=layers)
        below_one(dropout=dropout)
        inputs = TokenInputs(
            drive,
            conditions,
            padding,
            levels,
            stride,
            width=width,
            conditioning=conditioning,
            drive_layers=drive_layers,
        )
        super().__init__(inputs, width=width)
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(width, width, layers, batch_first=True, dropout=between)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def read(self, x: Float[Tensor, "B N W"]) -> Float[Tensor, "B N W"]:
        return self.norm(self.lstm(self.dropout(x))[0])

    def reader(self, tokens: int) -> "_CarriedState":
        return _CarriedState(self)

    def seen(
        self, codes: Int[Tensor, "B S K"], known: Known, forcing: float, replacement: float
    ) -> Int[Tensor, "B S K"]:
        walk, sample = TokenWalk(self, known), Sample()
        true = torch.zeros_like(codes, dtype=torch.bool)
        if forcing > 0:
            true = torch.rand(codes.shape, device=codes.device) < forcing
        noise = self.replaced(codes.new_full(codes.shape, -1), replacement).flatten(1)
        seen, last = torch.empty_like(noise), None
        for place, (code, kept) in enumerate(
            zip(codes.flatten(1).T, true.flatten(1).T, strict=True)
        ):
            drawn = torch.where(kept, code, sample.choose(walk.step(last).float()))
            last = torch.where(noise[:, place] < 0, drawn, noise[:, place])
            seen[:, place] = last
        return seen.view_as(codes)


class _CarriedState:
    def __init__(self, model: CodeLstm) -> None:
        self.model = model
        self.state: tuple[Tensor, Tensor] | None = None

    def advance(self, x: Float[Tensor, "B 1 W"]) -> Float[Tensor, "B 1 W"]:
        read, self.state = self.model.lstm(self.model.dropout(x), self.state)
        return self.model.norm(read)

    def reorder(self, rows: Int[Tensor, " B"]) -> None:
        if self.state is not None:
            hidden, cell = self.state
            self.state = hidden[:, rows], cell[:, rows]
