"""Makes the phases of a recipe, and refuses those that its parts cannot play."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..core.system import System
from ..data.augment import Roll
from ..data.vary import LevelWarp
from ..representations.pooled import Pooled
from ..training.forward_passes import ForwardPass
from ..training.phase import Phase
from ..training.resetting import shelves
from ..training.update import Update
from .assembly import Sizes
from .build import Builder, Unbuilt
from .complaints import unknown
from .kinds import KINDS
from .models import Call

RESERVED = ("logs", "baseline_direct")


def make_phases(
    builder: Builder, calls: Sequence[Call], system: System | Unbuilt, sizes: Sizes
) -> tuple[Phase, ...]:
    """The phases of a recipe, as far as they can be made.

    Args:
        builder: Collects what goes wrong.
        calls: The section `phases` of a recipe.
        system: What they train.
        sizes: What the data tells.
    """
    if not calls:
        builder.refuse("phases", "must name at least one phase, got none")
    _check_names(builder, [getattr(call, "name", "") for call in calls])
    told = _told(system) | {
        "law": sizes.law,
        "conditions": sizes.conditions,
        "layout": sizes.layout,
        "undo": sizes.undo,
    }
    made: list[Phase] = []
    for index, call in enumerate(calls):
        path = f"phases.{index}"
        phase = builder.make(call, path, **told)
        if isinstance(phase, Phase):
            made.append(phase)
            _check_phase(builder, phase, path, system, sizes)
    if len(made) == len(calls):
        _check_lengths(builder, made, system)
    return tuple(made)


def _told(system: System | Unbuilt) -> dict[str, Any]:
    """What the representation and the critic tell the forward passes."""
    if isinstance(system, Unbuilt):
        return dict.fromkeys(("penalties", "shares", "guesses", "told"), Unbuilt())
    bottleneck = getattr(system.representation, "bottleneck", None)
    decoder = getattr(system.representation, "decoder", None)
    return {
        "penalties": tuple(getattr(bottleneck, "penalties", ())),
        "shares": tuple(getattr(bottleneck, "shares", ())),
        "guesses": getattr(decoder, "guesses", 0),
        "told": getattr(system.critic, "told", 0),
    }


def _check_names(builder: Builder, names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        path = f"phases.{index}.name"
        if not re.fullmatch(r"\w[\w.-]*", name) or name in RESERVED:
            problem = f"must be letters, digits, '_', '-' and '.', and none of {list(RESERVED)}"
            builder.refuse(path, f"{problem}, for it names a folder; got {name!r}")
        elif Counter(names[:index])[name]:
            builder.refuse(path, f"must be another name in each phase, got {name!r} twice")


def _check_lengths(builder: Builder, phases: Sequence[Phase], system: System | Unbuilt) -> None:
    """Refuses a head that reads lengths off latents, and is never told whether it is right."""
    bottleneck = getattr(getattr(system, "representation", None), "bottleneck", None)
    if not (isinstance(bottleneck, Pooled) and bottleneck.length == "head"):
        return
    trained = [u for phase in phases for u in phase.updates if "representation" in u.trains]
    if trained and not any("length" in update.objective.reads for update in trained):
        builder.refuse(
            "parts.representation.bottleneck.length",
            "must come with an objective that trains the head by {criterion: {kind: penalty, name:"
            " length}}, got head and none; add it, or take latent",
        )


def _check_phase(
    builder: Builder, phase: Phase, path: str, system: System | Unbuilt, sizes: Sizes
) -> None:
    if isinstance(phase.vary, LevelWarp) and sizes.padding != "circular":
        problem = "level_warp needs signals of one period, and these are not; leave it out"
        builder.refuse(f"{path}.vary", problem)
    for index, augmentation in enumerate(phase.augment):
        if isinstance(augmentation, Roll) and sizes.padding != "circular":
            builder.refuse(
                f"{path}.augment.{index}",
                "roll needs signals of one period, and these are not; leave it out, or say that"
                " they are, with data.columns.periodic",
            )
    if isinstance(system, Unbuilt):
        return
    if phase.resets is not None and not shelves(system, phase.trains):
        builder.refuse(
            f"{path}.resets",
            "needs a phase that trains a categorical bottleneck; other codebooks renew their"
            " entries at every step, by revive_below; leave it out",
        )
    for index, update in enumerate(phase.updates):
        _check_update(builder, update, f"{path}.updates.{index}", system)
    for name, probe in phase.probes.items():
        here = f"{path}.probes.{name}.forward_pass"
        _check_needs(builder, probe.forward_pass, here, system)


def _check_update(builder: Builder, update: Update, path: str, system: System) -> None:
    for index, name in enumerate(update.trains):
        if name not in system.names:
            problem = f"{unknown(name, system.names, what=f'part {name!r}')}"
            builder.refuse(f"{path}.trains.{index}", problem)
        elif not list(system.get_submodule(name).parameters()):
            builder.refuse(
                f"{path}.trains.{index}", f"must name a part that can learn; {name!r} cannot"
            )
    _check_needs(builder, update.forward_pass, f"{path}.forward_pass", system)
    moved = sorted(update.forward_pass.moves)
    for index, name in enumerate(update.trains):
        if name in system.names and name not in moved:
            builder.refuse(
                f"{path}.trains.{index}",
                f"must get a gradient from the forward pass, which moves {moved}; got {name!r}",
            )


def _check_needs(builder: Builder, forward_pass: ForwardPass, path: str, system: System) -> None:
    for name, role in forward_pass.needs.items():
        part = getattr(system, name, None)
        if isinstance(part, role):
            continue
        kind = KINDS.name(forward_pass)
        needs = f"{kind[1] if kind else ''} needs parts.{name}"
        if part is None:
            builder.refuse(path, f"{needs}, and the recipe has none")
        else:
            own = KINDS.name(part)
            builder.refuse(
                path, f"{needs} to be a {role.__name__}, and {own[1] if own else ''} is none"
            )
