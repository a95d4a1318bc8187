"""Laws of every model of codes, whatever its kind."""

from itertools import product

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.generators.decoding import Beam, Greedy, Sample
from latentloom.generators.lstm import CodeLstm
from latentloom.generators.transformer import CodeTransformer

STRIDE = 4


def transformer(levels=(3,), drive=2, conditions=2, padding="zeros", **settings):
    settings = {"width": 16, "layers": 2, "heads": 2, "drive_layers": 2} | settings
    return CodeTransformer(drive, conditions, padding, levels, STRIDE, **settings)


def lstm(levels=(3,), drive=2, conditions=2, padding="zeros", **settings):
    settings = {"width": 16, "layers": 2, "drive_layers": 2} | settings
    return CodeLstm(drive, conditions, padding, levels, STRIDE, **settings)


every_kind = pytest.mark.parametrize("kind", [transformer, lstm])
every_book = pytest.mark.parametrize("levels", [(3,), (3, 2)], ids=["one", "two"])


def alive(model):
    """The model with random weights everywhere: some layers start at zero."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def context_of(size, steps=12, lengths=None):
    drive, condition = torch.randn(size, steps, 2), torch.randn(size, 2)
    return Context(size=size, steps=steps, lengths=lengths, drive=drive, condition=condition)


def codes_of(levels, size, steps=3):
    return torch.stack([torch.randint(v, (size, steps)) for v in levels], -1)


def all_codes(levels, steps):
    every = list(product(*[range(v) for _ in range(steps) for v in levels]))
    return torch.tensor(every).unflatten(1, (steps, len(levels)))


def naive_greedy(model, context, steps):
    """Greedy codes by running the whole sequence again for each token."""
    codes = torch.zeros(context.size, steps, len(model.levels), dtype=torch.long)
    with torch.no_grad():
        for step, level in product(range(steps), range(len(model.levels))):
            codes[:, step, level] = model.logits(codes, context)[:, step, level].argmax(-1)
    return codes


@every_kind
@every_book
def test_scores_have_no_gradient_to_later_tokens(kind, levels):
    model, context = alive(kind(levels)), context_of(2, steps=20)
    read = []
    model.inputs.codes.register_forward_hook(lambda _module, _given, out: read.append(out))
    logits = model.logits(codes_of(levels, 2, steps=5), context).flatten(1, 2)
    for place in range(logits.shape[1]):
        total = logits[:, place, :2].sum()
        (gradient,) = torch.autograd.grad(total, read[0], retain_graph=True)
        # At a place the token before it is read, so what is read up to there may matter.
        assert (gradient[:, : place + 1].abs().sum(-1) > 0).all()
        assert not gradient[:, place + 1 :].any()


@every_kind
@every_book
def test_a_token_changes_the_scores_after_it_and_no_others(kind, levels):
    model, context = alive(kind(levels)), context_of(2, steps=20)
    codes = codes_of(levels, 2, steps=5)
    before = model.logits(codes, context).flatten(1, 2)
    for place in range(before.shape[1] - 1):
        other = codes.clone().flatten(1)
        other[:, place] = (other[:, place] + 1) % levels[place % len(levels)]
        after = model.logits(other.view_as(codes), context).flatten(1, 2)
        changed = ((after - before).abs() > 1e-5).flatten(2).any(-1)
        assert not changed[:, : place + 1].any()
        assert changed[:, place + 1].all()


@every_kind
def test_the_first_token_sees_the_whole_drive(kind):
    model, context = alive(kind()), context_of(1, steps=80)
    context.drive.requires_grad_()
    model.logits(codes_of((3,), 1, steps=20), context)[:, 0].square().sum().backward()
    assert (context.drive.grad.abs().sum(-1) > 0).all()


@every_kind
@every_book
def test_all_sequences_together_have_probability_one(kind, levels):
    model = alive(kind(levels)).double()
    every = all_codes(levels, steps=3)
    one = context_of(1)
    context = Context(
        size=1, steps=12, drive=one.drive.double(), condition=one.condition.double()
    ).repeat(len(every))
    total = model.log_prob(every, context).exp().sum()
    assert torch.allclose(total, torch.ones_like(total), atol=1e-9)


@every_kind
@every_book
def test_scores_of_drawn_codes_are_their_log_likelihood(kind, levels):
    lengths = torch.tensor([20, 9, 1])
    model, context = alive(kind(levels)), context_of(3, steps=20, lengths=lengths)
    for decoding in (Greedy(), Sample(temperature=2.0), Sample(top_k=2), Beam(width=3)):
        drawn = model.draw(context, decoding)
        assert torch.allclose(drawn.score, model.log_prob(drawn.codes, context), atol=1e-4)


@every_kind
@every_book
def test_cached_greedy_is_greedy_by_running_the_prefix_again(kind, levels):
    model, context = alive(kind(levels)), context_of(8, steps=48)
    assert torch.equal(model.draw(context, Greedy()).codes, naive_greedy(model, context, steps=12))


@every_kind
@every_book
def test_a_wide_beam_finds_the_likeliest_sequence(kind, levels):
    model, context = alive(kind(levels)), context_of(4)
    every = all_codes(levels, steps=3)
    likely = model.log_prob(every.repeat(4, 1, 1), context.repeat(len(every)))
    likely, best = likely.unflatten(0, (4, -1)).max(1)
    drawn = model.draw(context, Beam(width=len(every)))
    assert torch.equal(drawn.codes, every[best])
    assert torch.allclose(drawn.score, likely, atol=1e-4)


@every_kind
@every_book
@pytest.mark.parametrize(
    "decoding",
    [Beam(width=1), Sample(top_k=1), Sample(top_p=1e-6), Sample(temperature=1e-6)],
    ids=["beam", "top_k", "top_p", "temperature"],
)
def test_the_narrowest_of_every_decoding_is_greedy(kind, levels, decoding):
    model, context = alive(kind(levels)), context_of(8, steps=32)
    assert torch.equal(model.draw(context, decoding).codes, model.draw(context, Greedy()).codes)


@every_kind
def test_a_beam_is_never_less_likely_than_one_it_contains_in_a_tiny_tree(kind):
    model, context = alive(kind()), context_of(16, steps=16)
    wide = model.draw(context, Beam(width=81)).score
    assert (wide >= model.draw(context, Greedy()).score - 1e-5).all()


@every_kind
def test_a_length_norm_divides_the_score_by_real_tokens(kind):
    lengths = torch.tensor([12, 8])
    model, context = alive(kind()), context_of(2, lengths=lengths)
    plain, normed = (model.draw(context, Beam(length_norm=a)).score for a in (0.0, 1.0))
    assert torch.allclose(normed, plain / torch.tensor([3.0, 2.0]))


@every_kind
def test_samples_are_as_frequent_as_their_probability(kind):
    torch.manual_seed(5)
    model, draws = alive(kind((2, 2))), 4000
    context = context_of(1, steps=8)
    every = all_codes((2, 2), steps=2)
    expected = draws * model.log_prob(every, context.repeat(len(every))).exp()
    codes = model.draw(context.repeat(draws), Sample()).codes
    counts = (codes[:, None] == every).all(-1).all(-1).sum(0)
    chi_square = ((counts - expected) ** 2 / expected).sum()
    # The 99.9 % quantile of chi square with 15 degrees of freedom.
    assert chi_square < 37.7


@every_kind
@every_book
def test_full_forcing_needs_no_luck(kind, levels):
    model, context = alive(kind(levels)), context_of(4)
    codes = codes_of(levels, 4)
    state = torch.get_rng_state()
    assert torch.equal(model.logits(codes, context, forcing=1.0), model.logits(codes, context))
    assert torch.equal(torch.get_rng_state(), state)


@every_book
def test_an_lstm_without_forcing_walks_its_own_free_run(levels):
    model, context = alive(lstm(levels)), context_of(6, steps=32)
    true = codes_of(levels, 6, steps=8)
    torch.manual_seed(3)
    own = model.draw(context, Sample()).codes
    torch.manual_seed(3)
    logits = model.logits(true, context, forcing=0.0)
    assert torch.allclose(logits, model.logits(own, context), atol=1e-6)


@every_kind
def test_half_forcing_lies_between_both(kind):
    model, context = alive(kind((50,))), context_of(64, steps=80)
    codes, known = codes_of((50,), 64, steps=20), model.inputs.known(context)
    for forcing in (0.0, 0.5, 1.0):
        seen = model.seen(codes, known, forcing, 0.0)
        assert (seen == codes).float().mean().item() == pytest.approx(
            forcing + (1 - forcing) / 50, abs=0.05
        )


@every_kind
def test_replacement_replaces_its_share_of_the_codes_seen(kind):
    model, context = alive(kind((50, 20))), context_of(64, steps=80)
    codes, known = codes_of((50, 20), 64, steps=20), model.inputs.known(context)
    for seen in (model.replaced(codes, 0.4), model.seen(codes, known, 1.0, 0.4)):
        kept = (seen == codes).float().mean((0, 1))
        assert torch.allclose(kept, 0.6 + 0.4 / torch.tensor([50.0, 20.0]), atol=0.05)
        assert (seen < torch.tensor([50, 20])).all()
        assert (seen >= 0).all()


@every_kind
def test_gradients_flow_when_codes_are_drawn(kind):
    model, context = kind((3, 2)), context_of(4)
    logits = model.logits(codes_of((3, 2), 4), context, forcing=0.3, replacement=0.2)
    logits[..., 0, :].square().sum().backward()
    assert model.inputs.codes.weight.grad.abs().sum() > 0


@every_kind
@pytest.mark.parametrize("conditioning", ["film", "add", "prefix"])
def test_drive_and_conditions_are_used(kind, conditioning):
    model, context = alive(kind(conditioning=conditioning)), context_of(4)
    codes = codes_of((3,), 4)
    logits = model.logits(codes, context)
    drive = Context(size=4, steps=12, drive=-context.drive, condition=context.condition)
    condition = Context(size=4, steps=12, drive=context.drive, condition=-context.condition)
    for other in (drive, condition):
        differs = (model.logits(codes, other) - logits).abs() > 1e-5
        assert differs.flatten(2).any(-1).all()


@every_kind
@every_book
@pytest.mark.parametrize("conditioning", ["film", "add", "prefix"])
@pytest.mark.parametrize("padding", ["circular", "zeros"])
def test_every_parameter_gets_a_gradient(kind, levels, conditioning, padding):
    model = kind(levels, conditioning=conditioning, padding=padding)
    model.log_prob(codes_of(levels, 4), context_of(4)).sum().backward()
    assert not [n for n, p in model.named_parameters() if p.grad is None]


@every_kind
def test_neither_drive_nor_conditions_are_needed(kind):
    model, context = alive(kind(drive=0, conditions=0)), Context(size=3, steps=12)
    assert model.draw(context, Greedy()).codes.shape == (3, 3, 1)


@every_kind
@every_book
def test_padding_does_not_leak(kind, levels):
    model, lengths = alive(kind(levels)), torch.tensor([12, 9])
    context = context_of(2, steps=12, lengths=lengths)
    noise = torch.where(context.mask[..., None], 0.0, 99.0)
    longer = torch.nn.functional.pad(context.drive + noise, (0, 0, 0, 8), value=-99.0)
    padded = Context(size=2, steps=20, lengths=lengths, drive=longer, condition=context.condition)
    for decoding in (Greedy(), Beam(width=3)):
        short, long = (model.draw(c, decoding) for c in (context, padded))
        assert torch.equal(short.codes, long.codes[:, :3])
        assert not long.codes[:, 3:].any()
        assert torch.allclose(short.score, long.score, atol=1e-5)


@every_kind
def test_rolling_a_periodic_drive_rolls_its_features(kind):
    model, context = alive(kind(padding="circular", conditions=0)), context_of(2, steps=20)
    rolled = Context(size=2, steps=20, drive=context.drive.roll(STRIDE * 2, 1))
    features, moved = (model.inputs.known(c).features for c in (context, rolled))
    assert torch.allclose(features.roll(2, 1), moved, atol=1e-5)


@every_kind
def test_the_order_of_signals_does_not_matter(kind):
    model, context = alive(kind()), context_of(4)
    drawn, codes = model.draw(context, Greedy()), codes_of((3,), 4)
    assert torch.equal(model.draw(context[2:], Greedy()).codes, drawn.codes[2:])
    likely = model.log_prob(codes, context)
    assert torch.allclose(model.log_prob(codes[2:], context[2:]), likely[2:], atol=1e-5)


@every_kind
def test_equal_seeds_draw_equal_codes(kind):
    model, context, drawn = alive(kind((50,))), context_of(4), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(model.draw(context, Sample()).codes)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@every_kind
def test_drawing_ignores_dropout_and_keeps_the_mode(kind):
    model, context = alive(kind(dropout=0.5)), context_of(8)
    calm = model.draw(context, Greedy()).codes
    model.train()
    assert torch.equal(model.draw(context, Greedy()).codes, calm)
    assert model.training


@every_kind
def test_drawn_codes_may_be_trained_on(kind):
    model, context = kind(), context_of(4)
    codes = model.draw(context, Sample()).codes
    model.log_prob(codes, context).sum().backward()


@every_kind
def test_a_latent_step_may_be_cut_short_by_the_signal(kind):
    model, context = alive(kind()), context_of(2, steps=10)
    assert model.draw(context, Greedy()).codes.shape == (2, 3, 1)


@every_kind
def test_what_does_not_fit_is_refused(kind):
    model, context = kind(), context_of(2)
    with pytest.raises(ValueError, match=r"codes must be \(3, 1\) latent steps x codes, got"):
        model.logits(codes_of((3, 3), 2), context)
    with pytest.raises(ValueError, match=r"forcing must be in \[0, 1\], got 1.5"):
        model.logits(codes_of((3,), 2), context, forcing=1.5)
    with pytest.raises(ValueError, match="must have a drive of 2 channels, got 0"):
        model.draw(Context(size=2, steps=12, condition=context.condition), Greedy())
    with pytest.raises(ValueError, match="must have 2 conditions, got 0"):
        model.draw(Context(size=2, steps=12, drive=context.drive), Greedy())
    with pytest.raises(ValueError, match="at least one codebook, got none"):
        kind(levels=())
