"""The sections of a feature tokenizer's YAML, as dataclasses that its schema is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from ...core.ranges import a_share, at_least, below_one, positive

# What each family encoder is called in a recipe, and its parameters there.
ENCODERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "IdentityEncoder": ("identity", {}),
    "MLPEncoder": (
        "perceptron",
        {
            "hidden_dims": "hidden",
            "output_dim": "width",
            "dropout": "dropout",
            "activation": "activation",
            "batch_norm": "normalise",
        },
    ),
    "TemporalCNNEncoder": (
        "temporal_convolution",
        {
            "hidden_dims": "widths",
            "output_dim": "width",
            "num_blocks": "blocks",
            "kernel_size": "kernel",
        },
    ),
}


def given(**values: float | None) -> dict[str, float]:
    """Those values that are not left out.

    Example:
        >>> given(save_every=None, max_samples=0)
        {'max_samples': 0}
    """
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderParams:
    """How a family encoder is built; what is left out is as the encoder has it.

    Args:
        hidden_dims: Width of each hidden layer; of a CNN, of each grid.
        output_dim: How many features come out.
        dropout: Share of hidden features that are dropped in training.
        activation: What bends them.
        batch_norm: Whether each layer is normalised over the batch.
        num_blocks: Residual blocks of a CNN on each grid.
        kernel_size: Steps that a convolution sees at once; odd.
    """

    hidden_dims: list[int] | None = None
    output_dim: int | None = None
    dropout: float | None = None
    activation: Literal["relu", "gelu", "tanh"] | None = None
    batch_norm: bool | None = None
    num_blocks: int | None = None
    kernel_size: int | None = None

    @property
    def written(self) -> list[str]:
        """The names of those that are not left out."""
        return [f.name for f in fields(self) if getattr(self, f.name) is not None]

    def __post_init__(self) -> None:
        at_least(1, **given(output_dim=self.output_dim, num_blocks=self.num_blocks))
        at_least(1, hidden_dims=min(self.hidden_dims or [1]))
        a_share(**given(dropout=self.dropout))
        if self.kernel_size is not None and (self.kernel_size < 1 or self.kernel_size % 2 == 0):
            raise ValueError(f"kernel_size must be odd, got {self.kernel_size}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How the features of a family are read.

    Args:
        encoder: The network that reads them, trained with everything else.
        encoder_params: How it is built.

    Raises:
        ValueError: If the encoder has no such parameter.
    """

    encoder: Literal["IdentityEncoder", "MLPEncoder", "TemporalCNNEncoder"] = "IdentityEncoder"
    encoder_params: EncoderParams = EncoderParams()

    def __post_init__(self) -> None:
        known = ENCODERS[self.encoder][1]
        for name in self.encoder_params.written:
            if name not in known:
                raise ValueError(
                    f"encoder_params must be of {list(known)} for {self.encoder}, got {name!r}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One codebook of every category.

    Args:
        latent_dim: Length of an entry.
        num_tokens: How many codes it has.
    """

    latent_dim: int
    num_tokens: int

    def __post_init__(self) -> None:
        at_least(1, latent_dim=self.latent_dim, num_tokens=self.num_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The network between features and tokens.

    Args:
        group_embedding_dim: Features made of each category.
        group_hidden_dim: Width of the hidden layer before.
        levels: The codebooks of every category; scaled to each category if empty.
        compression_ratios: Of scaled levels: entry lengths as shares of the features.
        uniform_codebook_init: Whether scaled levels have as many codes as the first.
        quantization: Whether levels round views of their own, or what is left over.
        commitment_cost: Weight of the commitment, within `vq_weight`.
        use_ema: Whether codes are moving averages, or moved by the gradient.
        decay: How much of an average is kept at each step.
        dropout: Share of hidden features that are dropped in training.
        decoder: Whether all categories share a decoder, or each has its own.
        orthogonality_weight: Another place for the weight in `training`.
        informativeness_weight: Another place for the weight in `training`.
    """

    group_embedding_dim: int = 64
    group_hidden_dim: int = 128
    levels: list[Level] = field(default_factory=list[Level])
    compression_ratios: list[float] | None = None
    uniform_codebook_init: bool = False
    quantization: Literal["parallel", "residual"] = "parallel"
    commitment_cost: float = 0.25
    use_ema: bool = True
    decay: float = 0.99
    dropout: float = 0.1
    decoder: Literal["shared", "per_category"] = "shared"
    orthogonality_weight: float | None = None
    informativeness_weight: float | None = None

    def __post_init__(self) -> None:
        at_least(1, group_embedding_dim=self.group_embedding_dim)
        at_least(1, group_hidden_dim=self.group_hidden_dim)
        at_least(0, commitment_cost=self.commitment_cost)
        at_least(0, **given(orthogonality_weight=self.orthogonality_weight))
        at_least(0, **given(informativeness_weight=self.informativeness_weight))
        below_one(decay=self.decay)
        a_share(dropout=self.dropout)
        ratios = self.compression_ratios
        if ratios is not None and (len(ratios) != 3 or min(ratios) <= 0):
            raise ValueError(f"compression_ratios must be three positive numbers, got {ratios}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How the network is trained, on which categories.

    Args:
        batch_size: Samples in a step.
        learning_rate: Of the optimiser, after the warm-up.
        num_epochs: Passes over the train split, at most.
        optimizer: `adamw` decays weights by 0.01 too.
        scheduler: Where the learning rate goes: nowhere, to zero along half a `cosine` or
            a `linear` path, or to a hundredth along an `exponential` one.
        warmup_epochs: Epochs in which the learning rate rises from zero.
        category_assignment: Categories are found by clustering (`auto`), refined by
            descent (`gradient`), or given (`manual`).
        category_mapping: The features of each given category by name, or a JSON file of
            them.
        num_categories_auto: How many clusters; found if None.
        orthogonality_target: Mean |correlation| of category means that discovery may leave.
        min_features_per_category: Smaller clusters join others.
        max_clusters: Clusters at most, when their number is found.
        isolated_families: Families that each are a category.
        normalization_method: By mean and deviation, or by median and median deviation.
        variance_threshold: Deviation at or below which a feature is dropped.
        max_variance: Variance above which a feature that varies wildly is dropped.
        max_cv: Deviations per mean above which it does.
        deduplicate_threshold: |Correlation| above which two features are one.
        use_intelligent_dedup: Whether the more informative one is kept, or the first.
        outlier_method: How features are capped.
        outlier_threshold: Quartile ranges (1.5 if None), median deviations (5) or percent
            at each end (0.5) that are left.
        reconstruction_weight: Of the squared error of the decoder.
        vq_weight: Of all that the quantiser wants.
        orthogonality_weight: Of the overlap of categories; 0.1 if None.
        informativeness_weight: Of the error of guesses from one token alone; 0.1 if None.
        topo_weight: Of what distances between samples lose on the way to the codes.
        topo_samples: Samples of a batch whose distances are compared.
        checkpoint_dir: Folder of the run, where the command line names none.
        save_every: Epochs between models that are kept; none are if None.
        early_stopping_patience: Epochs without a better reconstruction of the validation
            split before training stops; 0 for never.
        early_stopping_min_delta: How much better counts as better.
        dead_code_reset_interval: Epochs between resets of codes; 0 for never.
        dead_code_threshold: Codes up to this percentile of the uses may be reset: a lower
            one resets fewer.
        dead_code_max_reset_fraction: Share of a book that is reset at most.
        dead_code_adaptive: Whether resets become rarer, and come at once where a book fails.
        val_every_n_epochs: Epochs between validations.
        use_torch_compile: Whether the model is compiled.
    """

    batch_size: int = 512
    learning_rate: float = 1e-3
    num_epochs: int = 500
    optimizer: Literal["adam", "adamw"] = "adam"
    scheduler: Literal["cosine", "linear", "exponential"] | None = None
    warmup_epochs: int = 0
    category_assignment: Literal["auto", "manual", "gradient"] = "auto"
    category_mapping: Mapping[str, Sequence[str]] | str | None = None
    num_categories_auto: int | None = None
    orthogonality_target: float = 0.15
    min_features_per_category: int = 3
    max_clusters: int = 25
    isolated_families: list[str] = field(default_factory=list[str])
    normalization_method: Literal["standard", "mad"] = "standard"
    variance_threshold: float = 1e-8
    max_variance: float = 1e10
    max_cv: float = 100.0
    deduplicate_threshold: float = 0.99
    use_intelligent_dedup: bool = True
    outlier_method: Literal["percentile", "iqr", "mad", "none"] = "percentile"
    outlier_threshold: float | None = None
    reconstruction_weight: float = 1.0
    vq_weight: float = 1.0
    orthogonality_weight: float | None = None
    informativeness_weight: float | None = None
    topo_weight: float = 0.3
    topo_samples: int = 512
    checkpoint_dir: str = ""
    save_every: int | None = None
    early_stopping_patience: int = 100
    early_stopping_min_delta: float = 0.001
    dead_code_reset_interval: int = 100
    dead_code_threshold: float = 10.0
    dead_code_max_reset_fraction: float = 0.25
    dead_code_adaptive: bool = False
    val_every_n_epochs: int = 5
    use_torch_compile: bool = True

    def __post_init__(self) -> None:
        at_least(1, batch_size=self.batch_size, num_epochs=self.num_epochs)
        at_least(1, val_every_n_epochs=self.val_every_n_epochs)
        at_least(1, **given(save_every=self.save_every))
        self._check_categories()
        self._check_weights()
        at_least(0, learning_rate=self.learning_rate, warmup_epochs=self.warmup_epochs)
        at_least(0, early_stopping_patience=self.early_stopping_patience)
        at_least(0, early_stopping_min_delta=self.early_stopping_min_delta)
        at_least(0, dead_code_reset_interval=self.dead_code_reset_interval)
        a_share(dead_code_max_reset_fraction=self.dead_code_max_reset_fraction)
        if not 0 <= self.dead_code_threshold <= 100:
            raise ValueError(
                "dead_code_threshold must be a percentile, in [0, 100], got"
                f" {self.dead_code_threshold}"
            )
        if self.warmup_epochs >= self.num_epochs:
            raise ValueError(
                f"warmup_epochs must be below num_epochs {self.num_epochs}, got"
                f" {self.warmup_epochs}"
            )

    def _check_categories(self) -> None:
        at_least(1, **given(num_categories_auto=self.num_categories_auto))
        at_least(1, min_features_per_category=self.min_features_per_category)
        at_least(2, max_clusters=self.max_clusters)
        positive(orthogonality_target=self.orthogonality_target)
        a_share(orthogonality_target=self.orthogonality_target)
        a_share(deduplicate_threshold=self.deduplicate_threshold)
        at_least(0, variance_threshold=self.variance_threshold)
        positive(max_variance=self.max_variance, max_cv=self.max_cv)
        positive(**given(outlier_threshold=self.outlier_threshold))
        if isinstance(self.category_mapping, Mapping) and not self.category_mapping:
            raise ValueError("category_mapping must name at least one category, got none")
        if (self.category_assignment == "manual") != (self.category_mapping is not None):
            raise ValueError(
                "category_mapping must give the features of each category where"
                " category_assignment is manual, and only there, got"
                f" {self.category_mapping!r:.60}"
            )

    def _check_weights(self) -> None:
        at_least(0, reconstruction_weight=self.reconstruction_weight, vq_weight=self.vq_weight)
        at_least(0, **given(orthogonality_weight=self.orthogonality_weight))
        at_least(0, **given(informativeness_weight=self.informativeness_weight))
        at_least(0, topo_weight=self.topo_weight)
        at_least(3, topo_samples=self.topo_samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Who is told.

    Args:
        wandb: Whether Weights & Biases is.
        log_interval: Steps between news of the losses.
        eval_interval: Steps between looks at the validation scores beside the epochs' own;
            0 for none.
        verbose: Whether every epoch gets a line with all its numbers, or a bar.
    """

    wandb: bool = False
    log_interval: int = 100
    eval_interval: int = 500
    verbose: bool = True

    def __post_init__(self) -> None:
        at_least(1, log_interval=self.log_interval)
        at_least(0, eval_interval=self.eval_interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTokenizer:
    """A tokenizer of families of features.

    Args:
        dataset_path: The file of features.
        families: Which families of it are read, in order, and how.
        max_samples: How many samples are used, drawn at random; all if None.
        model: The network.
        training: How it is trained.
        logging: Who is told.
        random_seed: Of everything random.

    Raises:
        ValueError: If there is no family, or a weight is given twice and differently.
    """

    dataset_path: str
    families: Mapping[str, Family]
    max_samples: int | None = None
    model: Model = field(default_factory=Model)
    training: Training = field(default_factory=Training)
    logging: Logging = Logging()
    random_seed: int = 0

    def __post_init__(self) -> None:
        if not self.dataset_path:
            raise ValueError("dataset_path must name a file of features, got nothing")
        if not self.families:
            raise ValueError("families must name at least one family of the file, got none")
        at_least(1, **given(max_samples=self.max_samples))
        for name in ("orthogonality_weight", "informativeness_weight"):
            self.weight(name)

    def weight(self, name: str) -> float:
        """A weight that both `model` and `training` may give; 0.1 if neither does.

        Raises:
            ValueError: If they give two.
        """
        given = [getattr(section, name) for section in (self.training, self.model)]
        numbers = {number for number in given if number is not None}
        if len(numbers) > 1:
            raise ValueError(
                f"training.{name} must be what model.{name} is, for they are one weight, got"
                f" {given[0]} and {given[1]}; leave one out, or change both"
            )
        return numbers.pop() if numbers else 0.1
