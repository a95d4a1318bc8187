"""An inspection counts what a reader of a file wants to know first."""

import numpy as np
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import Columns, write
from latentloom.data.inspect import fingerprint, inspect


def test_ranges_lengths_labels_and_groups_are_found(full, tmp_path):
    write(full, tmp_path / "a.npz")
    found = inspect(tmp_path / "a.npz")
    assert (found.format, found.samples, found.lengths, found.groups) == ("npz", 7, (1, 5, 6), 4)
    assert found.categories == {"material": {"3C92": 4, "ML95S": 3}}
    voltage = found.facts[0]
    assert (voltage.name, voltage.unit) == ("series voltage", "V")
    assert voltage.shape == (int(full.lengths.sum()),)
    assert voltage.greatest == full.series[..., 0][full.context().mask].max()


def test_missing_values_and_constant_channels_are_found(tmp_path):
    np.savez(tmp_path / "a.npz", x=[[1.0, np.nan], [2.0, np.inf]], c=[[3.0, 3.0], [3.0, 3.0]])
    x, c = inspect(tmp_path / "a.npz", columns=Columns(series=("x", "c"))).facts
    assert (x.missing, x.least, x.greatest, x.constant) == (2, 1.0, 2.0, False)
    assert (c.missing, c.constant) == (0, True)


def test_equal_samples_and_near_twins_are_found(tmp_path):
    shapes = torch.randn(6, 50, 1)
    copies = [shapes, shapes[:2], 3 * shapes[2:4] + 1, shapes[4:5] + 0.001]
    dataset = Dataset(schema=Schema(series=(Quantity("u"),)), series=torch.cat(copies))
    write(dataset, tmp_path / "a.npz")
    twins = inspect(tmp_path / "a.npz").twins
    assert twins.exact == 2
    assert (twins.looked_at, twins.near) == (11, 10)


def test_arrays_of_unknown_roles_are_described_each_by_itself(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3)), name=np.array(["a", "b"]))
    found = inspect(tmp_path / "a.npz")
    assert [facts.name for facts in found.facts] == ["x", "name"]
    assert ("name", "2; no numbers") in found.rows()
    assert found.twins is None


def test_rows_are_pairs_of_words(full, tmp_path):
    write(full, tmp_path / "folder")
    rows = dict(inspect(tmp_path / "folder").rows())
    assert rows["samples"] == "7, each one period"
    assert rows["steps"] == "1 to 6, median 5"
    assert rows["material"] == "3C92 (4), ML95S (3)"
    assert " Hz, mean " in rows["condition frequency"]


def test_fingerprints_differ_where_contents_do(tmp_path):
    for name, text in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "s.csv").write_text(text)
    a, b, c = (fingerprint(tmp_path / name) for name in "abc")
    assert a == b != c
    assert len(a) == 64


def test_single_values_in_an_archive_are_described_too(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3)), origin=np.array("9a1e"), rate=np.array(0.5))
    told = {fact.name: fact for fact in inspect(tmp_path / "a.npz").facts}
    assert told["rate"].greatest == 0.5
    assert {"x", "origin"} <= told.keys()
