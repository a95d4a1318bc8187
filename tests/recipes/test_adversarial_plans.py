"""What a recipe of an adversarial phase is refused for, by its words."""

import pytest
from every_setting import LINE, ON_A_LINE, PENALISED

from latentloom.core.errors import RecipeError
from latentloom.recipes.plan import Plan

CRITIC, FOOL = "phases.2.updates.0", "phases.2.updates.1"
GENERATOR = {"score": {"criterion": "wasserstein_generator"}}
REFUSED = {
    "no critic": (
        [
            ("parts.critic", None),
            (f"{CRITIC}.objective", PENALISED),
            (f"{FOOL}.objective", GENERATOR),
        ],
        "criticize needs parts.critic, and the recipe has none",
    ),
    "codes": (
        [
            ("parts.representation.bottleneck", {"kind": "scalar", "levels": [4]}),
            ("parts.generator", {"kind": "lstm", "width": 8, "layers": 1}),
        ],
        "parts.critic: must come with a generator of continuous latents to score",
    ),
    "no reader": (
        [("parts.critic.reads_conditions", "off")],
        r"the objective reads \['conditions', 'told_conditions'\], but Criticize only provides",
    ),
    "no slope": (
        [(f"{CRITIC}.forward_pass.slope", "off")],
        r"the objective reads \['slope'\], but Criticize only provides",
    ),
    "another's turn": (
        [(f"{FOOL}.trains", ["critic"]), (f"{FOOL}.objective", GENERATOR)],
        r"must get a gradient from the forward pass, which moves \['generator'\]; got 'critic'",
    ),
    "no surprise": (
        [
            (f"{FOOL}.forward_pass", "latents"),
            (f"{FOOL}.objective", {"surprise": {"criterion": "surprise"}}),
        ],
        "latents needs parts.generator to be a LatentModel, and gan is none",
    ),
    "two averages": (
        [(f"{FOOL}.betas", [0.9, 0.999])],
        "must begin with 0 for rmsprop, which has no average of the gradient",
    ),
    "no layers": (
        [("parts.critic.widths", [])],
        "must name at least one layer, got none",
    ),
    "a width of nothing": ([("parts.generator.widths", [8, 0])], "must be at least 1, got 0"),
    "bounds that latents leave": (
        [("parts.generator.bound", "tanh")],
        r"parts.generator.bound: must be none where latents are not bounded, and those of the"
        r" bottleneck Gaussian are not held in \[-1, 1\]; got 'tanh'; set"
        r" parts.generator.bound=none, or",
    ),
    "an unknown conditioning": (
        [("parts.critic.conditioning", "add")],
        "must be one of 'concat', 'film' or 'projection', got 'add'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_phase_that_cannot_work_is_refused(name):
    changes, words = REFUSED[name]
    with pytest.raises(RecipeError, match=words):
        Plan.of(LINE, [*ON_A_LINE["gan"], *changes])


@pytest.mark.parametrize(
    ("kind", "bound", "fits"), [("free", "tanh", True), ("free", "none", False)]
)
def test_a_bounded_generator_goes_with_a_bounded_bottleneck(kind, bound, fits):
    changes = [
        *ON_A_LINE["gan"],
        ("parts.representation.bottleneck", {"kind": kind, "dim": 2, "bound": bound}),
        ("parts.generator.bound", "tanh"),
        ("phases.1.updates.0.objective", {"squared": {"criterion": "squared"}}),
    ]
    if fits:
        assert Plan.of(LINE, changes)
        return
    with pytest.raises(RecipeError, match=r"those of the bottleneck Free are not held in"):
        Plan.of(LINE, changes)


def test_whole_numbers_do_for_betas():
    changes = [
        *ON_A_LINE["gan"],
        (f"{CRITIC}.betas", [0, 0.9]),
        (f"{CRITIC}.objective", PENALISED),
    ]
    assert Plan.of(LINE, changes).tree["phases"][2]["updates"][0]["betas"] == [0.0, 0.9]
