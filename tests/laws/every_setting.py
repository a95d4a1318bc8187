"""Recipes that between them write every setting of every kind, and ways to change each."""

import copy
import types
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from latentloom.recipes.kinds import KINDS
from latentloom.recipes.models import Call, settings
from latentloom.recipes.overrides import overridden
from latentloom.recipes.plan import Plan
from latentloom.recipes.schema import validate

LAW = {"mutual": 1.0, "position": "position", "interval": 5e-6, "current": "current"}
SENSOR_LAW = {"kind": "law", **LAW, "temperature": "temperature", "temperature_coefficient": 1e-3}
RAMP = {"kind": "linear", "start": 1e-2, "end": 1e-3}


def _phase(name, part, forward_pass, objective, **settings):
    update = {"trains": [part], "forward_pass": forward_pass, "objective": objective}
    own = {name: settings.pop(name) for name in UPDATE & settings.keys()}
    return {"name": name, "epochs": 1, "batch_size": 8, "updates": [update | own], **settings}


UPDATE = {"optimizer", "learning_rate", "weight_decay", "clip_norm", "betas", "repeats"}
SQUARED = {"squared": {"criterion": "squared"}}
COMMITMENT = {"criterion": {"kind": "penalty", "name": "commitment"}, "weight": 0.25}
PROBE = {"nrmse": {"forward_pass": "predict", "criterion": "nrmse"}}

LINE: dict[str, Any] = {
    "data": {
        "simulate": {
            "kind": "displacement_sensor",
            "records": 24,
            "steps": 32,
            "frequency": [8e3, 2e4],
        },
        "split": {"kind": "fractions", "train": 0.6, "validation": 0.2},
        "transforms": [
            {**SENSOR_LAW, "mutual": 0.5},
            {"kind": "log", "conditions": ["frequency"]},
            {"kind": "standard", "arrays": ["series", "drive", "condition"]},
        ],
    },
    "parts": {
        "base": {"kind": "unet", "widths": [4, 4], "blocks": 1},
        "representation": {
            "encoder": {"kind": "conv", "widths": [4, 8], "strides": [2, 2]},
            "bottleneck": {"kind": "quantized", "dim": 2, "levels": [8]},
            "decoder": {"kind": "conv", "widths": [8, 4], "strides": [2, 2]},
        },
        "generator": {"kind": "lstm", "width": 8, "layers": 2},
    },
    "phases": [
        _phase("direct", "base", "predict", SQUARED, weight_decay=0.1),
        _phase("represent", "representation", "reconstruct", SQUARED | {"commitment": COMMITMENT}),
        _phase("generate", "generator", "next_code", {"entropy": {"criterion": "cross_entropy"}}),
    ],
    "evaluation": {
        "samples": 3,
        "sampling": {"kind": "sample", "top_k": 4, "top_p": 0.9},
        "baselines": {"nearest": "nearest"},
    },
}
CIRCLE = copy.deepcopy(LINE)
CIRCLE["data"] = {
    "source": "excerpt:magnet",
    "split": {"kind": "given_test", "mark": "held_out", "validation": 0.3},
    "transforms": [
        {"kind": "one_hot", "condition": "material"},
        {"kind": "log", "conditions": ["frequency", "b_peak"]},
        {"kind": "standard", "arrays": ["series", "drive", "condition"]},
    ],
}


def _transforms(*first):
    return ("data.transforms", [*first, *LINE["data"]["transforms"][1:]])


def _magnet(*first):
    return ("data.transforms", [*first, *CIRCLE["data"]["transforms"]])


def _base(kind, **settings):
    return ("parts.base", {"kind": kind, **settings})


def _objective(phase, *criteria, **more):
    terms = {f"{i}": {"criterion": criterion} for i, criterion in enumerate(criteria)}
    return (f"phases.{phase}.updates.0.objective", {**terms, **more})


def _rate(kind, **settings):
    return ("phases.0.updates.0.learning_rate", {"kind": kind, **settings})


def _split(kind, **settings):
    return ("data.split", {"kind": kind, **settings})


