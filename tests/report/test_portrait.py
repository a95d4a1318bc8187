"""The drawings of a portrait."""

import re

import numpy as np
import pytest

from latentloom.evaluation.two_sample import TwoSample
from latentloom.report.content import Kept
from latentloom.report.heatmap import colour, heatmap
from latentloom.report.html import joined
from latentloom.report.latents import latent_verdicts
from latentloom.report.portrait import portrait_sections
from latentloom.report.scatter import scatter


@pytest.fixture(scope="module")
def drawn(portrait):
    return joined(portrait_sections(portrait))


def test_every_view_has_a_section(drawn):
    assert re.findall("<h2>(.*?)</h2>", drawn) == [
        "Side by side",
        "Values",
        "Memory",
        "Rhythm",
        "Between channels",
        "All signals at once",
        "By condition",
        "Lengths",
    ]


def test_every_section_says_what_to_look_for(drawn):
    sections = re.findall("<section>(.*?)</section>", drawn)
    assert all('<p class="note">' in section for section in sections)


def test_real_and_made_differ_in_more_than_colour(drawn):
    values = drawn[drawn.index("Values") : drawn.index("Memory")]
    figures = re.findall("<figure>(.*?)</figure>", values)
    assert figures
    for figure in figures:
        lines = re.findall(r'<path[^>]*stroke-width="1.8"[^>]*>', figure)
        assert ["dasharray" in line for line in lines] == [False, True]


@pytest.mark.parametrize(("p", "words"), [(0.002, "are not draws"), (0.4, "cannot tell")])
def test_the_test_is_said_in_words(portrait, p, words):
    found = TwoSample(value=0.1, floor=0.05, p=p, real=9, made=8, groups=17)
    other = type(portrait)(
        real=9, made=8, channels=portrait.channels, width=3, clouds=portrait.clouds, test=found
    )
    text = joined(portrait_sections(other))
    assert words in text
    assert f"p = {p:.3f}, 9 real and 8 made signals in 17 groups" in text


def test_a_correlation_that_is_not_defined_is_hatched():
    matrix = np.array([[1.0, np.nan], [np.nan, -0.5]])
    drawing = heatmap("correlations", matrix, ("a", "b"), 1.0)
    assert drawing.count("#9aa2ab") == 3
    assert "nan" not in drawing
    assert ">-0.50</text>" in drawing


def test_colours_are_even_around_zero():
    assert colour(0.0, 0.3) == "#ffffff"
    assert colour(-0.3, 0.3) == colour(-9.0, 0.3) != colour(0.3, 0.3)


@pytest.mark.parametrize("channels", [1, 9, 25, 60])
def test_a_matrix_of_any_size_has_room_for_its_names(channels):
    names = [f"a long name {i}" for i in range(channels)]
    drawing = heatmap("correlations", np.eye(channels), names, 1.0)
    height = float(re.search(r'viewBox="0 0 380 ([\d.]+)"', drawing)[1])
    assert max(float(y) for y in re.findall(r' y="([\d.]+)"', drawing)) < height


def test_a_far_point_does_not_squeeze_the_others():
    points = np.random.default_rng(0).normal(size=(500, 2))
    points[0] = 1e6
    drawing = scatter("cloud", points, points[1:], ("x", "y"))
    places = [float(x) for x in re.findall(r"M([\d.]+) ", drawing)]
    assert np.std(places) > 30


def kept(*spread):
    found = np.array(spread)
    return Kept(name="bottleneck", divergence=found**2, spread=found)


@pytest.mark.parametrize(
    ("spread", "mood"), [((1.0, 0.8), "good"), ((1.0, 0.0, 0.0), "unsure"), ((0.0, 0.01), "bad")]
)
def test_a_latent_that_says_nothing_is_told(spread, mood):
    (found,) = latent_verdicts([kept(*spread)])
    assert found.mood == mood
    assert f"of {len(spread)} features are active" in found.text
