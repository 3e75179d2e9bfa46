"""QR pictures of invitations, for slips, posters and the demo."""

import io
from dataclasses import dataclass

import segno

MIN_SIDE = 300  # pixels of a picture's side, so that it prints and scans well
_QUIET_ZONE = 4  # modules, as ISO/IEC 18004 asks


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file and its kind."""

    body: bytes
    content_type: str


def render_png(address: str) -> Picture:
    """Return `address` as a PNG of at least 300 × 300 pixels, error level M."""
    return _render(address, "png", "image/png")


def render_svg(address: str) -> Picture:
    """Return `address` as an SVG of the same size."""
    return _render(address, "svg", "image/svg+xml")


def _render(address: str, kind: str, content_type: str) -> Picture:
    code = segno.make(address, error="m", micro=False, boost_error=False)
    modules, _ = code.symbol_size(border=_QUIET_ZONE)
    out = io.BytesIO()
    code.save(out, kind=kind, scale=-(-MIN_SIDE // modules), border=_QUIET_ZONE, light="white")
    return Picture(out.getvalue(), content_type)
