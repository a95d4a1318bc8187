"""The number format of a forward pass."""

from collections.abc import Mapping
from contextlib import nullcontext

import torch
from torch import Tensor

from ..core.roles import Outputs

FORMATS = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """Casts a forward pass down, and its outputs up again.

    Args:
        name: `float32`, `bfloat16`, `float16`, or `auto` for bfloat16 where the hardware
            computes in it.
        device: Where the parts are.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        if name == "auto":
            name = "bfloat16" if _computes_in_bfloat16(device) else "float32"
        self.dtype = FORMATS[name]
        self.device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=name == "float16")

    def context(self) -> torch.autocast | nullcontext[None]:
        """The block in which a forward pass runs."""
        if self.dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def raised(self, outputs: Outputs) -> Mapping[str, Tensor]:
        """The outputs in float32, in which every objective computes."""
        if self.dtype is None:
            return outputs
        return {n: t.float() if t.is_floating_point() else t for n, t in outputs.items()}


def _computes_in_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
