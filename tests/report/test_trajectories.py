"""Movements without labels, and latents beside each other."""

import re
from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.population import Population
from latentloom.evaluation.portrait import Latents, latent_space, movements
from latentloom.report import Report, render
from latentloom.report.latent_space import latent_section, match_line
from latentloom.report.trajectories import trajectory_key, trajectory_section


def paths(size, seed, scale=1.0):
    rng = np.random.default_rng(seed)
    places = scale * rng.normal(size=(size, 30, 2)).cumsum(1)
    time = np.broadcast_to(8.0 * np.arange(30)[:, None], (size, 30, 1))
    return Population(
        values=np.concatenate([time, places], -1), lengths=rng.integers(10, 31, size)
    )


@pytest.fixture(scope="module")
def shown():
    return movements(paths(40, 0), paths(40, 1))


def strokes(drawing):
    """The paths of a drawing as points."""
    found = re.findall(r'<path d="M([^"]*)" fill="none"', drawing)
    return [np.array([p.split() for p in d.split("L")], dtype=float) for d in found]


def test_each_movement_is_drawn_once_and_nothing_says_which_is_real(shown):
    drawing = trajectory_section(shown)
    assert drawing.count("<figure>") == 12
    assert len(strokes(drawing)) == 24
    assert len(set(re.findall(r'stroke="(#\w+)" stroke-width="1.2"', drawing))) == 1
    assert not re.search("made<|real<", drawing)


def test_the_key_tells_what_the_lot_decided(shown):
    said = re.search(r"<p>(\d+[ab](, \d+[ab])+)</p>", trajectory_key(shown))[1].split(", ")
    assert [pair[-1] for pair in said] == ["ab"[couple.real] for couple in shown.couples]
    assert 0 < sum(couple.real for couple in shown.couples) < 12


def test_the_real_one_is_where_the_key_says():
    """Real movements are a hundred times as large."""
    found = movements(paths(40, 0, scale=100.0), paths(40, 1))
    for couple in found.couples:
        sizes = [np.ptp(trace.path) for trace in couple.traces]
        assert int(np.argmax(sizes)) == couple.real


def test_all_are_drawn_to_one_scale_within_their_halves(shown):
    drawn = strokes(trajectory_section(shown))
    traces = [trace for couple in shown.couples for trace in couple.traces]
    sizes = [np.ptp(trace.path, axis=0).max() for trace in traces]
    ratios = [np.ptp(d, axis=0).max() / s for d, s in zip(drawn, sizes, strict=True)]
    assert ratios == pytest.approx([ratios[0]] * 24, rel=0.05)
    for side, d in zip([0, 1] * 12, drawn, strict=True):
        assert 190 * side < d[:, 0].min() < d[:, 0].max() < 190 * (side + 1)
        assert 0 < d[:, 1].min() < d[:, 1].max() < 176


def test_dots_are_places_at_equal_times():
    time = np.array([0.0, 100, 300, 1400])
    values = np.stack([time, time / 10, 0 * time], -1)[None]
    one = Population(values=values)
    found = movements(one, one)
    assert found.spacing == 100
    for trace in found.couples[0].traces:
        assert trace.dots[:, 0] == pytest.approx(10.0 * np.arange(15))


def test_a_path_whose_second_coordinate_grows_upward_is_turned(shown):
    up = replace(shown, downward=False)
    one, other = (strokes(trajectory_section(s))[0] for s in (shown, up))
    assert one[:, 0] == pytest.approx(other[:, 0])
    assert one[:, 1] + other[:, 1] == pytest.approx(np.full(len(one), 158), abs=0.21)


def test_movements_that_stand_still_can_be_drawn():
    still = Population(values=np.zeros((3, 5, 3)))
    assert "nan" not in trajectory_section(movements(still, still))


@pytest.fixture(scope="module")
def space():
    rng = np.random.default_rng(0)
    parts = [Latents(z=z, scores=z[:, 0]) for z in rng.normal(size=(3, 60, 5))]
    return latent_space(*parts)


def test_latents_have_maps_values_and_scores(space):
    captions = re.findall("<figcaption>(.*?)</figcaption>", latent_section(space))
    assert captions[:2] == ["PCA", "t-SNE"]
    assert sum(caption.startswith("Number") for caption in captions) == 5
    assert captions[-1] == "Scores of the critic"
    assert "critic" not in latent_section(replace(space, scores=None))


def test_the_match_is_said_in_words(space):
    found = replace(space.match, mmd=0.02, floor=0.03)
    assert "0.020 is close enough" in match_line(found)
    assert "is too far" in match_line(replace(found, mmd=0.2))


def test_the_key_comes_last_on_the_page(shown, space):
    page = render(Report(title="try", latents=space, movements=shown))
    heads = re.findall("<h2>(.*?)</h2>", page)
    assert heads == ["Which are real?", "Latent space", "Key to the movements"]


def test_a_page_without_them_says_nothing_of_them():
    assert "Latent space" not in render(Report(title="try"))
    assert trajectory_section(None) == trajectory_key(None) == latent_section(None) == ""
