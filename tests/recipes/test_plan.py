"""What a recipe refuses before any data is read, by its words."""

import pytest
import torch

from latentloom.core.errors import RecipeError
from latentloom.recipes.complaints import JointRecipeError
from latentloom.recipes.plan import Plan
from latentloom.recipes.simulators import sketch
from latentloom.recipes.text import parse

COLUMNS = {
    "series": ["voltage [V]"],
    "drive": ["current [A]", "position [m]"],
    "condition": ["frequency [Hz]"],
}
FREE = {"kind": "free", "dim": 2}


def messages(tree, *changes):
    with pytest.raises(RecipeError) as caught:
        Plan.of(tree, changes)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("prts", {}, "prts: unknown key; did you mean 'parts'?"),
        (
            "parts.representation.encoder.widhts",
            [3],
            "parts.representation.encoder.widhts: unknown key; did you mean 'widths'?",
        ),
        (
            "parts.representation.encoder.channels",
            3,
            "parts.representation.encoder.channels: is known from its neighbours; leave it out",
        ),
        (
            "parts.representation.bottleneck.kind",
            "quantised",
            "parts.representation.bottleneck: unknown kind 'quantised'; did you mean 'quantized'?",
        ),
        (
            "parts.generator",
            {"width": 8},
            "parts.generator: must say its kind",
        ),
        (
            "parts.generator",
            [8],
            "parts.generator: must be a mapping with a kind, got [8]",
        ),
        ("parts.generator.width", "8", "parts.generator.width: must be a whole number, got '8'"),
        ("parts.generator.width", True, "parts.generator.width: must be a whole number, got True"),
        ("parts.generator.width", 8.5, "parts.generator.width: must be a whole number, got 8.5"),
        ("phases.0.epochs", "1", "phases.0.epochs: must be a whole number, got '1'"),
        ("phases.0.epochs", 0, "phases.0.epochs: must be at least 1, got 0"),
        ("phases.0.name", "a/b", "phases.0.name: must be letters, digits"),
        ("phases.0.name", "logs", "phases.0.name: must be letters, digits"),
        ("phases.1.name", "direct", "phases.1.name: must be another name in each phase"),
        ("phases", [], "phases: must name at least one phase, got none"),
        ("phases", {}, "phases: must be a list, got {}"),
        ("phases.0.updates.0.trains", "base", "phases.0.updates.0.trains: must be a list"),
        (
            "phases.0.updates.0.trains",
            ["bse"],
            "phases.0.updates.0.trains.0: unknown part 'bse'; did you mean 'base'?",
        ),
        (
            "phases.0.updates.0.trains",
            ["base", "generator"],
            "phases.0.updates.0.trains.1: must get a gradient from the forward pass, which moves"
            " ['base']; got 'generator'",
        ),
        (
            "phases.0.updates.0.optimizer",
            "sgd",
            "phases.0.updates.0.optimizer: must be one of 'adamw', 'adam' or 'rmsprop', got 'sgd'",
        ),
        (
            "phases.0.updates.0.learning_rate",
            {"kind": "linear", "start": 0, "end": 1, "by": 2},
            "phases.0.updates.0.learning_rate.by: must be in (0, 1], got 2.0",
        ),
        (
            "phases.0.updates.0.learning_rate",
            "fast",
            "phases.0.updates.0.learning_rate: unknown kind 'fast'; known: constant, cosine,",
        ),
        (
            "phases.0.updates.0.objective",
            {"commitment": {"criterion": {"kind": "penalty", "name": "commitment"}}},
            "phases.0.updates.0: the objective reads ['commitment'], but Predict only provides",
        ),
        (
            "phases.0.updates.0.objective.squared",
            {"weight": 1},
            "phases.0.updates.0.objective.squared: criterion must be given",
        ),
        ("phases.1.select", "nrmse", "phases.1.select: must name one of ['relative']"),
        ("phases.1.augment", ["roll"], "phases.1.augment.0: roll needs signals of one period"),
        ("phases.1.vary", "level_warp", "phases.1.vary: level_warp needs signals of one period"),
        (
            "parts.representation.decoder.strides",
            [2, 2],
            "parts.representation: encoder and decoder must have equal strides, got 8 and 4",
        ),
        (
            "parts.representation.bottleneck",
            FREE,
            "parts.generator: must have codes to draw, and the bottleneck Free has none",
        ),
        (
            "parts.representation",
            None,
            "parts.generator: must come with a representation whose latents it draws",
        ),
        ("parts.base", None, "phases.0.updates.0.trains.0: unknown part 'base'"),
        (
            "parts.base.gain",
            "unit",
            "phases.0.updates.0.trains.0: must name a part that can learn",
        ),
        (
            "parts",
            {},
            "parts: must have a base or a representation, got neither",
        ),
        (
            "data.transforms",
            [],
            "parts.base: a law's voltage must be one of the drive channels, and there is none",
        ),
        (
            "data.transforms.1.conditions",
            ["frequenzy"],
            "data.transforms.1: condition: has no 'frequenzy' at this place of the transforms",
        ),
        ("data.source", "x.npz", "data: either source or simulate must say where samples come"),
        (
            "data.split",
            "fraction",
            "data.split: unknown kind 'fraction'; did you mean 'fractions'?",
        ),
        ("data.split.train", 2, "data.split: shares must be positive and at most 1 together"),
        ("evaluation.samples", 1, "evaluation.samples: must be 0 or at least 2, got 1"),
        ("logging.services", ["wandbe"], "logging.services.0: must be one of 'wandb' or 'mlflow'"),
        ("random_seed", 1.5, "random_seed: must be a whole number, got 1.5"),
        ("random_seed", -1, "random_seed: must be at least 0 and below 4294967296, got -1"),
        ("random_seed", 10**20, "random_seed: must be at least 0 and below 4294967296, got 10"),
        ("parts.generator.width", 0, "parts.generator.width: must be at least 1, got 0"),
        ("parts.generator.width", 10**19, "parts.generator: empty(): argument 'size' failed"),
        ("parts.generator.dropout", 1.0, "parts.generator.dropout: must be in [0, 1), got 1.0"),
        ("parts.representation.bottleneck.dim", 0, "parts.representation.bottleneck.dim: must be"),
        (
            "parts.generator",
            {"kind": "transformer", "width": 8, "layers": 1, "heads": 0},
            "parts.generator.heads: must be at least 1, got 0",
        ),
        ("phases.0.patience", -1, "phases.0.patience: must be at least 0, got -1"),
        (
            "phases.0.updates.0.betas",
            [0.9],
            "phases.0.updates.0.betas: must have another number of entries, got 1",
        ),
        (
            "phases.0.updates.0.betas",
            [0.9, 1.5],
            "phases.0.updates.0.betas: must be in [0, 1), got 1.5",
        ),
        (
            "phases.0.updates.0.learning_rate",
            {"kind": "linear", "start": 1e-3, "end": -1e-3},
            "phases.0.updates.0.learning_rate: must be at least 0, got -0.001",
        ),
        (
            "phases.0.updates.0.clip_norm",
            0,
            "phases.0.updates.0.clip_norm: must be positive, got 0",
        ),
        (
            "phases.2.updates.0.forward_pass",
            {"kind": "next_code", "forcing": 2},
            "phases.2.updates.0.forward_pass.forcing: must be in [0, 1], got 2",
        ),
        (
            "data.split",
            {"kind": "counts", "train": 0},
            "data.split.train: must be at least 1, got 0",
        ),
    ],
)
def test_one_line_says_what_is_wrong_and_where(tree, path, value, message):
    found = messages(tree, (path, value))
    assert any(line.startswith(message) for line in found), found


