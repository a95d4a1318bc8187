"""Long work on many samples, alone or in company."""

import torch

from latentloom.data.parts import one_thread


def test_work_on_one_thread_gives_the_others_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
