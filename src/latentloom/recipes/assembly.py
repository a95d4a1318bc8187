"""Puts parts together: what neighbours know, they tell each other here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..core.roles import (
    Bottleneck,
    Constraint,
    Critic,
    Decoder,
    Encoder,
    Generator,
    LatentGenerator,
    Predictor,
)
from ..core.system import System
from ..data.dataset import Schema
from ..data.transforms import LAW, Undo
from ..generators.latent_gan import LatentGan
from ..representations.autoencoder import Autoencoder
from .build import Builder, Unbuilt
from .models import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoencoding:
    """A representation of signals.

    Args:
        encoder: Maps signals to features.
        bottleneck: Decides what of the features a latent may keep.
        decoder: Maps latents back to signals.
    """

    encoder: Encoder
    bottleneck: Bottleneck
    decoder: Decoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a system is made of; at least one of base and representation.

    Args:
        constraint: What every signal that leaves the system obeys.
        base: Predicts signals from their context alone; the other parts stand for what
            it leaves over.
        representation: Maps signals to latents and back.
        generator: Draws latents, by their codes or as they are.
        critic: Scores latents, for a generator that learns from its scores.
    """

    constraint: Constraint | None = None
    base: Predictor | None = None
    representation: Autoencoding | None = None
    generator: Generator | None = None
    critic: Critic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the data tells the parts.

    Args:
        channels: How many channels a signal has.
        drive: How many drive channels there are.
        conditions: How many scalars are known of each signal.
        known_steps: How many leading steps of a signal are known before the others.
        padding: What lies beyond the ends of a signal.
        law: The drive channel that holds the physics law's signal, or -1.
        spans: How many channels each span of the signal has; one of all channels
            where none are set apart.
        origins: The family that each channel is a feature of, "" if of none, and its time
            step there.
        layout: The spans by name, and how many channels each has; empty where none are set
            apart.
        undo: Gives signals the units of their files, once the transforms are fitted.
    """

    channels: int
    drive: int
    conditions: int
    known_steps: int
    padding: Literal["circular", "zeros"]
    law: int
    spans: tuple[int, ...]
    origins: tuple[tuple[str, int], ...]
    layout: Mapping[str, int]
    undo: Undo | None = None

    @classmethod
    def of(cls, schema: Schema, undo: Undo | None = None) -> "Sizes":
        """The sizes of data that is ready for the parts, and the way back to its files."""
        drive = schema.names("drive")
        return cls(
            channels=len(schema.series),
            drive=len(drive),
            conditions=len(schema.condition),
            known_steps=schema.start,
            padding="circular" if schema.periodic else "zeros",
            law=drive.index(LAW) if LAW in drive else -1,
            spans=tuple(schema.spans.values()) or (len(schema.series),),
            origins=tuple(_origin(name) for name in schema.names("series")),
            layout=dict(schema.spans),
            undo=undo,
        )

    def given(self, base: object = None) -> dict[str, Any]:
        """Constructor arguments by name, for a part that may see a base's prediction."""
        seen = self.drive + (0 if base is None else self.channels)
        return {
            "channels": self.channels,
            "drive": seen,
            "conditions": self.conditions,
            "known_steps": self.known_steps,
            "padding": self.padding,
            "law": self.law,
            "spans": self.spans,
            "origins": self.origins,
        }


def _origin(name: str) -> tuple[str, int]:
    """The family in `family/feature@step`, and the step."""
    family, slash, feature = name.partition("/")
    step = re.search(r"@(\d+)$", feature)
    return family if slash else "", int(step[1]) if step else 0


def assemble(builder: Builder, parts: Call, sizes: Sizes) -> System | Unbuilt:
    """The system that a recipe's parts make.

    Args:
        builder: Collects what goes wrong.
        parts: The section `parts` of a recipe.
        sizes: What the data tells.
    """
    settings: Any = parts
    if settings.base is None and settings.representation is None:
        return builder.refuse("parts", "must have a base or a representation, got neither")
    constraint = builder.make(settings.constraint, "parts.constraint", **sizes.given())
    base = builder.make(settings.base, "parts.base", **sizes.given())
    given = sizes.given(base)
    representation = _representation(builder, settings.representation, given)
    generator = _generator(builder, settings.generator, representation, given)
    critic = _critic(builder, settings.critic, generator, representation, given)
    if isinstance(constraint, Unbuilt) or isinstance(base, Unbuilt):
        return Unbuilt()
    if isinstance(representation, Unbuilt) or isinstance(generator, Unbuilt):
        return Unbuilt()
    if isinstance(critic, Unbuilt):
        return Unbuilt()
    return System(
        channels=sizes.channels,
        constraint=constraint,
        base=base,
        representation=representation,
        generator=generator,
        critic=critic,
    )


