"""Every documented setting changes what a recipe makes, and its kinds refuse nonsense."""

from functools import cache

import pytest
import torch
from every_setting import (
    PENALISED,
    SQUARED,
    holds_calls,
    other_values,
    own_settings,
    places,
    recipes,
    said_at,
)

from latentloom.core.errors import RecipeError
from latentloom.core.roles import LatentGenerator, LatentModel
from latentloom.data.dataset import Dataset
from latentloom.data.transforms import Undo
from latentloom.generators.decoding import Greedy, Sample
from latentloom.recipes.kinds import KINDS
from latentloom.recipes.plan import Plan
from latentloom.recipes.sourcing import open_source
from latentloom.schedules import Constant
from latentloom.training.feed import Feed
from latentloom.training.player import Player
from latentloom.training.resetting import Adaptive, Periodic

STRIDES = ["parts.representation.encoder.strides", "parts.representation.decoder.strides"]
STEPS = ["parts.representation.encoder.steps", "parts.representation.decoder.steps"]
PATCHES = ["parts.representation.encoder.patch", "parts.representation.decoder.patch"]
# Settings whose other value must be chosen, by the class and the setting: changes beside it,
# or of whole paths where neighbours must follow.
CHOSEN = {
    "Law.position": {"position": None},
    "Law.temperature": {"temperature": None, "temperature_coefficient": 0.0},
    "Law.temperature_coefficient": {"temperature_coefficient": -0.02},
    "Law.frequency": {"frequency": "b_peak"},
    "Law.current": {"current": "position"},
    "Law.per": {"per": None},
    "Log.conditions": {"conditions": ["amplitude"]},
    "Standard.arrays": {"arrays": ["series"]},
    "Robust.arrays": {"arrays": ["series"]},
    "MinMax.arrays": {"arrays": ["series"]},
    "MedianDeviation.arrays": {"arrays": ["series"]},
    "CleanFeatures.least_deviation": {"least_deviation": 0.1},
    "CleanFeatures.greatest_variance": {"greatest_variance": 1e10},
    "CleanFeatures.greatest_variation": {"greatest_variation": 100.0},
    "Categories.families": {"families": ["summary"]},
    "Discovered.most": {"most": 2},
    "Discovered.least_features": {"least_features": 20},
    "Discovered.isolated": {"isolated": []},
    "Refinement.steps": {"steps": 1},
    "Refinement.target": {"target": 1.0},
    "Given.categories": {"categories": {"one": ["velocity_x"]}},
    "Given.rest": {"rest": "others"},
    "LawScale.condition": {"condition": "log_size"},
    "OwnScale.condition": {"condition": "log_size"},
    "OwnScale.channel": {"channel": None},
    "Derivative.channel": {"channel": "position"},
    "Blank.condition": {"condition": "log_size"},
    "Spinodal.grid": {"grid": 18},
    "DisplacementSensor.drift": {"drift": 0.9},
    "LagRatio.eps": {"eps": 0.99},
    "UNet.kernel": {"kernel": 5},
    "DilatedResNet.kernel": {"kernel": 5},
    "ConvEncoder.kernel": {"kernel": 3},
    "ConvDecoder.kernel": {"kernel": 3},
    "Beam.width": {"width": 8},
    "Nearest.weight": {"weight": 3.0},
    "ProductScale.powers": {"powers": {"distance": 0.5}},
    "ProductScale.names": {"names": ["x"]},
    "FromStart.names": {"names": ["x"]},
    "Rotated.names": {"names": ["y", "x"]},
    "Rotated.by": {"by": ["direction_sin", "direction_cos"]},
    "Displacement.names": {"names": ["sine_1", "sine_0"]},
    "StartAtOrigin.names": {"names": ["t"]},
    "Pointing.corrected": {"corrected": 0.9},
    "Mirror.across": {"across": [["x", "direction_cos"]]},
    "Data.least_steps": {"least_steps": 60},
    "SeriesScale.by": {"by": ["frequency"]},
    "Derivative.unit": {"unit": "own"},
    "RelativeError.floor": {"floor": 1.0},
    "Derivative.frequency": {"frequency": "b_peak"},
    "Product.names": {"names": ["b_peak"]},
    "TopQuantile.condition": {"condition": "b_peak"},
    "TopQuantile.within": {"within": "material"},
    "Phase.name": {"name": "other"},
    "Phase.batch_size": {"batch_size": 5},
    "Phase.epochs": {"epochs": 2},
    "Guard.least": {"least": None},
    "Guard.most": {"most": None},
    "ByCondition.condition": {"condition": "temperature"},
    "Phase.select": {"select": ""},
    "Phase.patience": {"patience": 0},
    "Update.repeats": {"repeats": 3},
    "Update.betas": {"betas": [0.5, 0.9]},
    "FlipSign.keep": {"keep": [0]},
    "Quantized.revive_below": {"revive_below": 0.0},
    "Categorical.levels": {"levels": [{"dim": 4, "size": 8}]},
    "Categorical.ratios": {"ratios": [1.0, 0.5, 0.2]},
    "Categorical.revive_below": {"revive_below": 0.99},
    "CategoricalEncoder.families": {"families": {}},
    "TemporalConvolution.kernel": {"kernel": 5},
    "CodeTransformer.width": {"width": 12},
    "CodeTransformer.heads": {"heads": 1},
    "TransformerEncoder.width": {"width": 12},
    "TransformerEncoder.heads": {"heads": 1},
    "TransformerDecoder.width": {"width": 12},
    "TransformerDecoder.heads": {"heads": 1},
    "ConvEncoder.strides": {path: [4, 1] for path in STRIDES},
    "ConvDecoder.strides": {path: [1, 4] for path in STRIDES},
    **{
        f"{kind}{part}.steps": dict.fromkeys(STEPS, 16)
        for kind in ("PooledConv", "ResNetConv", "FlatConv", "SetTransformer")
        for part in ("Encoder", "Decoder")
    },
    **{
        f"{kind}{part}.kernel": {"kernel": 7}
        for kind in ("PooledConv", "ResNetConv", "FlatConv")
        for part in ("Encoder", "Decoder")
    },
    **{
        f"SetTransformer{part}.{name}": {name: value}
        for part in ("Encoder", "Decoder")
        for name, value in (("width", 12), ("heads", 1))
    },
    "Pooled.steps": {"steps": 40},
    "LstmEncoder.width": {"width": 8},
    "LstmDecoder.width": {"width": 8},
    "Criticize.slope": {"slope": "between", "phases.2.updates.0.objective": PENALISED},
    "MlpCritic.reads_conditions": {
        "reads_conditions": "off",
        "phases.2.updates.0.objective": PENALISED,
        "phases.2.updates.1.objective": {"score": {"criterion": "wasserstein_generator"}},
    },
    "RecurrentCritic.width": {"width": 8},
    "LatentGan.bound": {
        "bound": "tanh",
        "parts.representation.bottleneck": {"kind": "free", "dim": 2, "bound": "tanh"},
        "phases.1.updates.0.objective": SQUARED,
    },
    "DrawLatents.decoded": {"decoded": "off", "phases.2.probes.distance.criterion": "latent_mmd"},
    "DisplacementError.names": {"names": ["sine_0"]},
    "DisplacementError.condition": {"condition": "direction_cos"},
    "Logistic.of": {"of": "fake"},
    "Update.optimizer": {"optimizer": "rmsprop"},
    "Reconstruct.direct": {"direct": "off", "phases.1.updates.0.objective": SQUARED},
    "OfSpan.name": {"name": "scale"},
    "Gaussian.log_variance": {"log_variance": [-0.1, 0.05]},
    "Rendered.height": {"height": 16},
    "Rendered.width": {"width": 12},
    "Rendered.shrink": {"shrink": 4},
    "Cyclical.rise": {"rise": 0.3},
    "TransformerEncoder.patch": dict.fromkeys(PATCHES, 8),
    "TransformerDecoder.patch": dict.fromkeys(PATCHES, 2),
}
# Settings that change nothing that can be seen here, each with the reason.
EXCEPTIONS = {
    "Data.source": "where samples lie; tests/data/test_formats.py",
    "Data.simulate": "its own settings are changed",
    "Data.file_label": "needs several files; tests/data/test_formats.py",
    "Data.columns": "needs files of others; tests/data/test_formats.py",
    "GivenTest.mark": "the samples have one mark; tests/data/test_splits.py",
    "OneHot.condition": "the samples have one label; tests/data/test_transforms.py",
    "Beam.length_norm": "divides scores alone; tests/laws/test_code_generators.py",
    "Data.streaming": "the samples are the same; tests/data/test_stream.py",
    **{
        f"Periodic.{name}": "acts when codes are hardly used; tests/training/test_resetting.py"
        for name in own_settings(Periodic)
    },
    **{
        f"Adaptive.{name}": "acts late in a run; tests/training/test_resetting.py"
        for name in own_settings(Adaptive)
    },
    "Phase.resets": "acts when codes are hardly used; tests/training/test_resetting.py",
    "Guard.probe": "which probe is watched; tests/training/test_guarding.py",
    "Convergence.otherwise": "acts between phases; tests/training/test_convergence.py",
    "ByLength.bins": "signals must differ in length; tests/training/test_strata.py",
    "Probe.batch": "the same mean but for sets; tests/training/test_validation.py",
    "Phase.compile": "the same numbers, sooner; the compiler takes longer than this file",
    "Phase.threads": "the same numbers, sooner; tests/recipes/test_sequence_keys.py",
    "Phase.incoming": "acts before the first step; tests/training/test_incoming.py",
    "Phase.accumulate": "the same gradient but for rounding; tests/training/test_loop.py",
    "Update.trains": "a part less or another part; tests/recipes/test_plan.py",
    "Penalty.name": "names what a bottleneck gives; tests/recipes/test_plan.py",
    "Evaluation.frequency": "where scores look for phase; tests/recipes/test_assess.py",
    "Evaluation.interval": "where scores look for phase; tests/recipes/test_assess.py",
    "Evaluation.direct": "trains a run of its own; tests/recipes/test_assess.py",
    "Logging.services": "needs what is not installed; tests/recipes/test_conduct.py",
    "Logging.progress": "who watches; tests/recipes/test_plan.py",
    "Logging.checkpoint_seconds": "when, not what; tests/training/test_resume.py",
    "Logging.folder": "where, not what; tests/recipes/test_feature_tokenizer.py",
    "Logging.keep_every": "what is kept; tests/recipes/test_feature_tokenizer.py",
    "Recipe.existing_model": "where weights are; tests/recipes/test_sequence_runs.py",
    "Recipe.existing_parts": "of what is there; tests/recipes/test_sweep_shared.py",
    "Logging.keep_in": "where, not what; tests/recipes/test_sequence_runs.py",
    "Logging.test": "who is judged too; tests/recipes/test_sequence_runs.py",
    "Logging.columns": "what a table is called; tests/recipes/test_sequence_runs.py",
    "Logging.arguments": "what a file says; tests/recipes/test_sequence_runs.py",
    "Logging.best_as": "names of a file; tests/recipes/test_sequence_runs.py",
    "Standard.absent": "what is not there; tests/data/test_transforms.py",
    "Logging.news_every": "who is told when; tests/recipes/test_feature_tokenizer.py",
    "Logging.form": "how cures are named; tests/recipes/test_gaussian_vae.py",
    "Logging.judge_every": "who is told when; tests/recipes/test_feature_tokenizer.py",
    "Phase.min_delta": "when a score is better; tests/recipes/test_feature_tokenizer.py",
    "Discovered.target": "acts on a number that is found; tests/data/test_features.py",
    "Increasing.names": "acts on the way back; tests/data/test_trajectory_transforms.py",
    "Increasing.least": "acts on the way back; tests/data/test_trajectory_transforms.py",
    "WholeNumbers.names": "acts on the way back; tests/data/test_trajectory_transforms.py",
    "Data.most": "samples by their number; tests/recipes/test_feature_tokenizer.py",
}


