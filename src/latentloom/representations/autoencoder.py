"""The one autoencoder: variants are made of parts, not of subclasses."""

from typing import final

from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..core.batch import Batch, Context, Latent
from ..core.roles import Bottleneck, Decoder, Encoder, Representation
from ..nn.mask import real_steps


@final
class Autoencoder(Representation):
    """An encoder, a bottleneck and a decoder.

    Args:
        encoder: Maps signals to features.
        bottleneck: Decides what of the features a latent may keep.
        decoder: Maps latents back to signals.

    Raises:
        ValueError: If encoder and decoder differ in stride.

    Example:
        >>> import torch
        >>> from latentloom.representations.bottlenecks import Quantized
        >>> from latentloom.representations.decoders import ConvDecoder
        >>> from latentloom.representations.encoders import ConvEncoder
        >>> model = Autoencoder(
        ...     encoder=ConvEncoder(1, 0, 0, "circular", widths=[8, 16], strides=[2, 2]),
        ...     bottleneck=Quantized(16, dim=4, levels=[32]),
        ...     decoder=ConvDecoder(4, 1, 0, 0, "circular", widths=[16, 8], strides=[2, 2]),
        ... )
        >>> batch = Batch.of(torch.randn(2, 40, 1))
        >>> latent = model.encode(batch)
        >>> latent.codes.shape, model.decode(latent, batch.context).shape
        (torch.Size([2, 10, 1]), torch.Size([2, 40, 1]))
    """

    def __init__(self, *, encoder: Encoder, bottleneck: Bottleneck, decoder: Decoder) -> None:
        super().__init__()
        if encoder.stride != decoder.stride:
            raise ValueError(
                "encoder and decoder must have equal strides, got"
                f" {encoder.stride} and {decoder.stride} time steps per latent step"
            )
        self.encoder = encoder
        self.bottleneck = bottleneck
        self.decoder = decoder
        self.stride, self.grain = encoder.stride * bottleneck.pools, encoder.stride
        self.dim = bottleneck.dim
        self.levels = bottleneck.levels
        self.tells_lengths = bottleneck.tells_lengths

    def encode(self, batch: Batch) -> Latent:
        return self.bottleneck(*self._features(batch))

    def codes(self, batch: Batch) -> Int[Tensor, "B S K"]:
        return self.bottleneck.codes(*self._features(batch))

    def decode(self, latent: Latent, context: Context) -> Float[Tensor, "B T C"]:
        """The signals of latents.

        Raises:
            ValueError: If there are not as many latent steps as the context needs.
        """
        steps = -(-context.steps // self.stride)
        if latent.z.shape[1] != steps:
            raise ValueError(
                f"a signal of {context.steps} steps needs {steps} latent steps of"
                f" {self.stride} each, got {latent.z.shape[1]}"
            )
        stride, shown = self.encoder.stride, latent.shown
        if shown is None or shown.shape[1] != -(-context.steps // stride):
            lengths = None if context.lengths is None else (context.lengths - 1) // stride + 1
            shown = self.bottleneck.expanded(latent.z, -(-context.steps // stride), lengths)
        return self.decoder(shown, context)

    def lengths(self, latent: Latent, context: Context) -> Int[Tensor, " B"]:
        found = self.bottleneck.lengths(latent.z) * self.encoder.stride
        return found.clamp(1, context.steps)

    def bypass(self, batch: Batch) -> Float[Tensor, "B T C"]:
        """The signals that the decoder makes of all that the encoder found, nothing left out.

        Raises:
            ValueError: If the decoder does not read as many features as the encoder makes.
        """
        if self.bottleneck.shown != self.encoder.width:
            raise ValueError(
                "a way round the bottleneck needs one whose decoder reads what the encoder makes,"
                f" {self.encoder.width} features; it reads {self.bottleneck.shown}"
            )
        return self.decoder(self._features(batch)[0], batch.context)

    def guess_errors(self, latent: Latent, batch: Batch) -> Float[Tensor, "B K T"]:
        return self.decoder.guess_errors(latent, batch)

    def look_up(self, codes: Int[Tensor, "B S K"]) -> Latent:
        return self.bottleneck.look_up(codes)

    def _features(self, batch: Batch) -> tuple[Float[Tensor, "B S W"], Bool[Tensor, "B S"] | None]:
        """What the encoder makes of signals, and which latent steps are real."""
        features = self.encoder(batch)
        return features, real_steps(batch.context.lengths, features.shape[1], self.encoder.stride)
