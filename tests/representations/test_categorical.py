import pytest
import torch

from latentloom.core.batch import Batch, Context, Latent
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Free
from latentloom.representations.categorical_codes import Categorical
from latentloom.representations.categorical_decoder import CategoricalDecoder
from latentloom.representations.categorical_encoder import CategoricalEncoder
from latentloom.representations.families import (
    Identity,
    Perceptron,
    TemporalConvolution,
)
from latentloom.representations.levels import Level, scaled_levels

SPANS = (3, 5, 2)
ORIGINS = (("a", 0),) * 4 + (("b", 0),) * 6
LEVELS = [Level(dim=4, size=8), Level(dim=3, size=5)]


def encoder(**settings):
    return CategoricalEncoder(10, SPANS, ORIGINS, **{"embedding": 6, "hidden": 8} | settings)


def codes(**settings):
    return Categorical(12, (3, 5), **{"levels": LEVELS} | settings)


# Features, codes, lengths by the rule, lengths with the ratios 0.5 : 1 : 1.5.
TABLE = [
    (3, (15, 6, 6), (48, 8, 4), (4, 4, 8)),
    (5, (16, 8, 6), (48, 8, 4), (4, 8, 8)),
    (10, (20, 11, 6), (48, 8, 4), (8, 12, 16)),
    (20, (28, 15, 7), (48, 16, 8), (12, 20, 32)),
    (30, (32, 17, 8), (48, 24, 12), (16, 32, 48)),
    (50, (36, 19, 9), (76, 40, 20), (28, 52, 76)),
    (100, (44, 23, 11), (180, 92, 48), (52, 100, 152)),
]


@pytest.mark.parametrize(("features", "sizes", "dims", "shares"), TABLE)
def test_books_scale_with_their_category(features, sizes, dims, shares):
    assert tuple(level.size for level in scaled_levels(features)) == sizes
    assert tuple(level.dim for level in scaled_levels(features)) == dims
    scaled = scaled_levels(features, [0.5, 1.0, 1.5], even=True)
    assert tuple(level.dim for level in scaled) == shares
    assert tuple(level.size for level in scaled) == sizes[:1] * 3


def test_without_ratios_entries_get_shorter_from_level_to_level():
    for features in range(1, 400):
        first, second, third = (level.dim for level in scaled_levels(features))
        assert first > second > third >= 4


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: scaled_levels(0), "features must be at least 1, got 0"),
        (lambda: scaled_levels(5, [1.0]), r"ratios must be three numbers or none, got \[1.0\]"),
        (lambda: scaled_levels(5, [1.0, 0.0, 1.0]), "ratios must be positive, got 0.0"),
        (lambda: Level(dim=0, size=4), "dim must be at least 1, got 0"),
        (lambda: codes(dropout=2.0), r"dropout must be in \[0, 1\], got 2.0"),
        (
            lambda: Categorical(7, (1, 2)),
            "width must be a multiple of the 2 categories, got 7; take the categorical encoder",
        ),
        (
            lambda: encoder(families={"bb": Identity()}),
            "families must name families of the data, got 'bb'; did you mean 'b'",
        ),
        (
            lambda: encoder(families={"b": TemporalConvolution()}),
            r"families.b must be a temporal family, one category with all its .* convolutions, got"
            r" \[4, 2\] channels over 1 steps",
        ),
        (
            lambda: CategoricalDecoder(4, 10, (), SPANS, sharing="per_category"),
            "got per_category and 0; take the categorical bottleneck",
        ),
        (
            lambda: CategoricalDecoder(7, 10, (4, 3), (10,), levels="added"),
            r"levels must be apart unless .* equally long, got \(4, 3\); take .* residual levels",
        ),
        (lambda: TemporalConvolution(kernel=4), "kernel must be odd, got 4"),
    ],
)
def test_what_cannot_be_is_refused(call, problem):
    with pytest.raises(ValueError, match=problem):
        call()