def title(place):
    return f"{place[0].__name__}.{place[1]}"


LEFT = [p for p in places() if title(p) not in EXCEPTIONS]
PLAIN = [p for p in LEFT if not holds_calls(said_at(recipes()[places()[p][0]], places()[p][1]))]


@cache
def samples(text):
    """The samples of a recipe; of those on disk, a few."""
    plan = PLANS[text]
    source = open_source(plan.data, plan.random_seed)
    assert isinstance(source, Dataset)
    return source if plan.data.simulate else source.take(slice(0, None, 9))


PLANS = {}


def prepared(plan):
    key = f"{plan.tree['data']} {plan.random_seed}"
    PLANS[key] = plan
    source = samples(key)
    split = plan.data.split(source, plan.random_seed)
    pipeline = plan.pipeline()
    pipeline.fit(source.take(split.train))
    return source, split, pipeline


def data_effect(plan):
    source, split, pipeline = prepared(plan)
    arrays = pipeline.apply(source.take(slice(0, 8))).arrays()
    schema = pipeline.apply(source.take(slice(0, 2))).schema
    names = [*schema.names("condition"), *schema.spans]
    arrays["start"] = torch.tensor(schema.start)
    return [*split.train, *split.validation, *names, *source.arrays().values(), *arrays.values()]


