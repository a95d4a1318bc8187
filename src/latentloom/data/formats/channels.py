"""The channels of wide arrays, by name."""

from .columns import parsed
from .store import Store


def channel_names(store: Store, array: str) -> tuple[str, ...]:
    """What the channels of an array are called, each `name` or `name [unit]`.

    They have the names that the file gives them, if it gives each its own; else they are
    numbered, `ARRAY_0`, `ARRAY_1` and so on.
    """
    count = store.shapes[array][-1]
    names = store.features(array) or ()
    try:
        plain = {parsed(name).name for name in names}
    except ValueError:
        plain = set[str]()
    if len(names) == len(plain) == count:
        return names
    return tuple(f"{array}_{channel}" for channel in range(count))


def channel_called(store: Store, name: str) -> tuple[str, int] | None:
    """The array that has a channel of this name, and which of its channels it is.

    Returns:
        None if there is no such channel, or an array itself is called so.
    """
    if name in store.shapes:
        return None
    base, _, number = name.rpartition("_")
    shape = store.shapes.get(base, ())
    if number.isdecimal() and len(shape) > 1 and int(number) < shape[-1]:
        return base, int(number)
    for array, shape in store.shapes.items():
        if len(shape) > 1 and store.features(array):
            names = [parsed(text).name for text in channel_names(store, array)]
            if name in names:
                return array, names.index(name)
    return None
