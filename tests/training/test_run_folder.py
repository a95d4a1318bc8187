import pytest
import torch

from latentloom.core.errors import RunError
from latentloom.core.files import write_atomically
from latentloom.training.run_folder import RunFolder, read_tensors, write_tensors


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")

    def fail(temporary):
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_tensors_come_back_as_they_went(tmp_path):
    write_tensors(tmp_path / "a.pt", {"kind": "model", "x": torch.arange(3), "n": 1.5})
    value = read_tensors(tmp_path / "a.pt", kind="model")
    assert torch.equal(value["x"], torch.arange(3))
    assert value["n"] == 1.5


def test_a_checkpoint_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.pt"
    write_tensors(path, {"kind": "model", "x": torch.zeros(1000)})
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RunError, match=r"a\.pt: must be a complete checkpoint .*cut short"):
        read_tensors(path, kind="model")


def test_another_kind_of_file_is_refused(tmp_path):
    write_tensors(tmp_path / "a.pt", {"kind": "checkpoint"})
    with pytest.raises(RunError, match="must be a latentloom model, got checkpoint"):
        read_tensors(tmp_path / "a.pt", kind="model")


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(RunError, match="no such file exists"):
        read_tensors(tmp_path / "a.pt", kind="model")


class Trap:
    def __reduce__(self):
        return (print, ("executed",))


def test_nothing_is_executed_by_loading(tmp_path, capsys):
    torch.save({"kind": "model", "x": Trap()}, tmp_path / "a.pt")
    with pytest.raises(RunError, match="tensors and plain values"):
        read_tensors(tmp_path / "a.pt", kind="model")
    assert "executed" not in capsys.readouterr().out


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(RunError, match="must be new or empty, and it exists; choose another -o"):
        RunFolder(tmp_path).create()
    assert (tmp_path / "mine.txt").read_text() == "precious"