def parts_effect(plan):
    source, _, pipeline = prepared(plan)
    ready = pipeline.apply(source.take(slice(0, 16)))
    system, _ = plan.build(ready.schema)
    batch, seen = ready.batch(), []
    torch.manual_seed(1)
    if system.base is not None:
        system.focus(("base",))
        seen.append(system.predict(batch.context))
    if system.representation is not None:
        system.focus(("representation",))
        for _ in range(4):
            output, latent = system.reconstruct(batch)
            seen += [output, latent.z, *latent.penalties.values()]
    if isinstance(system.generator, LatentModel):
        seen += latents_effect(system, batch)
    elif isinstance(system.generator, LatentGenerator):
        seen += adversaries_effect(system, batch)
    elif system.generator is not None:
        system.focus(("generator",))
        seen += system.next_codes(batch, forcing=1.0, replacement=0.0)
        system.focus(())
        seen.append(system.generate(batch.context, Greedy()).values)
    return [*seen, *system.state_dict().values()]


def latents_effect(system, batch):
    system.focus(("generator",))
    z = system.encode(batch).z
    seen = [system.surprise(z, batch.context)]  # the first one sets where it starts
    for parameter in system.generator.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    seen.append(system.surprise(z, batch.context))
    system.focus(())
    return [*seen, system.generate(batch.context, Sample()).values]