def test_every_error_gets_a_line(tree):
    found = messages(tree, ("phases.0.epoch", 3), ("parts.generator.width", "a"), ("rndm", 1))
    assert sorted(line.partition(":")[0] for line in found) == [
        "parts.generator.width",
        "phases.0.epoch",
        "rndm",
    ]


def test_the_errors_can_be_taken_one_by_one(tree):
    with pytest.raises(JointRecipeError) as caught:
        Plan.of(tree, [("a", 1), ("b", 1)])
    assert [problem.path for problem in caught.value.problems] == ["a", "b"]


def test_a_part_that_is_missing_spoils_no_other_check(tree):
    found = messages(
        tree, ("parts.representation.decoder.strides", [2, 2]), ("phases.1.name", "direct")
    )
    assert len(found) == 2


def test_a_part_that_needs_a_drive_is_refused_without_one(tree):
    tree["data"] = {"source": "x.npz", "columns": {**COLUMNS, "drive": []}}
    tree["parts"]["base"] = {"kind": "unet", "widths": [4]}
    assert "a direct predictor needs at least one drive channel, got none" in messages(tree)[0]


def test_columns_are_enough_to_check_a_recipe_without_its_file(tree):
    tree["data"] |= {"source": "absent.npz", "columns": COLUMNS}
    del tree["data"]["simulate"]
    Plan.of(tree)
    found = messages(tree, ("data.columns.condition", []))
    assert found[0].startswith("data.transforms.1: condition")


