import pytest
import torch
from torch import nn

from latentloom.nn import lstm_steps
from latentloom.nn.feedback import FeedbackLstm

SIGNALS, VALUES, KNOWN, WIDTH = 3, 2, 4, 8
CELLS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def network(layers=2, *, known=KNOWN, dropout=0.0, dtype=torch.float64, width=WIDTH):
    return FeedbackLstm(VALUES, known, width, layers, dropout).to(dtype)


def given(model, steps, *, known_steps=None):
    """Random inputs that all want a gradient."""
    like = {"dtype": model.head.weight.dtype, "requires_grad": True}
    beside = model.cells.input_size - VALUES
    state = (model.cells.num_layers, SIGNALS, model.cells.hidden_size)
    return {
        "first": torch.randn(SIGNALS, VALUES, **like),
        "known": torch.randn(SIGNALS, known_steps or steps, beside, **like) if beside else None,
        "truth": torch.randn(SIGNALS, steps, VALUES, **like),
        "state": (torch.randn(*state, **like), torch.randn(*state, **like)),
    }


def masks_of(model, steps):
    """Those that the model draws next; it draws the same again afterwards."""
    source = torch.get_rng_state()
    ones = torch.ones(steps, SIGNALS, model.cells.hidden_size, dtype=model.head.weight.dtype)
    masks = [model.between(ones) for _ in range(1, model.cells.num_layers)]
    torch.set_rng_state(source)
    return masks


def step_by_step(model, first, steps, *, known, truth, state, forced, masks):
    """The definition, by nn.LSTMCell and automatic gradients."""
    hidden, memory = (list(part) for part in state)
    said = []
    for step in range(steps):
        heard = first if step == 0 else truth[:, step - 1] if forced[step] else said[-1]
        x = heard if known is None else torch.cat((heard, known[:, step % known.shape[1]]), -1)
        for layer in range(len(hidden)):
            x = x * masks[layer - 1][step] if layer else x
            weights = [getattr(model.cells, f"{name}_l{layer}") for name in CELLS]
            cell = nn.LSTMCell(x.shape[-1], len(weights[1][0]), dtype=x.dtype)
            names = dict(zip(CELLS, weights, strict=True))
            before = (hidden[layer], memory[layer])
            hidden[layer], memory[layer] = torch.func.functional_call(cell, names, (x, before))
            x = hidden[layer]
        said.append(model.head(x))
    return torch.stack(said, 1)


def gradients(model, said, inputs):
    """By all inputs and weights; zero by what was not used."""
    inputs = [*inputs["state"], *(x for x in list(inputs.values())[:3] if x is not None)]
    torch.manual_seed(1)
    loss = (said * torch.randn(said.shape, dtype=said.dtype)).sum() + said.square().sum()
    wanted = [*inputs, *model.parameters()]
    return torch.autograd.grad(loss, wanted, allow_unused=True, materialize_grads=True)


COINS = {
    "free": lambda steps: torch.zeros(steps, dtype=torch.bool),
    "mixed": lambda steps: torch.rand(steps) < 0.6,
    "all but one": lambda steps: torch.arange(steps) != 3,
    "forced": lambda steps: torch.ones(steps, dtype=torch.bool),
}


def assert_like_the_definition(model, steps, forced, *, known_steps=None, **tolerance):
    inputs = given(model, steps, known_steps=known_steps)
    masks = masks_of(model, steps)
    said = model(**inputs, steps=steps, forced=forced)
    wanted = step_by_step(model, **inputs, steps=steps, forced=forced, masks=masks)
    torch.testing.assert_close(said, wanted, **tolerance)
    ours, theirs = gradients(model, said, inputs), gradients(model, wanted, inputs)
    torch.testing.assert_close(ours, theirs, **tolerance)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("coins", COINS)
def test_it_is_a_loop_of_cells_whichever_steps_are_forced(coins, layers):
    assert_like_the_definition(network(layers), 7, COINS[coins](7))