def adversaries_effect(system, batch):
    system.focus(("generator", "critic"))
    context, z = system.informed(batch.context), system.encode(batch).z.detach()
    seen = [system.generator.draw(context, Sample())]
    if system.critic is None:
        return seen
    system.critic.begin(z, context)
    told = system.critic.conditions(z, context)
    seen += [system.critic(z, context), system.critic.slope(z, context)]
    return seen if told is None else [*seen, told]


def phases_effect(plan, index):
    source, split, pipeline = prepared(plan)
    ready = pipeline.apply(source.take(slice(0, 2)))
    system, phases = plan.build(ready.schema, Undo(pipeline))
    feed = Feed(source=source.take(split.train[:24]), prepare=pipeline.apply, seed=0)
    judged = pipeline.apply(source.take(split.validation[:4]))
    torch.manual_seed(0)
    cpu = torch.device("cpu")
    player = Player(phases[index], index, system, feed=feed, validation=judged, device=cpu)
    rows = []
    while not player.finished:
        epoch = player.begin_epoch()
        while player.step < player.steps:
            player.take_step(epoch)
        rows.append({n: v for n, v in player.end_epoch().items() if n != "seconds"})
    player.hand_on()
    return [str(rows), *system.state_dict().values()]


def evaluation_effect(plan):
    source, split, pipeline = prepared(plan)
    train, test = source.take(split.train), source.take(split.test[:4])
    ready = pipeline.apply(test)
    system, _ = plan.build(ready.schema)
    settings = plan.evaluation
    torch.manual_seed(0)
    system.trust.fill_(1.0)
    for parameter in system.generator.parameters():
        parameter.data += torch.randn_like(parameter)
    seen = [
        system.generate(ready.context(), settings.decoding).values,
        system.generate(ready.context(), settings.sampling, max(settings.samples, 1)).values,
    ]
    for baseline in settings.baselines.values():
        baseline.fit(train)
        seen.append(torch.from_numpy(baseline.predict(test)))
    return seen


