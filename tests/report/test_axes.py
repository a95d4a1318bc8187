import numpy as np
import pytest

from latentloom.report.axes import Axis, labels


@pytest.mark.parametrize("low", [-7.3, 0.0, 2e5, 1e-7])
@pytest.mark.parametrize("span", [1e-6, 0.3, 1.0, 47.0, 1e7])
def test_ticks_are_inside_and_neither_few_nor_many(low, span):
    axis = Axis(low, low + span, 0.0, 100.0)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 7
    assert (axis(np.array(ticks)) >= 0 - 1e-3).all()
    assert (axis(np.array(ticks)) <= 100 + 1e-3).all()


def test_ends_are_where_they_belong():
    axis = Axis(2.0, 4.0, 100.0, 0.0)
    assert axis(np.array([2.0, 3.0, 4.0])).tolist() == [100.0, 50.0, 0.0]


def test_decades_are_ticks_of_a_logarithmic_axis():
    axis = Axis(0.005, 20.0, 0.0, 1.0, logarithmic=True)
    assert axis.ticks() == pytest.approx([0.01, 0.1, 1.0, 10.0])
    assert np.isnan(axis(np.array([-1.0]))).all()


def test_less_than_a_decade_has_plain_ticks():
    assert Axis(2.0, 4.0, 0.0, 1.0, logarithmic=True).ticks() == [2.0, 2.5, 3.0, 3.5, 4.0]


@pytest.mark.parametrize("values", [[], [3.0], [0.0, 0.0], [np.nan, 5.0]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_an_axis_always_has_two_ends(values, logarithmic):
    axis = Axis.around([np.array(values)], 0.0, 1.0, logarithmic=logarithmic)
    assert axis.low < axis.high
    assert len(axis.ticks()) >= 2


def test_labels_stay_short():
    assert labels([0.0, 2.5e6, 5e6]) == ["0", "2.5M", "5M"]
    assert labels([1e-6, 1e-5]) == ["1e-6", "1e-5"]
    assert labels([-0.5, 0.0, 0.5]) == ["-0.5", "0", "0.5"]
    assert labels([2e13, 1e15]) == ["2e13", "1e15"]
    assert labels([0.01, 1.0, 100.0, 1e4]) == ["0.01", "1", "100", "10k"]
    assert labels([1e-5, 1e-3, 0.1]) == ["1e-5", "1e-3", "0.1"]
    assert labels([]) == []
