"""Where signals end, as files say it under the usual names."""

from collections.abc import Iterable

from .channels import channel_called
from .store import Store


def ends(store: Store, names: Iterable[str]) -> dict[str, str]:
    """The role of `lengths` or `offsets`, if the file has such an array and it fits.

    Args:
        store: The file.
        names: Its signals: arrays, or channels of arrays.
    """
    places = [(n, None) if n in store.shapes else channel_called(store, n) for n in names]
    sizes = {store.shapes[place[0]][0] for place in places if place is not None}
    if len(sizes) != 1:
        return {}
    size = sizes.pop()
    if store.shapes.get("lengths") == (size,):
        return {"lengths": "lengths"}
    if len(store.shapes.get("offsets", ())) == 1:
        offsets = store.read("offsets", slice(None))
        if len(offsets) > 1 and int(offsets[-1]) == size:
            return {"offsets": "offsets"}
    return {}