def _coder(width, heads):
    own = {"patch": 4, "width": width, "layers": 1, "heads": heads}
    return [
        ("parts.representation.encoder", {"kind": "transformer", **own}),
        ("parts.representation.decoder", {"kind": "transformer", **own}),
    ]


def _bottleneck(kind, *criteria, **settings):
    return [
        ("parts.generator", None),
        ("parts.representation.bottleneck", {"kind": kind, **settings}),
        ("phases", [p for p in LINE["phases"] if p["name"] != "generate"]),
        _objective(1, "squared", *criteria),
    ]


def _baseline(kind, **settings):
    return ("evaluation.baselines", {"one": {"kind": kind, **settings}})


def _operators(**settings):
    """Recipes of families: simulated operators, told by what they are made of."""
    one_step = {"kind": "transformer", "patch": 1, "width": 8, "layers": 1, "heads": 2}
    families = {"kind": "categories", "families": ["architecture", "summary"]}
    return [
        ("data.simulate", {"kind": "operators", "records": 20, "grid": 32, **settings}),
        ("data.transforms", [{**families, "grouping": "families"}]),
        ("parts.base", None),
        ("parts.generator", None),
        ("parts.representation.encoder", one_step),
        ("parts.representation.decoder", one_step),
        ("phases", [p for p in LINE["phases"] if p["name"] == "represent"]),
    ]


READINGS = {
    "architecture": {"kind": "perceptron", "hidden": [6], "width": 5, "dropout": 0.2},
    "summary": "identity",
    "temporal": {"kind": "temporal_convolution", "widths": [4], "width": 6, "kernel": 3},
}
BOOKS = [{"dim": 4, "size": 8}, {"dim": 3, "size": 6}]


def _tokens(bottleneck, *criteria, phase=None, **decoder):
    """Recipes of tokens of categories, on simulated operators."""
    families = {"kind": "categories", "families": ["architecture", "summary", "temporal"]}
    encoder = {"kind": "categorical", "embedding": 6, "hidden": 9, "dropout": 0.1}
    encoder["normalise"] = "none"
    return [
        *_operators(steps=8),
        (
            "data.transforms",
            [{**families, "grouping": "families"}, {"kind": "robust", "arrays": ["series"]}],
        ),
        ("parts.representation.encoder", {**encoder, "families": READINGS}),
        ("parts.representation.bottleneck", {"kind": "categorical", **bottleneck}),
        ("parts.representation.decoder", {"kind": "categorical", "hidden": 12, **decoder}),
        _objective(0, "squared", *criteria),
        *[(f"phases.0.{name}", value) for name, value in (phase or {}).items()],
    ]


def _features(clean, grouping):
    """Recipes of cleaned and sorted features, on simulated operators."""
    families = {"kind": "categories", "families": ["architecture", "summary"]}
    transforms = [
        {"kind": "clean_features", **clean},
        {**families, "grouping": grouping},
        {"kind": "median_deviation", "arrays": ["series"]},
    ]
    return [*_operators(steps=8), ("data.transforms", transforms)]


def _latents(generator, dim=2, **forward_pass):
    """Recipes of continuous latents that a generator draws."""
    return [
        ("parts.generator", {"latent_steps": 8, **generator}),
        ("parts.representation.bottleneck", {"kind": "gaussian", "dim": dim}),
        _objective(1, "squared"),
        _objective(2, "surprise"),
        ("phases.2.updates.0.forward_pass", {"kind": "latents", **forward_pass}),
    ]


def _terms(*criteria):
    return {f"{i}": {"criterion": criterion} for i, criterion in enumerate(criteria)}


REPRESENT = _phase("represent", "representation", "reconstruct", SQUARED)
PENALISED = _terms("wasserstein_critic", "gradient_penalty")


def _adversarial(generator, critic, *updates, probes=None):
    """Recipes in which a critic and a generator take turns."""
    turns = [
        {"trains": [part], "forward_pass": forward_pass, "objective": objective, **settings}
        for part, forward_pass, objective, settings in updates
    ]
    fool = {"name": "fool", "epochs": 1, "batch_size": 4, "updates": turns}
    return [
        ("parts.representation.bottleneck", {"kind": "gaussian", "dim": 2}),
        ("parts.generator", {"kind": "gan", "noise": 4, "widths": [6]} | generator),
        ("parts.critic", {"kind": "mlp", "widths": [6]} | critic),
        ("phases", [LINE["phases"][0], REPRESENT, fool | {"probes": probes or {}}]),
    ]