@pytest.mark.parametrize("families", [{}, {"a": Perceptron(hidden=[7], width=4)}])
def test_a_category_is_encoded_from_its_own_features_only(families):
    made, values = encoder(families=families).eval(), torch.randn(4, 1, 10)
    changed = values.clone()
    changed[..., 3:8] += 1.0
    before, after = made(Batch.of(values)), made(Batch.of(changed))
    moved = (before != after).any(1).any(0).view(3, 6).any(1)
    assert moved.tolist() == [False, True, False]


def test_a_family_is_read_by_its_own_network_in_each_category():
    made = encoder(families={"b": Perceptron(hidden=[7], width=4, normalise="none")})
    assert made.families.widths == (3, 1 + 4, 4)
    (reading,) = made.families.readings
    assert reading.layers[0].weight.shape == (2, 4, 7)
    made(Batch.of(torch.randn(4, 1, 10))).square().mul(torch.rand(18)).sum().backward()
    assert reading.layers[0].weight.grad.abs().sum((1, 2)).gt(0).all()


def test_a_category_is_encoded_as_by_layers_of_its_own():
    made, values = encoder().eval(), torch.randn(7, 1, 10)
    first, _, _, second, norm = made.families, None, None, made.embed[3], made.embed[4]
    assert first.widths == SPANS
    x = values[:, 0, 3:8]
    hidden = (x @ made.embed[0].weight[1, :5] + made.embed[0].bias[1]).relu()
    out = torch.nn.functional.layer_norm(hidden @ second.weight[1] + second.bias[1], (6,))
    expected = out * norm.weight[1] + norm.bias[1]
    torch.testing.assert_close(made(Batch.of(values))[:, 0, 6:12], expected)


def test_without_a_hidden_layer_and_norm_a_category_is_encoded_by_a_linear_map():
    made = encoder(hidden=0, normalise="none")
    one, other = torch.randn(2, 4, 1, 10)
    middle = made(Batch.of((one + other) / 2))
    torch.testing.assert_close(middle, (made(Batch.of(one)) + made(Batch.of(other))) / 2)


def test_identity_reads_features_as_they_are():
    torch.manual_seed(1)
    named = encoder(families={"a": Identity(), "b": Identity()}).eval()
    torch.manual_seed(1)
    plain, batch = encoder().eval(), Batch.of(torch.randn(4, 1, 10))
    assert torch.equal(named(batch), plain(batch))


def test_a_temporal_family_is_read_over_its_steps():
    origins = (("flat", 0),) * 2 + tuple(("series", step) for step in range(9) for _ in range(3))
    settings = TemporalConvolution(widths=[4, 8], width=5, kernel=3)
    made = CategoricalEncoder(29, (2, 27), origins, families={"series": settings}).eval()
    assert made.families.widths == (2, 5)
    (reading,) = made.families.readings
    assert reading.features == 3
    values = torch.randn(6, 1, 29)
    swapped = values.clone()
    swapped[..., 2:] = values[..., 2:].unflatten(-1, (9, 3)).flip(2).flatten(2)
    one, other = made(Batch.of(values)), made(Batch.of(swapped))
    assert torch.equal(one[..., :64], other[..., :64])
    assert not torch.equal(one[..., 64:], other[..., 64:])


def test_each_code_fills_its_own_share_of_the_latent():
    made = codes().eval()
    assert made.levels == (8, 5, 8, 5)
    assert made.shares == (4, 3, 4, 3)
    chosen = torch.tensor([[[1, 2, 3, 4]]])
    other = torch.tensor([[[1, 2, 0, 4]]])
    differs = (made.look_up(chosen).z != made.look_up(other).z).flatten()
    assert differs.nonzero().flatten().tolist() == [7, 8, 9, 10]


def test_a_code_depends_on_its_category_only():
    made = codes(arrangement="residual").eval()
    features = torch.randn(50, 1, 12)
    changed = features.clone()
    changed[..., 6:] = torch.randn(50, 1, 6)
    one, other = made(features).codes, made(changed).codes
    assert torch.equal(one[..., :2], other[..., :2])
    assert not torch.equal(one[..., 2:], other[..., 2:])


