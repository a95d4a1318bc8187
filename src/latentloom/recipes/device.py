"""Where parts are computed."""

import torch

from ..core.errors import RunError


def chosen_device(name: str) -> torch.device:
    """The device of that name; `auto` takes a GPU if there is one.

    Raises:
        RunError: If there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        if device.type not in ("cpu", "cuda"):
            raise RuntimeError(f"{name} is another kind of device")
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise RunError(name, "must be auto, cpu or cuda, and a device of this machine") from error
    return device