STEPS_OF_LATENTS = {"width": 6, "layers": 2}


def _joint(*updates):
    """Recipes in which a recurrent generator learns beside the latents that it draws."""
    turns = [
        {"trains": [part], "forward_pass": forward_pass, "objective": objective}
        for part, forward_pass, objective in updates
    ]
    return [
        ("parts.representation.bottleneck", {"kind": "free", "dim": 2, "bound": "tanh"}),
        ("parts.generator", {"kind": "recurrent", "noise": 4, **STEPS_OF_LATENTS}),
        ("parts.critic", {"kind": "recurrent", "directions": "both", **STEPS_OF_LATENTS}),
        ("phases.1.updates.0.objective", SQUARED),
        ("phases.2", {"name": "joint", "epochs": 1, "batch_size": 4, "updates": turns}),
    ]


def _whole(encoder, decoder, **bottleneck):
    """Recipes of parts that make one latent step of a whole signal."""
    return [
        ("parts.generator", None),
        ("parts.representation.encoder", {"steps": 32, "sees": "signal+drive", **encoder}),
        ("parts.representation.bottleneck", {"kind": "gaussian", "dim": 3, **bottleneck}),
        ("parts.representation.decoder", {"steps": 32, "sees": "latent", **decoder}),
        ("phases", [p for p in LINE["phases"] if p["name"] != "generate"]),
        _objective(1, "squared", *({"kind": "penalty", "name": n} for n in ("kl", "kl_free"))),
    ]


def _pooled(bottleneck, encoder=None, decoder=None):
    """Recipes of parts that go step by step and keep one vector of a signal."""
    lstm = {"kind": "lstm", "width": 6, "layers": 2, "dropout": 0.1}
    penalties = [{"kind": "penalty", "name": n} for n in ("consistency", "temporal", "length")]
    return [
        ("parts.generator", None),
        ("parts.representation.encoder", lstm | (encoder or {})),
        (
            "parts.representation.bottleneck",
            {"kind": "pooled", "dim": 4, "steps": 32} | bottleneck,
        ),
        ("parts.representation.decoder", lstm | (decoder or {})),
        ("phases", [p for p in LINE["phases"] if p["name"] != "generate"]),
        ("phases.1.updates.0.forward_pass", {"kind": "reconstruct", "direct": "on"}),
        _objective(1, "squared", "direct", *penalties),
    ]


def _splats(*criteria, form=None, order=None, **more):
    """Recipes of sets of Gaussians."""
    transforms = [
        {"kind": "gaussian_form", **(form or {"form": "log_covariance"})},
        {"kind": "slot_order", **(order or {})},
        {"kind": "standard", "arrays": ["series"]},
    ]
    return [
        ("data.simulate", {"kind": "splats", "records": 24, "gaussians": [12, 16]}),
        ("data.transforms", transforms),
        ("parts.base", None),
        ("parts.generator", None),
        ("parts.representation.bottleneck", {"kind": "free", "dim": 3}),
        ("phases", [p for p in LINE["phases"] if p["name"] == "represent"]),
        ("evaluation.baselines", {}),
        _objective(0, *criteria, **more),
    ]


SET = {"width": 8, "layers": 1, "heads": 2, "points": 3}
PER_SPAN = [
    {"kind": kind, "arrays": ["series"], "per": "span"}
    for kind in ("standard", "robust", "median_deviation", "min_max")
]
ROT = {"kind": "span", "name": "rot", "criterion": {"kind": "likelihood", "floor": 3.0}}
IMAGE = {"kind": "rendered", "height": 12, "width": 16, "shrink": 2, "nearest": 3}

UNET = {"kind": "unet", "widths": [4]}
PRODUCT = {"kind": "product", "names": ["frequency"]}
POWERS = {"frequency": 1.0, "b_peak": 1.0}