def test_parallel_levels_round_views_of_their_own():
    made = codes().eval()
    latent = made(torch.randn(9, 1, 12))
    assert latent.rounding.before.shape == (9, 1, 14)
    assert torch.equal(latent.rounding.after, latent.z)
    entries = [
        shelf.entries[category, code, :dim]
        for category in (0, 1)
        for shelf, dim, code in zip(
            made.shelves, (4, 3), latent.codes[0, 0, 2 * category :], strict=False
        )
    ]
    assert torch.equal(torch.cat(entries), latent.z[0, 0])


def test_residual_levels_round_what_is_left_over():
    made = codes(arrangement="residual").eval()
    way = made(torch.randn(9, 1, 12)).rounding
    before, after = (x.unflatten(2, (2, 2, 4)) for x in (way.before, way.after))
    torch.testing.assert_close(before[..., 1, :], before[..., 0, :] - after[..., 0, :])
    assert made.shares == (4, 4, 4, 4)


def test_what_is_rounded_keeps_its_size_unless_it_is_normalised():
    sizes = {}
    for normalise in ("layer", "none"):
        made = codes(normalise=normalise).eval()
        made.project.bias.data.zero_()
        features = torch.randn(9, 1, 12)
        one, other = (made(scale * features).rounding.before for scale in (1.0, 2.0))
        sizes[normalise] = (other.norm() / one.norm()).item()
    assert sizes == pytest.approx({"layer": 1.0, "none": 2.0}, rel=1e-3)


@pytest.mark.parametrize("arrangement", ["parallel", "residual"])
def test_penalties_are_the_error_of_rounding_by_hand(arrangement):
    made = codes(arrangement=arrangement, update="gradient").eval()
    latent = made(torch.randn(9, 1, 12))
    apart = (latent.rounding.before - latent.rounding.after)[:, 0].square()
    expected = sum(own.mean(1) for own in apart.split(made.shares, 1))
    torch.testing.assert_close(latent.penalties["commitment"], expected)
    torch.testing.assert_close(latent.penalties["codebook"], expected)


def test_commitment_moves_the_encoder_and_the_other_penalty_the_books():
    for name, moved in (("commitment", "project"), ("codebook", "shelves")):
        made = codes(update="gradient")
        made(torch.randn(9, 1, 12)).penalties[name].sum().backward()
        parts = {n.split(".")[0] for n, p in made.named_parameters() if p.grad is not None}
        assert moved in parts
        assert ("shelves" in parts) == (name == "codebook")


def test_entries_that_follow_the_data_have_no_gradient_and_no_optimiser():
    assert not [name for name, _ in codes().named_parameters() if "shelves" in name]


