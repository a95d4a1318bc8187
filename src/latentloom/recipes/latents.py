"""The latents of signals, in memory and in files."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from ..core.errors import DataError
from ..core.files import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The latents of signals.

    Args:
        z: What the decoder reads.
        codes: The same as integers, where the bottleneck is discrete.
    """

    z: Float[np.ndarray, "N S D"]
    codes: Int[np.ndarray, "N S K"] | None = None


def check_latents(
    latents: Encoded | Int[np.ndarray, "..."], dim: int, levels: Sequence[int]
) -> int:
    """Checks that a representation can decode latents, and counts the samples.

    Args:
        latents: What `encode` returned, or codes.
        dim: Features of a latent step.
        levels: Codes of each book.

    Raises:
        DataError: If it cannot.
    """
    if isinstance(latents, Encoded):
        if latents.z.shape[-1] != dim:
            problem = f"must have {dim} features a step, got {latents.z.shape[-1]}"
            raise DataError("latents", problem)
        return len(latents.z)
    if latents.ndim != 3 or latents.shape[-1] != len(levels):
        problem = f"must be samples x steps x {len(levels)} books, got shape {latents.shape}"
        raise DataError("codes", problem)
    wrong = np.argwhere((latents < 0) | (latents >= np.array(levels)))
    if len(wrong):
        row, step, book = wrong[0].tolist()
        problem = f"must be in [0, {levels[book]}) for book {book}"
        raise DataError("codes", f"{problem}, got {latents[row, step, book]} in sample {row}")
    return len(latents)


def save_latents(latents: Encoded, path: Path) -> None:
    """Writes latents as .npz.

    Raises:
        DataError: If the file exists, or ends otherwise.
    """
    if path.suffix != ".npz" or path.exists():
        raise DataError(str(path), "must be a new file that ends in .npz")

    def save(temporary: Path) -> None:
        if latents.codes is None:
            np.savez(temporary, z=latents.z)
        else:
            np.savez(temporary, z=latents.z, codes=latents.codes)

    write_atomically(path, save)


def load_latents(path: Path) -> Encoded:
    """Reads what `save_latents` wrote.

    Raises:
        DataError: If it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            z, codes = file["z"], file.get("codes")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, FileNotFoundError):
            raise
        problem = "must be latents as `encode` writes them, and cannot be read"
        raise DataError(str(path), problem) from error
    if z.dtype.kind != "f" or z.ndim != 3 or not np.isfinite(z).all():
        problem = "z must be samples x latent steps x features of finite numbers"
        raise DataError(str(path), f"{problem}, got {z.dtype} {z.shape}")
    return Encoded(z=z, codes=codes)