TWO_BLOCKS = {"length": 8, "stride": 4, "blocks": 2}
SINE_NAMES = ["sine_0", "sine_1"]
SINES = [
    ("data.simulate", {"kind": "sines", "records": 24, "steps": 32, "channels": 2}),
    ("data.transforms", []),
    ("parts.base", None),
    ("phases", LINE["phases"][1:]),
    ("evaluation.baselines", {}),
]
POINTING = [
    *SINES,
    ("data.simulate", {"kind": "pointing", "records": 40, "targets": "anywhere"}),
    ("data.least_steps", 30),
    ("data.derive", [{"kind": "start_at_origin", "names": ["t", "x"]}]),
    (
        "data.transforms",
        [
            {"kind": "increasing", "names": ["t"], "least": 2.0},
            {"kind": "whole_numbers", "names": ["t"]},
            {"kind": "from_start", "names": ["x", "y"]},
            {"kind": "rotated", "names": ["x", "y"], "by": ["direction_cos", "direction_sin"]},
            {"kind": "product_scale", "powers": {"distance": 0.7}, "names": ["x", "y"]},
        ],
    ),
    ("phases.0.vary", {"kind": "mirror", "across": [["y", "direction_sin"]]}),
]
SPINODAL = {"kind": "spinodal", "records": 24, "grid": 16, "frames": 32}