@pytest.mark.parametrize("arrangement", ["parallel", "residual"])
def test_the_gradient_passes_straight_through_each_level(arrangement):
    made = codes(levels=[Level(dim=6, size=8)] * 3, arrangement=arrangement)
    weight = made.project.weight
    weight.data = torch.eye(6).repeat(1, weight.shape[2] // 6).expand_as(weight).clone()
    made.norm = torch.nn.Identity()
    features = torch.randn(9, 1, 12, requires_grad=True)
    made(features).z.sum().backward()
    assert torch.equal(features.grad, torch.full_like(features, 3.0))


@pytest.mark.parametrize("arrangement", ["parallel", "residual"])
@pytest.mark.parametrize("normalise", ["layer", "none"])
@pytest.mark.parametrize("real", [None, torch.arange(80).view(40, 2) % 3 > 0])
def test_codes_alone_are_those_of_latents(arrangement, normalise, real):
    levels = [Level(dim=6, size=9), Level(dim=4, size=5), Level(dim=3, size=7)]
    made = codes(levels=levels, arrangement=arrangement, normalise=normalise, dropout=0.5)
    features = torch.randn(40, 2, 12)
    made(features, real)
    made.eval()
    alone = made.codes(features, real)
    assert torch.equal(alone, made(features, real).codes)
    assert len(alone.unique()) == 9


def test_a_code_of_a_category_writes_no_other_category():
    made = CategoricalDecoder(14, 10, (4, 3, 4, 3), (4, 6), sharing="per_category").eval()
    z, context = torch.randn(5, 1, 14), Context(size=5, steps=1)
    changed = z.clone()
    changed[..., 7:] += 1.0
    differs = (made(z, context) != made(changed, context)).any(1).any(0)
    assert differs.tolist() == [False] * 4 + [True] * 6


@pytest.mark.parametrize("sharing", ["shared", "per_category"])
def test_added_levels_write_what_their_sum_would(sharing):
    shares, spans = (4, 4, 3, 3), (4, 6)
    made = CategoricalDecoder(14, 10, shares, spans, levels="added", sharing=sharing).eval()
    alone = CategoricalDecoder(7, 10, (4, 3), spans, sharing=sharing).eval()
    alone.load_state_dict(made.state_dict())
    z, context = torch.randn(5, 1, 14), Context(size=5, steps=1)
    total = torch.cat([z[..., :4] + z[..., 4:8], z[..., 8:11] + z[..., 11:]], -1)
    torch.testing.assert_close(made(z, context), alone(total, context))


def test_a_guess_comes_from_one_code_alone():
    made = CategoricalDecoder(14, 10, (4, 3, 4, 3), (4, 6), guess=8).eval()
    z, batch = torch.randn(5, 1, 14), Batch.of(torch.randn(5, 1, 10))
    codes = torch.arange(5)[:, None, None].expand(5, 1, 4)
    changed = z.clone()
    changed[..., 4:7] += 1.0
    before, after = (made.guess_errors(Latent(z=x, codes=codes), batch) for x in (z, changed))
    assert (before != after).any(2).any(0).tolist() == [False, True, False, False]
    assert before.shape == (5, 4, 1)


@pytest.mark.parametrize("lengths", [None, torch.arange(40) % 2 + 1])
def test_errors_of_guesses_by_code_are_those_of_each_sample(lengths):
    shares, levels = (4, 3, 2), (6, 9, 1)
    entries = [torch.randn(size, dim) for size, dim in zip(levels, shares, strict=True)]
    codes = torch.stack([torch.randint(0, size, (40, 2)) for size in levels], -1)
    z = torch.cat([own[codes[..., book]] for book, own in enumerate(entries)], -1)
    made = CategoricalDecoder(9, 5, shares, (5,), guess=8)
    batch = Batch.of(torch.randn(40, 2, 5), lengths=lengths)
    wanted = torch.randn(40, 3, 2) * batch.context.mask[:, None]
    x = z.clone().requires_grad_()
    guesses = made.guessing(x.flatten(0, 1)).unflatten(0, (40, 2)).transpose(1, 2)
    apart = (guesses - batch.values[:, None]).square().mean(3)
    sources, found = [x, *made.guessing.parameters()], []
    for errors in (made.guess_errors(Latent(z=x, codes=codes), batch), apart):
        real = errors * batch.context.mask[:, None]
        found.append([real, *torch.autograd.grad((errors * wanted).sum(), sources)])
    for by_code, by_sample in zip(*found, strict=True):
        torch.testing.assert_close(by_code, by_sample, atol=1e-4, rtol=1e-4)


def test_without_guessing_networks_there_are_no_guesses():
    made = Autoencoder(
        encoder=encoder(), bottleneck=Free(18, dim=2), decoder=CategoricalDecoder(2, 10, (), SPANS)
    )
    batch = Batch.of(torch.randn(4, 1, 10))
    with pytest.raises(TypeError, match="CategoricalDecoder makes no guesses from single codes"):
        made.guess_errors(made.encode(batch), batch)
