"""Modules that torch.compile is to leave as they are."""

from torch import nn


class Uncompiled(nn.Module):
    """Base of modules whose work cannot be traced.

    A phase with `compile` shuts them off when it begins. The decorator `torch.compiler.disable`
    would load the compiler wherever the module is defined, which takes every command seconds.
    """
