"""What every test gets."""

from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)  # the parts are tiny: threads would only wait for one another

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real data beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real data in {SHARED}, which this clone does not have")
    return SHARED