@pytest.mark.parametrize("coins", ["free", "mixed", "all but one"])
def test_it_is_a_loop_of_cells_with_dropout_at_every_step(coins):
    assert_like_the_definition(network(3, dropout=0.4), 7, COINS[coins](7))


@pytest.mark.parametrize("known_steps", [1, 7])
def test_what_is_known_may_be_of_every_step_or_of_all(known_steps):
    assert_like_the_definition(network(), 7, COINS["mixed"](7), known_steps=known_steps)


def test_nothing_need_be_known():
    assert_like_the_definition(network(known=0), 7, COINS["mixed"](7))


@pytest.mark.parametrize("steps", [1, 2, 32, 33, 70])
def test_any_number_of_steps_is_a_loop_of_cells(steps):
    assert_like_the_definition(network(), steps, COINS["mixed"](steps))


@pytest.mark.parametrize("operator", [lstm_steps.LAID_OUT, "none such"])
def test_single_precision_is_a_loop_of_cells_to_rounding(monkeypatch, operator):
    monkeypatch.setattr(lstm_steps, "LAID_OUT", operator)
    model = network(2, dropout=0.3, dtype=torch.float32, width=48)
    assert_like_the_definition(model, 40, COINS["mixed"](40), rtol=1e-4, atol=2e-5)


def test_gradients_are_those_of_finite_differences():
    model, forced = network(2, dropout=0.3), torch.tensor([True, False, True, True, False])
    inputs = given(model, 5, known_steps=1)

    def say(first, known, truth, hidden, memory, *_):
        torch.manual_seed(2)
        state = (hidden, memory)
        return model(first, 5, known=known, truth=truth, state=state, forced=forced)

    tensors = [inputs["first"], inputs["known"], inputs["truth"], *inputs["state"]]
    assert torch.autograd.gradcheck(say, (*tensors, *model.parameters()), fast_mode=True)


def test_forced_throughout_it_is_nn_lstm():
    model, truth = network(dropout=0.3), torch.randn(SIGNALS, 9, VALUES, dtype=torch.float64)
    known = torch.randn(SIGNALS, 9, KNOWN, dtype=torch.float64)
    first = torch.zeros_like(truth[:, 0])
    torch.manual_seed(3)
    said = model(first, 9, known=known, truth=truth, forced=torch.ones(9, dtype=torch.bool))
    torch.manual_seed(3)
    heard = torch.cat((torch.cat((first[:, None], truth[:, :-1]), 1), known), -1)
    torch.testing.assert_close(said, model.head(model.cells(heard)[0]), rtol=0, atol=0)


def test_weights_are_those_of_nn_lstm_and_a_linear_head():
    model = network(2, dropout=0.3)
    lstm = nn.LSTM(VALUES + KNOWN, WIDTH, 2, batch_first=True, dropout=0.3)
    names = [f"cells.{name}" for name in lstm.state_dict()] + ["head.weight", "head.bias"]
    assert list(model.state_dict()) == names


@pytest.mark.parametrize("coins", COINS)
def test_first_steps_do_not_depend_on_later_ones(coins):
    model, forced = network(), COINS[coins](9)
    inputs = given(model, 9)
    said = model(**inputs, steps=9, forced=forced)
    short = inputs | {name: inputs[name][:, :4] for name in ("known", "truth")}
    alone = model(**short, steps=4, forced=forced[:4])
    torch.testing.assert_close(said[:, :4], alone)
    (by_truth,) = torch.autograd.grad(said[:, :4].sum(), inputs["truth"])
    assert by_truth[:, 3:].eq(0).all()


def test_constants_are_worth_the_same_at_every_step():
    model = network()
    inputs = given(model, 6, known_steps=1)
    repeated = inputs | {"known": inputs["known"].expand(-1, 6, -1)}
    said, same = (model(**each, steps=6) for each in (inputs, repeated))
    torch.testing.assert_close(said, same, rtol=0, atol=0)


def test_running_free_without_a_gradient_says_the_same():
    model, forced = network(3).eval(), COINS["mixed"](8)
    inputs = given(model, 8)
    said = model(**inputs, steps=8, forced=forced)
    with torch.no_grad():
        alone = model(**inputs, steps=8, forced=forced)
    torch.testing.assert_close(alone, said, rtol=0, atol=0)


