"""The latents of signals, in memory and in files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from ..core.batch import Latent
from ..core.errors import DataError
from ..core.files import arrays_in, write_atomically
from ..core.roles import Representation


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The latents of signals.

    Args:
        z: What the decoder reads.
        codes: The same as integers, where the bottleneck is discrete.
        lengths: How many steps of each signal are real, where they differ.
        origin: Names the weights of the representation that they are of, "" if unknown.
    """

    z: Float[np.ndarray, "N S D"]
    codes: Int[np.ndarray, "N S K"] | None = None
    lengths: Int[np.ndarray, " N"] | None = None
    origin: str = ""


def origin_of(representation: Representation) -> str:
    """Names the weights of a representation: equal ones have equal names."""
    found = hashlib.sha256()
    for name, weight in representation.state_dict().items():
        found.update(name.encode())
        found.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def check_origin(
    latents: Encoded | Int[np.ndarray, "..."], representation: Representation, run: Path
) -> None:
    """Checks that latents were made by the representation that is to decode them.

    Latents that do not say where they come from are believed.

    Args:
        latents: What `encode` returned, or codes.
        representation: What is to decode them.
        run: The folder of its run.

    Raises:
        DataError: If another one made them.
    """
    if not isinstance(latents, Encoded) or not latents.origin:
        return
    own = origin_of(representation)
    if latents.origin != own:
        raise DataError(
            "latents",
            f"must be of the model in {run}, {own}, got those of another, {latents.origin};"
            " decode them with the run that encoded them",
        )


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


def latent_of(
    latents: Encoded | Int[np.ndarray, "N S K"],
    representation: Representation,
    first: int,
    size: int,
) -> Latent:
    """Some of the latents as a decoder reads them, by their codes if there is nothing else."""
    rows = slice(first, first + size)
    if isinstance(latents, Encoded):
        return Latent(z=torch.as_tensor(latents.z[rows]).float())
    device = next(iter(representation.state_dict().values())).device
    return representation.look_up(torch.as_tensor(latents[rows]).long().to(device))


def save_latents(latents: Encoded, path: Path) -> None:
    """Writes latents as .npz.

    Raises:
        DataError: If the file exists, or ends otherwise.
    """
    if path.suffix != ".npz" or path.exists():
        raise DataError(str(path), "must be a new file that ends in .npz")

    def save(temporary: Path) -> None:
        found: dict[str, Any] = {"codes": latents.codes, "lengths": latents.lengths}
        there = {name: array for name, array in found.items() if array is not None}
        np.savez(temporary, z=latents.z, origin=np.array(latents.origin), **there)

    write_atomically(path, save)


def load_latents(path: Path) -> Encoded:
    """Reads what `save_latents` wrote.

    Raises:
        DataError: If it is no such file.
    """
    try:
        arrays = arrays_in(path)
        z, codes, lengths = arrays["z"], arrays.get("codes"), arrays.get("lengths")
        origin = str(arrays.get("origin", ""))
    except (ValueError, KeyError) as error:
        problem = "must be latents as `encode` writes them, and cannot be read"
        raise DataError(str(path), problem) from error
    if z.dtype.kind != "f" or z.ndim != 3 or not np.isfinite(z).all():
        problem = "z must be samples x latent steps x features of finite numbers"
        raise DataError(str(path), f"{problem}, got {z.dtype} {z.shape}")
    if lengths is not None and (lengths.dtype.kind not in "iu" or lengths.shape != z.shape[:1]):
        problem = f"lengths must be {len(z)} whole numbers, one for each sample of z"
        raise DataError(str(path), f"{problem}, got {lengths.dtype} {lengths.shape}")
    return Encoded(z=z, codes=codes, lengths=lengths, origin=origin)
