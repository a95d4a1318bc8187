"""The sections of a Gaussian VAE's YAML, as dataclasses that its schema is made from."""

from dataclasses import dataclass, field
from typing import Literal

from ...core.ranges import at_least, below_one, positive
from ...data.transforms.gaussian_form import Form, Sizes

# The filters that the architectures have where none are named: encoder, decoder.
FILTERS = {
    "conv1d": ([32, 64, 128], [64, 32, 16]),
    "resnet_conv1d": ([32, 64, 128, 256, 256], [256, 128, 64, 32, 16]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The network between sets and latents.

    Args:
        architecture: Convolutions, or residual ones; both keep a mean over the slots.
        latent_dim: How many numbers a set becomes.
        encoder_filters: Features of each grid, finest first; as the architecture has them
            if None.
        decoder_filters: The same of the decoder, coarsest first.
    """

    architecture: Literal["conv1d", "resnet_conv1d"] = "conv1d"
    latent_dim: int = 256
    encoder_filters: list[int] | None = None
    decoder_filters: list[int] | None = None

    @property
    def filters(self) -> tuple[list[int], list[int]]:
        """Those of the encoder and the decoder."""
        usual = FILTERS[self.architecture]
        return self.encoder_filters or usual[0], self.decoder_filters or usual[1]

    def __post_init__(self) -> None:
        at_least(1, latent_dim=self.latent_dim)
        for name in ("encoder_filters", "decoder_filters"):
            filters = getattr(self, name)
            if filters is not None and (not filters or min(filters) < 1):
                raise ValueError(
                    f"{name} must name at least one grid, each positive, got {filters}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How the network is trained, and on which loss.

    Args:
        epochs: Passes over the train split, at most.
        batch_size: Sets in a step.
        learning_rate: Of Adam, until a plateau lowers it.
        max_beta: Weight of the divergence, a mean over the latent numbers, after the warm-up.
        beta_warmup_epochs: Epochs in which that weight rises in a straight line.
        weighted_loss: Whether the error of each type is divided by how many channels it has.
        mixed_precision: Whether forward passes are in bfloat16 where the hardware computes
            in it.
    """

    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-3
    max_beta: float = 1.0
    beta_warmup_epochs: int = 50
    weighted_loss: bool = False
    mixed_precision: bool = False

    def __post_init__(self) -> None:
        at_least(1, epochs=self.epochs, batch_size=self.batch_size)
        at_least(0, learning_rate=self.learning_rate, max_beta=self.max_beta)
        at_least(0, beta_warmup_epochs=self.beta_warmup_epochs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Where sets come from, and how they are made ready.

    Args:
        dataset_path: A file of fitted sets, or a folder of one .npz an image.
        form: How the shapes of Gaussians are written.
        sizes: Whether deviations are told by their reciprocals or their logarithms.
        slot_order: How slots are sorted.
        normalization: Whether each channel has a mean and a deviation of its own, or all
            channels of a type share theirs.
    """

    dataset_path: str = ""
    form: Form = "raw"
    sizes: Sizes = "reciprocal"
    slot_order: Literal["morton", "hilbert", "template", "none"] = "morton"
    normalization: Literal["channel", "type"] = "channel"

    def __post_init__(self) -> None:
        if not self.dataset_path:
            raise ValueError(
                "dataset_path must name a file or folder of sets of Gaussians, got nothing; make"
                " one of images with: latentloom data fit-gaussians"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """What watches the validation split, on a score that no schedule changes.

    Args:
        monitor: The score: the loss at the weight `max_beta`, or its reconstruction alone.
        early_stopping_patience: Epochs without a better score before training stops; 0 for
            never.
        reduce_lr_factor: What the learning rate is multiplied by on a plateau.
        reduce_lr_patience: Epochs without a better score that are one; 0 for never.
        min_lr: The learning rate below which it is not brought.
        checkpoint_every: Epochs between models that are kept; 0 for none.
    """

    monitor: Literal["bound", "reconstruction"] = "bound"
    early_stopping_patience: int = 15
    reduce_lr_factor: float = 0.5
    reduce_lr_patience: int = 5
    min_lr: float = 1e-6
    checkpoint_every: int = 0

    def __post_init__(self) -> None:
        at_least(0, early_stopping_patience=self.early_stopping_patience)
        positive(reduce_lr_factor=self.reduce_lr_factor)
        below_one(reduce_lr_factor=self.reduce_lr_factor)
        at_least(0, reduce_lr_patience=self.reduce_lr_patience, min_lr=self.min_lr)
        at_least(0, checkpoint_every=self.checkpoint_every)


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianVae:
    """A variational autoencoder of sets of Gaussians.

    Args:
        data: Where sets come from.
        model: The network.
        training: How it is trained.
        callbacks: What watches.
        random_seed: Of everything random.
    """

    data: Data
    model: Model = field(default_factory=Model)
    training: Training = Training()
    callbacks: Callbacks = Callbacks()
    random_seed: int = 0