# Changes of LINE; the first recipe that writes a setting is where it is changed.
ON_A_LINE = {
    "line": [],
    "schedules": [
        _rate("joined", parts=[RAMP, {"kind": "cosine", "start": 1e-3, "end": 1e-4}], cuts=[0.4]),
        ("phases.0.epochs", 4),
    ],
    "exponential": [_rate("exponential", start=1e-2, end=1e-4)],
    "sigmoid": [
        _rate("inverse_sigmoid", start=1e-2, end=1e-4, steepness=10.0),
        ("phases.0.epochs", 4),
    ],
    "cosine": [_rate("cosine", start=1e-2, end=1e-4)],
    "cycles": [
        _rate("cyclical", start=1e-2, end=1e-4, cycles=2, rise=0.7),
        ("phases.0.epochs", 4),
    ],
    "sines": SINES,
    "pointing": POINTING,
    "displaced": [*SINES, ("data.derive", [{"kind": "displacement", "names": SINE_NAMES}])],
    "windows": [("data.windows", TWO_BLOCKS)],
    "counts": [_split("counts", train=12, validation=6)],
    "robust": [_transforms(SENSOR_LAW, {"kind": "robust", "arrays": ["drive"]})],
    "median deviation": [
        _transforms(SENSOR_LAW, {"kind": "median_deviation", "arrays": ["drive"]})
    ],
    "min max": [_transforms(SENSOR_LAW, {"kind": "min_max", "arrays": ["drive"]})],
    "per span": [*SINES, ("data.transforms", PER_SPAN)],
    "law scale": [_transforms(SENSOR_LAW, {"kind": "law_scale"})],
    "own scale": [_transforms(SENSOR_LAW, {"kind": "own_scale", "channel": "current"})],
    "slope": [
        (
            "data.transforms",
            [{"kind": "derivative", "channel": "current", "unit": "second", "interval": 5e-6}],
        )
    ],
    "law alone": [_base("law"), ("phases", LINE["phases"][1:])],
    "around": [_base("unet", widths=[4], around="law")],
    "step by step": [
        _base("lstm", width=8, dropout=0.1),
        _transforms(SENSOR_LAW, {"kind": "first_rows", "steps": 2}),
        ("parts.representation", None),
        ("parts.generator", None),
        (
            "phases",
            [_phase("direct", "base", {"kind": "guided", "forcing": 0.5, "noise": 0.1}, SQUARED)],
        ),
    ],
    "resnet": [_base("dilated_resnet", width=4, blocks=1)],
    "coders": _coder(8, 2),
    "free": _bottleneck("free", dim=2),
    "gaussian": _bottleneck("gaussian", {"kind": "penalty", "name": "kl"}, dim=2),
    "pooled": _whole(
        {"kind": "pooled_conv1d", "widths": [4, 6], "dense": 8, "dropout": [0.1, 0.2, 0.3]},
        {"kind": "pooled_conv1d", "widths": [6, 4], "dense": 8, "start": 3, "kernel": 3},
        free_nats=0.5,
        log_variance=[-0.2, 0.1],
    ),
    "pooled steps": _pooled({"expand": "mlp", "bound": "none", "noise": 0.1, "pool": "mean"}),
    "pooled by a head": _pooled(
        {"length": "head", "expand": {"kind": "lstm", "width": 6, "layers": 1}},
        encoder={"directions": "both", "head": "spectral", "sees": "signal+drive"},
        decoder={"directions": "both", "head": "spectral", "sees": "latent+drive"},
    ),
    "fed back": _pooled({"expand": {"kind": "lstm", "feedback": "on"}, "length": "off"}),
    "repeated": _pooled({"expand": "repeat", "pool": "last"}),
    "on its own time": _pooled(
        {
            "pool": {"kind": "own_time", "points": 6, "width": 6, "layers": 1},
            "expand": {"kind": "own_time", "points": 6, "width": 6, "layers": 1},
        }
    ),
    "pooled by attention": _pooled(
        {"pool": {"kind": "attention", "dropout": 0.3}, "expand": "repeat"}
    ),
    "pointwise": [
        *_pooled({"pool": "own_time", "expand": "own_time"}),
        ("parts.representation.encoder", {"kind": "pointwise", "width": 5}),
        ("parts.representation.decoder", {"kind": "pointwise"}),
    ],
    "small mlp": _pooled({"expand": {"kind": "mlp", "width": 6, "layers": 1}}),
    "resnet whole": _whole(
        {"kind": "resnet_conv1d", "widths": [4, 6], "dense": 8, "dropout": 0.1, "kernel": 3},
        {"kind": "resnet_conv1d", "widths": [6, 4], "dense": 8, "start": 3},
    ),
    "flat": _whole(
        {"kind": "flat_conv1d", "widths": [4, 6], "dense": 8, "dropout": 0.1, "kept": 2},
        {"kind": "flat_conv1d", "widths": [6, 4], "dense": 8, "start": 3},
    ),
    "sets": _whole(
        {"kind": "set_transformer", **SET, "seeds": 2, "positions": "learned"},
        {"kind": "set_transformer", **SET, "tokens": 2},
    ),
    "log covariance": _splats(ROT, {"kind": "matching", "by": "nearest"}),
    "template": _splats(
        "squared",
        form={"form": "canonical", "sizes": "reciprocal"},
        order={"order": "template", "rounds": 1},
    ),
    "rendered": _splats(IMAGE, {"kind": "sum", "terms": {"error": {"criterion": "squared"}}}),
    "scalar": [
        ("parts.representation.bottleneck", {"kind": "scalar", "levels": [4, 3]}),
        _objective(1, "squared"),
    ],
    "attention": [
        ("parts.generator", {"kind": "transformer", "width": 8, "layers": 1, "heads": 2})
    ],
    "mixture": _latents({"kind": "gaussian_mixture", "components": 3, "floor": 0.01}),
    "factors": _latents({"kind": "gaussian_mixture", "rank": 2}, posterior="mean"),
    "flow": _latents(
        {"kind": "flow", "width": 8, "layers": 2, "solver": "euler", "solver_steps": 3},
        dim=1,  # fewer numbers than latents, which principal axes need
    ),
    "gan": _adversarial(
        {"bound": "none", "residual": "on", "latent_steps": 8},
        {"reads_conditions": "on", "normalise": "none", "latent_steps": 8},
        (
            "critic",
            {"kind": "criticize", "posterior": "mean"},
            PENALISED | {"told": {"criterion": "condition_error"}},
            {"optimizer": "adam", "betas": [0.0, 0.9], "repeats": 2},
        ),
        (
            "generator",
            {"kind": "fool", "posterior": "mean"},
            _terms("wasserstein_generator", "feature_matching", "condition_error"),
            {"optimizer": "rmsprop", "betas": [0.0, 0.99]},
        ),
        probes={
            "mmd": {
                "forward_pass": {"kind": "draw_latents", "posterior": "mean"},
                "criterion": "latent_mmd",
            },
            "spread": {"forward_pass": "fool", "criterion": "latent_spread"},
        },
    ),
    "scaled gan": _adversarial(
        {"bound": "none", "conditioning": "film", "spectral": "on", "latent_steps": 8},
        {"conditioning": "projection", "spectral": "on", "latent_steps": 8},
        (
            "critic",
            {"kind": "criticize", "slope": "both"},
            _terms(
                "hinge_critic", "zero_gradient", {"kind": "gradient_penalty", "sides": "above"}
            ),
            {},
        ),
        ("generator", "fool", _terms("wasserstein_generator"), {}),
    ),
    "displaced gan": [
        *SINES,
        ("data.derive", [{"kind": "displacement", "names": SINE_NAMES}]),
        *_adversarial(
            {"bound": "none", "latent_steps": 8},
            {"latent_steps": 8},
            ("critic", "criticize", PENALISED, {}),
            ("generator", "fool", _terms("wasserstein_generator"), {}),
            probes={
                "distance": {
                    "forward_pass": {"kind": "draw_latents", "decoded": "on"},
                    "criterion": {
                        "kind": "displacement_error",
                        "names": SINE_NAMES,
                        "condition": "distance",
                    },
                },
            },
        ),
        ("phases.0", REPRESENT | {"name": "again"}),
    ],
    "bounded gan": [
        *_pooled({"expand": "repeat"}),
        ("parts.generator", {"kind": "gan", "noise": 4, "widths": [6]}),
    ],
    "joint": _joint(
        (
            "generator",
            "imitate",
            _terms(
                {"kind": "logistic", "of": "raw", "claim": "drawn"},
                {"kind": "root", "criterion": "next_latent"},
                "moments",
            ),
        ),
        ("representation", "refine", SQUARED),
        ("critic", "tell_apart", _terms("logistic")),
        ("generator", "next_latent", _terms("next_latent")),
    ),
    "prior": [
        *_bottleneck("gaussian", {"kind": "penalty", "name": "kl"}, dim=2),
        ("parts.generator", "standard_normal"),
    ],
    "noise": [
        ("phases.0.augment", [{"kind": "noise", "drive": 0.1, "values": 0.1, "condition": 0.1}])
    ],
    "probed": [
        ("phases.0.epochs", 4),
        ("phases.0.probes", PROBE),
        ("phases.0.select", "nrmse"),
        _rate("linear", start=0.0, end=30.0),
        ("phases.0.ema", 0.5),
        ("phases.0.validate_every", 2),
    ],
    "patient": [
        ("phases.0.epochs", 4),
        ("phases.0.probes", PROBE),
        ("phases.0.select", "nrmse"),
        ("phases.0.updates.0.learning_rate", 0.0),
        ("phases.0.patience", 1),
    ],
    "plateau": [
        ("phases.0.epochs", 6),
        ("phases.0.probes", PROBE),
        ("phases.0.select", "nrmse"),
        ("phases.0.min_delta", 1e3),
        ("phases.0.plateau", {"factor": 0.2, "patience": 2, "least": 1e-4}),
    ],
    "iterations": [("phases.0.epochs", None), ("phases.0.iterations", 5)],
    "converged": [
        ("phases.0.epochs", 4),
        ("phases.0.probes", PROBE),
        ("phases.0.select", "nrmse"),
        ("phases.0.convergence", {"below": 1e3}),
    ],
    "collapsed": [
        ("phases.0.epochs", 4),
        ("phases.0.probes", PROBE),
        ("phases.0.guard", {"probe": "nrmse", "least": 1e3, "most_often": 2}),
    ],
    "diverged": [
        ("phases.0.epochs", 4),
        ("phases.0.probes", PROBE),
        ("phases.0.guard", {"probe": "nrmse", "most": 1e-6}),
    ],
    "by condition": [
        ("phases.0.stratify", {"kind": "condition", "condition": "log_frequency", "bins": 3})
    ],
    "by length": [("phases.0.stratify", "lengths")],
    "errors": [_objective(0, "absolute", "huber", "relative", "nrmse")],
    "ratios": [_objective(0, "lag_ratio")],
    "shapes": [_objective(0, "correlation", "autocorrelation", "lag_ratio", "cross_channel")],
    "spectral": [_objective(0, {"kind": "spectral", "windows": [8, 16]})],
    "laws": [_objective(0, {"kind": "law", "norm": "huber", "delta": 0.5}, "law_correlation")],
    "forced": [
        (
            "phases.2.updates.0.forward_pass",
            {"kind": "next_code", "forcing": 0.5, "replacement": 0.2},
        )
    ],
    "free run": [
        (
            "phases.2.probes",
            {"error": {"forward_pass": {"kind": "free_run"}, "criterion": "squared"}},
        )
    ],
    "mean": [("evaluation.decoding", {"kind": "mean", "draws": 3, "temperature": 1.0})],
    "beam": [("evaluation.decoding", {"kind": "beam", "width": 2, "length_norm": 0.0})],
    "law fit": [_baseline("law", law=LAW)],
    "law oracle": [_baseline("law_oracle", law=LAW)],
    "ridge": [_baseline("ridge", view={"kind": "windows", "behind": 3, "ahead": 2}, rows=100)],
    "curves": [_baseline("ridge", view={"kind": "curves", "steps": 2})],
    "first again": [_baseline("repeat_first", steps=2)],
    "mean curve": [_baseline("mean_curve")],
    "clock": [("evaluation.frequency", "frequency"), ("evaluation.interval", 5e-6)],
    "operators": _operators(steps=8, realisations=2),
    "spinodal": [*SINES, ("data.simulate", SPINODAL)],
    "per category": [("evaluation.per_category", {"own": "nearest"})],
    "features": _features(
        {"cap": {"kind": "percentiles", "low": 1.0, "high": 99.0}, "duplicates": 0.95},
        {"kind": "discovered", "count": 8, "refine": {"steps": 300, "target": 0.01}},
    ),
    "quartiles": _features(
        {
            "cap": {"kind": "quartiles", "times": 2.0},
            "greatest_variance": 0.01,
            "greatest_variation": 1.0,
        },
        {"kind": "discovered", "most": 6, "least_features": 2, "isolated": ["architecture"]},
    ),
    "deviations": _features(
        {"cap": {"kind": "median_deviations", "times": 4.0}},
        {
            "kind": "given",
            "categories": {"one": ["velocity_x", "architecture/log_diffusion_0"]},
            "rest": "two",
        },
    ),
    "random groups": _features({}, {"kind": "random", "count": 3, "seed": 1}),
    "tokens": _tokens(
        {"levels": BOOKS, "dropout": 0.1, "arrangement": "residual"},
        "informativeness",
        {"kind": "orthogonality", "rows": 5},
        {"kind": "topographic", "rows": 6},
        dropout=0.2,
        guess=7,
    ),
    "scaled tokens": _tokens(
        {"ratios": [0.5, 1.0, 0.2], "sizes": "even", "update": "gradient"},
        phase={"resets": {"kind": "periodic", "every": 1}, "epochs": 3},
    ),
    "adapted tokens": _tokens({"levels": BOOKS}, phase={"resets": "adaptive"}),
    "added tokens": _tokens(
        {"levels": BOOKS, "arrangement": "residual", "normalise": "none"}, levels="added"
    ),
}
# Changes of CIRCLE, whose signals are periods of three materials.
ON_A_CIRCLE = {
    "circle": [],
    "quantile": [_split("top_quantile", condition="frequency", share=0.3, validation=0.3)],
    "groups": [_split("groups", train=0.5, validation=0.3)],
    "varied": [
        _magnet({"kind": "product_scale", "powers": POWERS, "factor": 1e-4}),
        ("phases.0.vary", {"kind": "level_warp", "share": 0.5, "harmonics": 6}),
    ],
    "blank": [
        ("data.transforms", [*CIRCLE["data"]["transforms"], {"kind": "blank"}]),
        ("phases.0.vary", {"kind": "level_warp", "share": 0.5}),
    ],
    "series scale": [_magnet({"kind": "series_scale", "by": ["frequency", "b_peak"]})],
    "derivative": [
        _magnet(
            {
                "kind": "derivative",
                "channel": "current",
                "unit": "second",
                "frequency": "frequency",
            }
        )
    ],
    "period law": [_magnet({"kind": "law", "frequency": "frequency", "per": "material"})],
    "zero mean": [("parts.constraint", "zero_mean")],
    "flux": [("parts.constraint", {"kind": "flux_swing", "swing": 2.0})],
    "balanced": [_base("balanced", predictor=UNET)],
    "averaged": [_base("averaged", predictor=UNET, shifts=4)],
    "rolled": [("phases.0.augment", ["roll"])],
    "flipped": [("phases.0.augment", ["flip_sign"])],
    "kernel": [_baseline("kernel", view={"kind": "periods", "scale": PRODUCT}, rows=20)],
    "near": [_baseline("nearest", scale=PRODUCT)],
}


