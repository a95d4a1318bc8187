"""Images in the page itself: records beside each other, and many at once."""

from __future__ import annotations

import base64

from ..data.splats import encoded, mosaic
from ..data.splats.png import Pixels
from .content import Album, Gallery
from .html import Markup, element

ACROSS = 6  # images of a gallery side by side
_SEEN = 96  # pixels to which small images of a gallery are blown up


def album(shown: Album) -> Markup:
    """A column for each record, a row for each of those who draw it."""
    heads = [element("th", "", scope="col")]
    for name, number in zip(shown.records, shown.numbers, strict=True):
        heads.append(element("th", name, element("small", number), scope="col"))
    lines = [
        element(
            "tr",
            element("th", name, scope="row"),
            [
                _cell(image, f"{name}, {record}")
                for image, record in zip(images, shown.records, strict=True)
            ],
        )
        for name, images in shown.rows.items()
    ]
    head, body = element("thead", element("tr", heads)), element("tbody", lines)
    caption = element("caption", shown.title)
    table = element("table", caption, head, body, class_="album")
    region = {"tabindex": "0", "role": "region", "aria_label": shown.title}
    return element("div", table, class_="scroll", **region)


def gallery(shown: Gallery) -> Markup:
    """Many images as one."""
    scale = max(1, _SEEN // max(shown.images.shape[1:3]))
    picture = mosaic([shown.images], columns=ACROSS, scale=scale)
    return element("figure", element("figcaption", shown.title), _image(picture, shown.title))


def _cell(image: Pixels, said: str) -> Markup:
    return element("td", _image(image, said))


def _image(pixels: Pixels, said: str) -> Markup:
    data = base64.b64encode(encoded(pixels)).decode()
    return element("img", src=f"data:image/png;base64,{data}", alt=said, class_="pixels")
