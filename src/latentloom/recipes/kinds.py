"""Every name that a recipe can use, by role."""

from .. import schedules
from ..core import roles
from ..data import augment, derive, simulate, splits, transforms, vary
from ..data.transforms import capping, grouping
from ..data.transforms.transform import Transform
from ..evaluation import baselines
from ..generators import decoding
from ..generators.critics import MlpCritic
from ..generators.latent_flow import LatentFlow
from ..generators.latent_gan import LatentGan
from ..generators.latents import GaussianMixture, StandardNormal
from ..generators.lstm import CodeLstm
from ..generators.recurrent import RecurrentCritic, RecurrentGan
from ..generators.transformer import CodeTransformer
from ..objectives import (
    adversarial,
    combined,
    criteria,
    likelihood,
    matching,
    movements,
    physics,
    populations,
    rendered,
    tokens,
)
from ..objectives.objective import Objective
from ..representations import (
    bottlenecks,
    constraints,
    decoders,
    encoders,
    expanders,
    families,
    pointwise,
    poolers,
    predictors,
    sequence,
    set_transformer,
    symmetric,
    whole_decoders,
    whole_encoders,
)
from ..representations.categorical_codes import Categorical
from ..representations.categorical_decoder import CategoricalDecoder
from ..representations.categorical_encoder import CategoricalEncoder
from ..representations.pooled import Pooled
from ..representations.recurrent import LstmDecoder, LstmEncoder
from ..training import forward_passes, resetting, strata
from ..training.adversarial import Criticize, DrawLatents, Fool
from ..training.joint import Imitate, NextLatent, Refine, TellApart
from .models import Table
from .simulators import Simulator

_SIGHT = frozenset({"channels", "drive", "conditions", "padding", "law", "spans", "origins"})

