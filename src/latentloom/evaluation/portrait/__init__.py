"""What two populations look like beside each other, as plain arrays to be drawn."""

from .content import Bundle, Case, Channel, Cloud, Correlations, Pair, Portrait
from .gathered import portrait
from .latent_space import Latents, LatentSpace, Numbered, latent_space
from .movements import PAIRS, Couple, Movements, Trace, movements

__all__ = [
    "PAIRS",
    "Bundle",
    "Case",
    "Channel",
    "Cloud",
    "Correlations",
    "Couple",
    "LatentSpace",
    "Latents",
    "Movements",
    "Numbered",
    "Pair",
    "Portrait",
    "Trace",
    "latent_space",
    "movements",
    "portrait",
]