def effect(plan, path):
    section, _, rest = path.partition(".")
    if section == "phases":
        return phases_effect(plan, int(rest.partition(".")[0]))
    made = {"data": data_effect, "evaluation": evaluation_effect}
    return made.get(section, parts_effect)(plan)


@cache
def before(name, section):
    return effect(recipes()[name], section)


def same(one, other):
    if len(one) != len(other):
        return False
    return all(
        torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
        for a, b in zip(one, other, strict=True)
    )


def changes(place):
    """Ways to change a setting, each a list of paths with values."""
    name, path = places()[place]
    parent = path.rpartition(".")[0]
    if title(place) in CHOSEN:
        entries = CHOSEN[title(place)].items()
        return [[(p if "." in p else f"{parent}.{p}", value) for p, value in entries]]
    value = said_at(recipes()[name], path)
    if place[0] is Constant:  # written as a bare number
        return [[(parent, 0.7 * value)]]
    return [[(path, other)] for other in other_values(own_settings(place[0])[place[1]], value)]


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_that_settings_are_changed_in_can_work(name):
    recipes()[name].rehearse()


def test_every_setting_of_every_kind_is_looked_at():
    kinds = {kind for kinds in KINDS.kinds.values() for kind in kinds.values()}
    every = {(kind, setting) for kind in kinds for setting in own_settings(kind)}
    assert every <= places().keys()
    known = {title(place) for place in places()}
    assert known >= EXCEPTIONS.keys() | CHOSEN.keys()


@pytest.mark.parametrize("place", PLAIN, ids=title)
def test_a_setting_changes_something(place):
    name, path = places()[place]
    tree = recipes()[name].tree
    section = ".".join(path.split(".")[:2]) if path.startswith("phases") else path.split(".")[0]
    ways = changes(place)
    assert ways
    for way in ways:
        assert not same(before(name, section), effect(Plan.of(tree, way), section)), way


# Numbers that may well be negative.
NEGATIVE = {
    "Convergence.below",
    "Guard.least",
    "Guard.most",
    "Constant.value",
    "Linear.start",
    "Linear.end",
    "InverseSigmoid.start",
    "InverseSigmoid.end",
    "Cosine.start",
    "Cosine.end",
    "Cyclical.start",
    "Cyclical.end",
    "Law.mutual",
    "Law.temperature_coefficient",
    "MinMax.low",
    "DisplacementSensor.mutual",
    "DisplacementSensor.temperature_coefficient",
    "DisplacementSensor.offset",
}


def numeric(place):
    value = said_at(recipes()[places()[place][0]], places()[place][1])
    return isinstance(value, int | float) and title(place) not in NEGATIVE


@pytest.mark.parametrize("place", list(filter(numeric, places())), ids=title)
def test_a_number_below_zero_is_refused_by_its_place(place):
    name, path = places()[place]
    value = said_at(recipes()[name], path)
    with pytest.raises(RecipeError) as caught:
        Plan.of(recipes()[name].tree, [(path, type(value)(-1))])
    assert str(caught.value).startswith(path.rpartition(".")[0])
    assert "got" in str(caught.value)