@cache
def recipes() -> dict[str, Plan]:
    """The recipes, by name; not yet tried, as every process that collects asks for them."""
    changed = {name: overridden(LINE, changes) for name, changes in ON_A_LINE.items()}
    changed |= {name: overridden(CIRCLE, changes) for name, changes in ON_A_CIRCLE.items()}
    return {name: Plan(validate(tree)) for name, tree in changed.items()}


@cache
def places() -> dict[tuple[type, str], tuple[str, str]]:
    """Where each setting of each class is first not as by default: the recipe, and the path."""
    found: dict[tuple[type, str], tuple[str, str]] = {}
    silent: dict[tuple[type, str], tuple[str, str]] = {}
    for name, plan in recipes().items():
        for path, call in _calls(plan.settings, ""):
            for setting in own_settings(call.constructor):
                place = (name, f"{path}.{setting}" if path else setting)
                default = type(call).model_fields[setting].get_default()
                says = getattr(call, setting) not in (default, [], ())
                (found if says else silent).setdefault((call.constructor, setting), place)
    return silent | found


def _calls(value: Any, path: str):
    if isinstance(value, Call):
        yield path, value
        fields = [name for name in type(value).model_fields if name != "kind"]
        entries = [(name, getattr(value, name)) for name in fields]
    elif isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list | tuple):
        entries = [(str(index), entry) for index, entry in enumerate(value)]
    else:
        return
    for name, entry in entries:
        yield from _calls(entry, f"{path}.{name}" if path else name)