def _representation(
    builder: Builder, settings: Any, given: dict[str, Any]
) -> Autoencoder | Unbuilt | None:
    if settings is None:
        return None
    path = "parts.representation"
    encoder = builder.make(settings.encoder, f"{path}.encoder", **given)
    width = getattr(encoder, "width", encoder)
    bottleneck = builder.make(
        settings.bottleneck, f"{path}.bottleneck", width=width, spans=given["spans"]
    )
    dim = getattr(bottleneck, "shown", bottleneck)
    shares = getattr(bottleneck, "shares", bottleneck)
    decoder = builder.make(settings.decoder, f"{path}.decoder", dim=dim, shares=shares, **given)
    if any(isinstance(part, Unbuilt) for part in (encoder, bottleneck, decoder)):
        return Unbuilt()
    try:
        return Autoencoder(encoder=encoder, bottleneck=bottleneck, decoder=decoder)
    except ValueError as error:
        return builder.refuse(path, str(error))


def _generator(
    builder: Builder, settings: Any, representation: Any, given: dict[str, Any]
) -> Generator | Unbuilt | None:
    path = "parts.generator"
    if settings is None:
        return None
    if representation is None:
        return builder.refuse(path, "must come with a representation whose latents it draws")
    levels = getattr(representation, "levels", representation)
    if not isinstance(representation, Unbuilt):
        problem = _mismatch(settings.constructor, representation)
        if problem:
            return builder.refuse(path, problem)
    own = {"levels": levels, "dim": levels, "stride": levels}
    if not isinstance(representation, Unbuilt):
        own |= {"dim": representation.dim, "stride": representation.stride}
    made = builder.make(settings, path, **own, **given)
    if isinstance(made, LatentGan) and isinstance(representation, Autoencoder):
        return _within(builder, made, representation.bottleneck)
    return made


def _within(builder: Builder, generator: LatentGan, bottleneck: Bottleneck) -> LatentGan | Unbuilt:
    """A generator, unless latents may lie beyond its bounds."""
    if generator.bound == "none" or bottleneck.bounded:
        return generator
    kind = type(bottleneck).__name__
    return builder.refuse(
        "parts.generator.bound",
        f"must be none where latents are not bounded, and those of the bottleneck {kind} are not"
        f" held in [-1, 1]; got {generator.bound!r}; set parts.generator.bound=none, or"
        " parts.representation.bottleneck.bound=tanh where it has a bound",
    )


def _critic(
    builder: Builder,
    settings: Any,
    generator: Any,
    representation: Any,
    given: dict[str, Any],
) -> Critic | Unbuilt | None:
    path = "parts.critic"
    if settings is None:
        return None
    if isinstance(generator, Unbuilt) or isinstance(representation, Unbuilt):
        return Unbuilt()
    if not isinstance(generator, LatentGenerator):
        return builder.refuse(path, "must come with a generator of continuous latents to score")
    own = {"dim": representation.dim, "stride": representation.stride}
    return builder.make(settings, path, **own, **given)


def _mismatch(generator: type[Generator], representation: Autoencoder) -> str:
    """Why a generator cannot draw the latents of a representation; "" if it can."""
    kind = type(representation.bottleneck).__name__
    draws_codes = not issubclass(generator, LatentGenerator)
    if draws_codes and not representation.levels:
        return (
            f"must have codes to draw, and the bottleneck {kind} has none; take a quantized or"
            " scalar one, or a generator of latents such as gaussian_mixture"
        )
    if not draws_codes and representation.levels:
        return (
            f"must have continuous latents to draw, and the bottleneck {kind} has codes; take a"
            " gaussian or free one, or a generator of codes such as transformer"
        )
    return ""