def test_the_state_is_zero_if_none_is_given():
    model, first = network(), torch.randn(SIGNALS, VALUES, dtype=torch.float64)
    known, zeros = first.new_ones(SIGNALS, 1, KNOWN), first.new_zeros(2, SIGNALS, WIDTH)
    said = model(first, 5, known=known)
    same = model(first, 5, known=known, state=(zeros, zeros))
    torch.testing.assert_close(said, same, rtol=0, atol=0)


def test_dropout_is_of_training_alone():
    model, first = network(dropout=0.5), torch.randn(SIGNALS, VALUES, dtype=torch.float64)
    known = first.new_ones(SIGNALS, 1, KNOWN)
    assert not torch.equal(model(first, 5, known=known), model(first, 5, known=known))
    model.eval()
    assert torch.equal(model(first, 5, known=known), model(first, 5, known=known))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("coins", ["mixed", "forced"])
def test_autocast_changes_nothing(dtype, coins):
    model, forced = network(dtype=torch.float32), COINS[coins](6)
    inputs = given(model, 6)
    plain = model(**inputs, steps=6, forced=forced)
    with torch.autocast("cpu", dtype=dtype):
        cast = model(**inputs, steps=6, forced=forced)
    torch.testing.assert_close(cast, plain, rtol=0, atol=0)
    ours, theirs = gradients(model, cast, inputs), gradients(model, plain, inputs)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("coins", ["mixed", "forced"])
def test_half_precision_is_computed_in_single_precision(dtype, coins):
    model, forced = network(dtype=dtype), COINS[coins](6)
    inputs = given(model, 6)
    said = model(**inputs, steps=6, forced=forced)
    assert said.dtype == dtype
    said.float().sum().backward()
    assert all(weight.grad.dtype == dtype for weight in model.parameters())
    exact = network(dtype=torch.float32)
    exact.load_state_dict(model.state_dict())
    inputs = {name: x.float() for name, x in inputs.items() if name != "state"} | {
        "state": tuple(part.float() for part in inputs["state"])
    }
    torch.testing.assert_close(said, exact(**inputs, steps=6, forced=forced).to(dtype))


def test_a_gradient_may_be_asked_for_twice():
    model = network()
    inputs = given(model, 40)
    loss = model(**inputs, steps=40, forced=COINS["mixed"](40)).square().sum()
    weights = list(model.parameters())
    once = torch.autograd.grad(loss, weights, retain_graph=True)
    torch.testing.assert_close(torch.autograd.grad(loss, weights), once, rtol=0, atol=0)


def test_there_is_no_gradient_of_the_gradient():
    model = network()
    loss = model(**given(model, 4), steps=4).square().sum()
    with pytest.raises(RuntimeError, match="no second gradient: create_graph must be off"):
        torch.autograd.grad(loss, list(model.parameters()), create_graph=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"known": 3}, "known must have 1 step or all 5, got 3"),
        ({"truth": 4}, "truth must have all 5 steps, got 4"),
        ({"forced": 6}, "forced must have all 5 steps, got 6"),
        ({"truth": None}, "forced steps need the truth, got none: give it, or run free"),
    ],
)
def test_it_says_which_steps_do_not_fit(change, message):
    sizes = {"steps": 5, "known": 5, "truth": 5, "forced": 5} | change
    first, truth = torch.zeros(SIGNALS, VALUES), sizes["truth"]
    with pytest.raises(ValueError, match=message):
        network(dtype=torch.float32)(
            first,
            sizes["steps"],
            known=torch.zeros(SIGNALS, sizes["known"], KNOWN),
            truth=None if truth is None else torch.zeros(SIGNALS, truth, VALUES),
            forced=torch.ones(sizes["forced"], dtype=torch.bool),
        )


def test_a_network_of_no_layer_is_refused():
    with pytest.raises(ValueError, match="layers must be at least 1, got 0"):
        FeedbackLstm(1, 0, 4, 0)