def own_settings(kind: type) -> dict[str, Any]:
    """The settings that a recipe writes of a class, with their types."""
    role = next((r for r, kinds in KINDS.kinds.items() if kind in kinds.values()), None)
    given = KINDS.given.get(role, frozenset())
    return {name: hint for name, (hint, _) in settings(kind).items() if name not in given}


def said_at(plan: Plan, path: str) -> Any:
    """What a recipe says at a path."""
    node: Any = plan.settings
    for step in path.split("."):
        if isinstance(node, Call):
            node = getattr(node, step)
        else:
            node = node[int(step)] if isinstance(node, list | tuple) else node[step]
    return node


def holds_calls(value: Any) -> bool:
    """Whether a value is made of other kinds, whose own settings are looked at instead."""
    if isinstance(value, list | tuple | dict):
        entries = value.values() if isinstance(value, dict) else value
        return any(holds_calls(entry) for entry in entries)
    return isinstance(value, Call)


def other_values(hint: Any, value: Any) -> list[Any]:
    """Values that a setting of a type could have instead."""
    args = [arg for arg in get_args(hint) if arg is not type(None)]
    if get_origin(hint) in (Union, types.UnionType):
        return other_values(args[0], value)
    if get_origin(hint) is Literal:
        return [arg for arg in args if arg != value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [0.7 * value or 0.3]
    if isinstance(value, list | tuple) and value and not isinstance(value[0], str):
        return [[entry for each in value for entry in other_values(type(each), each)]]
    return []
