"""Archives whose bytes depend on nothing but what is in them: fixed times, fixed rights. And the year's evidence pack."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

MANIFEST = "MANIFEST.txt"
METHOD = "phuong-phap.txt"
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say
_PACKED_ALREADY = (".png", ".xlsx", ".docx", ".zip")


def build_pack(files: Mapping[str, Mapping[str, bytes]], *, method: str = "") -> bytes:
    """Return the evidence pack as a ZIP: a folder for each period with its files, the method, and a manifest.

    The manifest is what `sha256sum --check` reads. ValueError for a name that would leave its folder.
    """
    entries = {
        _inside(f"{period}/{name}"): content
        for period, held in files.items()
        for name, content in held.items()
    }
    if method:
        entries[METHOD] = method.encode()
    ordered = dict(sorted(entries.items()))
    manifest = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in ordered.items()
    )
    return build_zip({**ordered, MANIFEST: manifest.encode()})


def build_zip(entries: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of the entries in their order; the same entries give the same bytes."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, content in entries.items():
            entry = ZipInfo(name, _NO_TIME)
            entry.compress_type = ZIP_STORED if name.endswith(_PACKED_ALREADY) else ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return file.getvalue()


def rebuild_zip(content: bytes) -> bytes:
    """Return a ZIP with the same entries and without the time at which it was made."""
    with ZipFile(BytesIO(content)) as archive:
        return build_zip({name: archive.read(name) for name in archive.namelist()})


def _inside(name: str) -> str:
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\\" in name or ":" in name:
        raise ValueError(f"'{name}' is no name for a file in a pack")
    return name