def test_what_varies_samples_needs_them_in_memory(tree):
    tree["data"] |= {"source": "x.h5", "columns": {**COLUMNS, "periodic": True}}
    del tree["data"]["simulate"]
    found = messages(tree, ("data.streaming", "on"), ("phases.0.vary", "level_warp"))
    assert found == [
        "phases.0.vary: needs samples in memory; set data.streaming to off, or leave it out"
    ]


def test_codes_are_reset_where_codebooks_can_be_asked_to(tree):
    found = messages(tree, ("phases.1.resets", "periodic"))
    assert found == [
        "phases.1.resets: needs a phase that trains a categorical bottleneck; other codebooks"
        " renew their entries at every step, by revive_below; leave it out"
    ]


@pytest.mark.parametrize(
    ("criterion", "missing"),
    [
        ("informativeness", "guess_errors"),
        ("topographic", "after"),
        ("orthogonality", "embeddings"),
    ],
)
def test_an_objective_of_tokens_needs_a_bottleneck_that_has_them(tree, criterion, missing):
    terms = {"term": {"criterion": criterion}}
    found = messages(tree, ("phases.1.updates.0.objective", terms))
    assert missing in found[0]
    assert "but Reconstruct only provides" in found[0]


def test_the_text_of_a_plan_is_the_same_plan(tree):
    plan = Plan.of(tree)
    again = Plan.of(parse(plan.text, "text"))
    assert again.text == plan.text
    assert again.identity == plan.identity


def test_every_default_is_written_out(tree):
    written = Plan.of(tree).tree
    assert written["phases"][0]["updates"][0]["clip_norm"] == 1.0
    assert written["phases"][0]["precision"] == "float32"
    assert written["evaluation"]["decoding"] == "greedy"
    assert written["parts"]["generator"]["dropout"] == 0.0


def test_short_forms_mean_the_long_ones(tree):
    short = Plan.of(tree).text
    tree["phases"][0]["updates"][0]["forward_pass"] = {"kind": "predict"}
    tree["phases"][0]["updates"][0]["learning_rate"] = {"kind": "constant", "value": 1e-3}
    assert Plan.of(tree).text == short


@pytest.mark.parametrize("path", ["random_seed", "phases.0.epochs", "parts.generator.width"])
def test_what_decides_the_weights_names_the_plan(tree, path):
    assert Plan.of(tree, [(path, 7)]).identity != Plan.of(tree).identity


def test_who_watches_does_not_name_the_plan(tree):
    assert Plan.of(tree, [("logging.progress", "off")]).identity == Plan.of(tree).identity


def test_checking_a_recipe_draws_nothing(tree):
    before = torch.get_rng_state()
    Plan.of(tree)
    assert torch.equal(torch.get_rng_state(), before)


def test_equal_seeds_give_equal_weights(tree):
    plan = Plan.of(tree)
    pipeline = plan.pipeline()
    ready = sketch(plan.data.simulate)
    pipeline.fit(ready)
    schema = pipeline.apply(ready).schema
    (one, _), (other, _) = plan.build(schema), plan.build(schema)
    assert all(
        torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True)
    )
