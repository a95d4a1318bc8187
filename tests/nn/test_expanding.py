import math

import pytest
import torch

from latentloom.nn.expanding import (
    Clock,
    PerceptronExpansion,
    RecurrentExpansion,
    RepeatExpansion,
)
from latentloom.nn.own_time import OwnTimeExpansion, at_points, at_steps

EXPANSIONS = {
    "mlp": lambda: PerceptronExpansion(3, 5, 40, hidden=7, layers=2),
    "one layer": lambda: PerceptronExpansion(3, 5, 40, hidden=7, layers=1),
    "lstm": lambda: RecurrentExpansion(3, 5, 40, hidden=7, layers=2),
    "feedback": lambda: RecurrentExpansion(3, 5, 40, hidden=7, layers=2, feedback="on"),
    "repeat": lambda: RepeatExpansion(3, 5),
    "own time": lambda: OwnTimeExpansion(3, 5, points=4, hidden=7, layers=1),
}
LENGTHS = torch.tensor([9, 4, 2, 1])


@pytest.fixture(params=EXPANSIONS)
def expansion(request):
    return EXPANSIONS[request.param]()


def test_a_step_does_not_depend_on_how_many_there_are(expansion):
    z = torch.randn(4, 3)
    torch.testing.assert_close(expansion(z, 40, LENGTHS)[:, :9], expansion(z, 9, LENGTHS))


def test_signals_do_not_depend_on_each_other(expansion):
    z = torch.randn(4, 3)
    torch.testing.assert_close(expansion(z, 9, LENGTHS)[2:3], expansion(z[2:3], 9, LENGTHS[2:3]))


def test_every_parameter_and_the_vector_get_a_gradient(expansion):
    z = torch.randn(4, 3, requires_grad=True)
    expansion(z, 9, LENGTHS).square().sum().backward()
    assert z.grad.ne(0).all()
    assert not [n for n, p in expansion.named_parameters() if p.grad is None or not p.grad.any()]


def test_all_but_repetition_tell_steps_apart(expansion):
    apart = expansion(torch.randn(1, 3), 9, LENGTHS[:1]).diff(dim=1).abs().sum(-1) > 0
    assert apart.all() != isinstance(expansion, RepeatExpansion)


def test_a_fused_memory_is_one_that_goes_step_by_step():
    expansion, z = EXPANSIONS["lstm"](), torch.randn(4, 3)
    begun = expansion.start(z).view(4, 2, 2, 7)
    state = [begun[:, i].transpose(0, 1).contiguous() for i in range(2)]
    made = []
    for place in expansion.clock(9):
        said, state = expansion.cells((expansion.enter(z) + place)[:, None], tuple(state))
        made.append(expansion.leave(said))
    torch.testing.assert_close(torch.cat(made, 1), expansion(z, 9, LENGTHS))


def test_the_clock_has_waves_from_four_steps_to_four_times_all():
    clock = Clock(25, 32)
    clock.see.weight.data = torch.eye(32)
    told = clock(25)
    steps = torch.arange(25.0)
    torch.testing.assert_close(told[:, 0], (math.pi / 2 * steps).sin(), atol=1e-5, rtol=0)
    torch.testing.assert_close(told[:, 31], (2 * math.pi / 100 * steps).cos(), atol=1e-5, rtol=0)
    assert torch.cdist(told, told).add(torch.eye(25)).min() > 0.1


def test_what_lies_straight_between_points_comes_back_from_them():
    torch.manual_seed(0)
    points = torch.randn(4, 3, 2)
    lengths = torch.tensor([5, 9, 3, 11])  # each has a step at every point
    steps = at_steps(points, lengths, 12)
    torch.testing.assert_close(at_points(steps, lengths, 3), points)


def test_a_signal_of_one_step_is_at_all_points_what_it_is():
    x = torch.tensor([[[4.0], [99.0]]])
    assert at_points(x, torch.tensor([1]), 3).flatten().tolist() == [4, 4, 4]
    assert at_steps(torch.tensor([[[4.0], [7.0]]]), torch.tensor([1]), 1).item() == 4
