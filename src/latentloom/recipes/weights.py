"""How many numbers the parts of a system hold."""

from torch import nn

from ..core.system import System


def weights_told(system: System) -> tuple[str, ...]:
    """A sentence for each part that has weights.

    Counted are all numbers that a model's file holds of it: those that training moves by a
    gradient, and the running statistics of norms and codebooks.
    """
    parts = {name: system.get_submodule(name) for name in system.names}
    return tuple(f"{name}: {_told(part)}" for name, part in parts.items() if _held(part))


def _told(part: nn.Module) -> str:
    moved = sum(parameter.numel() for parameter in part.parameters())
    return f"{_grouped(_held(part))} weights, {_grouped(moved)} of them moved by the gradient"


def _held(part: nn.Module) -> int:
    tensors = part.state_dict().values()
    return sum(tensor.numel() for tensor in tensors if tensor.is_floating_point())


def _grouped(number: int) -> str:
    """A number with its thousands set apart.

    Example:
        >>> _grouped(1595416)
        '1 595 416'
    """
    return f"{number:,}".replace(",", " ")
