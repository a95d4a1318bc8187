import re

import numpy as np

from latentloom.report.axes import Axis
from latentloom.report.content import Figure, Line
from latentloom.report.svg import BLUE, Frame, Stroke, bars, curve, plot

SQUARE = Frame(Axis(0.0, 1.0, 0.0, 100.0), Axis(0.0, 1.0, 100.0, 0.0), "x", "y")


def path(markup):
    return re.search(' d="([^"]*)"', markup)[1]


def test_a_line_goes_through_its_points():
    drawn = curve(SQUARE, np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 0.5]), Stroke(BLUE))
    assert path(drawn) == "M0.0 100.0L50.0 0.0L100.0 50.0"


def test_what_is_not_finite_leaves_a_gap():
    x = np.linspace(0, 1, 5)
    drawn = curve(SQUARE, x, np.array([0.0, 0.0, np.nan, 1.0, 1.0]), Stroke(BLUE))
    assert path(drawn) == "M0.0 100.0L25.0 100.0M75.0 0.0L100.0 0.0"


def test_a_long_line_is_thinned_but_keeps_its_peak():
    x = np.linspace(0, 1, 50_000)
    y = np.zeros(50_000)
    y[33_333] = 1.0
    drawn = path(curve(SQUARE, x, y, Stroke(BLUE)))
    assert drawn.count("L") < 1300
    assert " 0.0" in drawn


def test_a_single_point_is_a_dot():
    line = Line(name="loss", x=np.array([1.0]), y=np.array([0.5]))
    assert "<circle" in plot(Figure(title="one", x="epoch", y="loss", lines=(line,)))


def test_bars_fall_from_left_to_right():
    drawn = bars("use", np.array([1, 5, 3]), ("codes", "uses"))
    heights = [
        float(y) for y in re.findall(r"L[\d.]+ ([\d.]+)", path(drawn[drawn.rindex("<path") :]))
    ]
    assert heights[:-1] == sorted(heights[:-1])