KINDS: Table = Table(
    kinds={
        roles.Schedule: {
            "constant": schedules.Constant,
            "linear": schedules.Linear,
            "exponential": schedules.Exponential,
            "inverse_sigmoid": schedules.InverseSigmoid,
            "cosine": schedules.Cosine,
            "cyclical": schedules.Cyclical,
            "joined": schedules.Joined,
        },
        splits.Splitter: {
            "fractions": splits.Fractions,
            "counts": splits.Counts,
            "groups": splits.Groups,
            "top_quantile": splits.TopQuantile,
            "given_test": splits.GivenTest,
        },
        Simulator: {
            "displacement_sensor": simulate.DisplacementSensor,
            "operators": simulate.Operators,
            "pointing": simulate.Pointing,
            "sines": simulate.Sines,
            "spinodal": simulate.Spinodal,
            "splats": simulate.Splats,
        },
        Transform: {
            "blank": transforms.Blank,
            "categories": transforms.Categories,
            "clean_features": transforms.CleanFeatures,
            "derivative": transforms.Derivative,
            "first_rows": transforms.FirstRows,
            "from_start": transforms.FromStart,
            "gaussian_form": transforms.GaussianForm,
            "increasing": transforms.Increasing,
            "law": transforms.Law,
            "law_scale": transforms.LawScale,
            "log": transforms.Log,
            "median_deviation": transforms.MedianDeviation,
            "min_max": transforms.MinMax,
            "one_hot": transforms.OneHot,
            "own_scale": transforms.OwnScale,
            "product_scale": transforms.ProductScale,
            "robust": transforms.Robust,
            "rotated": transforms.Rotated,
            "series_scale": transforms.SeriesScale,
            "slot_order": transforms.SlotOrder,
            "standard": transforms.Standard,
            "whole_numbers": transforms.WholeNumbers,
        },
        capping.Capping: {
            "percentiles": capping.Percentiles,
            "quartiles": capping.Quartiles,
            "median_deviations": capping.MedianDeviations,
        },
        grouping.Grouping: {
            "discovered": grouping.Discovered,
            "families": grouping.ByFamily,
            "given": grouping.Given,
            "random": grouping.RandomGroups,
        },
        derive.Derivation: {
            "displacement": derive.Displacement,
            "start_at_origin": derive.StartAtOrigin,
        },
        vary.Variation: {"level_warp": vary.LevelWarp, "mirror": vary.Mirror},
        augment.Augmentation: {
            "roll": augment.Roll,
            "flip_sign": augment.FlipSign,
            "noise": augment.Noise,
        },
        roles.Constraint: {
            "zero_mean": constraints.ZeroMean,
            "flux_swing": constraints.FluxSwing,
        },
        roles.Predictor: {
            "law": predictors.Law,
            "unet": predictors.UNet,
            "dilated_resnet": predictors.DilatedResNet,
            "balanced": symmetric.Balanced,
            "averaged": symmetric.Averaged,
            "lstm": sequence.LstmPredictor,
        },
        roles.Encoder: {
            "categorical": CategoricalEncoder,
            "conv": encoders.ConvEncoder,
            "flat_conv1d": whole_encoders.FlatConvEncoder,
            "lstm": LstmEncoder,
            "pointwise": pointwise.PointwiseEncoder,
            "pooled_conv1d": whole_encoders.PooledConvEncoder,
            "resnet_conv1d": whole_encoders.ResNetConvEncoder,
            "set_transformer": set_transformer.SetTransformerEncoder,
            "transformer": encoders.TransformerEncoder,
        },
        families.FamilyEncoder: {
            "identity": families.Identity,
            "perceptron": families.Perceptron,
            "temporal_convolution": families.TemporalConvolution,
        },
        roles.Bottleneck: {
            "categorical": Categorical,
            "free": bottlenecks.Free,
            "gaussian": bottlenecks.Gaussian,
            "pooled": Pooled,
            "quantized": bottlenecks.Quantized,
            "scalar": bottlenecks.Scalar,
        },
        poolers.Pooler: {
            "attention": poolers.AttentionPooler,
            "hybrid": poolers.HybridPooler,
            "last": poolers.LastPooler,
            "mean": poolers.MeanPooler,
            "own_time": poolers.OwnTimePooler,
        },
        expanders.Expander: {
            "lstm": expanders.LstmExpander,
            "mlp": expanders.PerceptronExpander,
            "own_time": expanders.OwnTimeExpander,
            "repeat": expanders.RepeatExpander,
        },
        roles.Decoder: {
            "categorical": CategoricalDecoder,
            "conv": decoders.ConvDecoder,
            "flat_conv1d": whole_decoders.FlatConvDecoder,
            "lstm": LstmDecoder,
            "pointwise": pointwise.PointwiseDecoder,
            "pooled_conv1d": whole_decoders.PooledConvDecoder,
            "resnet_conv1d": whole_decoders.ResNetConvDecoder,
            "set_transformer": set_transformer.SetTransformerDecoder,
            "transformer": decoders.TransformerDecoder,
        },
        roles.Generator: {
            "transformer": CodeTransformer,
            "lstm": CodeLstm,
            "standard_normal": StandardNormal,
            "gaussian_mixture": GaussianMixture,
            "flow": LatentFlow,
            "gan": LatentGan,
            "recurrent": RecurrentGan,
        },
        roles.Critic: {"mlp": MlpCritic, "recurrent": RecurrentCritic},
        roles.Decoding: {
            "greedy": decoding.Greedy,
            "sample": decoding.Sample,
            "mean": decoding.Mean,
            "beam": decoding.Beam,
        },
        forward_passes.ForwardPass: {
            "predict": forward_passes.Predict,
            "guided": forward_passes.Guided,
            "reconstruct": forward_passes.Reconstruct,
            "next_code": forward_passes.NextCode,
            "latents": forward_passes.Latents,
            "free_run": forward_passes.FreeRun,
            "draw_latents": DrawLatents,
            "criticize": Criticize,
            "fool": Fool,
            "next_latent": NextLatent,
            "refine": Refine,
            "imitate": Imitate,
            "tell_apart": TellApart,
        },
        roles.Criterion: {
            "absolute": criteria.AbsoluteError,
            "squared": criteria.SquaredError,
            "direct": criteria.DirectError,
            "huber": criteria.Huber,
            "relative": criteria.RelativeError,
            "nrmse": criteria.Nrmse,
            "correlation": criteria.Correlation,
            "autocorrelation": criteria.Autocorrelation,
            "lag_ratio": criteria.LagRatio,
            "spectral": criteria.Spectral,
            "cross_channel": criteria.CrossChannel,
            "penalty": criteria.Penalty,
            "cross_entropy": criteria.CrossEntropy,
            "surprise": criteria.Surprise,
            "next_latent": criteria.NextLatentError,
            "span": combined.OfSpan,
            "sum": combined.Sum,
            "root": combined.Root,
            "likelihood": likelihood.Likelihood,
            "matching": matching.Matching,
            "rendered": rendered.Rendered,
            "informativeness": tokens.Informativeness,
            "orthogonality": tokens.Orthogonality,
            "topographic": tokens.Topographic,
            "law": physics.LawError,
            "law_correlation": physics.LawCorrelation,
            "wasserstein_critic": adversarial.WassersteinCritic,
            "wasserstein_generator": adversarial.WassersteinGenerator,
            "hinge_critic": adversarial.HingeCritic,
            "logistic": adversarial.Logistic,
            "gradient_penalty": adversarial.GradientPenalty,
            "zero_gradient": adversarial.ZeroGradient,
            "condition_error": adversarial.ConditionError,
            "feature_matching": populations.FeatureMatching,
            "moments": populations.Moments,
            "latent_mmd": populations.LatentMmd,
            "latent_spread": populations.LatentSpread,
            "displacement_error": movements.DisplacementError,
        },
        strata.Strata: {
            "condition": strata.ByCondition,
            "lengths": strata.ByLength,
        },
        resetting.CodeReset: {
            "periodic": resetting.Periodic,
            "adaptive": resetting.Adaptive,
        },
        baselines.Scale: {"fitted": baselines.Fitted, "product": baselines.Product},
        baselines.View: {
            "curves": baselines.Curves,
            "periods": baselines.Periods,
            "windows": baselines.Windows,
        },
        baselines.Baseline: {
            "kernel": baselines.Kernel,
            "law": baselines.LawFit,
            "law_oracle": baselines.LawOracle,
            "mean_curve": baselines.MeanCurve,
            "nearest": baselines.Nearest,
            "repeat_first": baselines.RepeatFirst,
            "ridge": baselines.Ridge,
        },
    },
    given={
        roles.Constraint: frozenset({"channels", "padding"}),
        roles.Predictor: _SIGHT | {"known_steps"},
        roles.Encoder: _SIGHT,
        roles.Bottleneck: frozenset({"width", "spans"}),
        roles.Decoder: _SIGHT | {"dim", "shares"},
        roles.Generator: _SIGHT | {"levels", "stride", "dim"},
        roles.Critic: _SIGHT | {"stride", "dim"},
        forward_passes.ForwardPass: frozenset(
            {"law", "penalties", "shares", "guesses", "told", "conditions"}
        ),
        roles.Criterion: frozenset({"layout", "undo"}),
    },
    numbers={roles.Schedule: "constant"},
    transparent={Objective: "terms"},
)
