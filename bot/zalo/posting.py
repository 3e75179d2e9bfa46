"""Putting one message on one screen, of a person or a group: text, pictures, files. What the codes mean is not known here.

Limits: docs.zaloplatforms.com/docs/OA, tin-nhan/tin-tu-van and phu-luc/upload (2026-11).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.zalo.api import OWN_PACE, TOO_MANY, Reply, ZaloApi
from storage.report_files import StoredFile

MAX_TEXT = 2000  # characters in NFC
PICTURES = frozenset({".png", ".jpg", ".jpeg"})
DOCUMENTS = frozenset({".pdf", ".doc", ".docx", ".csv"})  # never .xlsx
FILE_TYPES = PICTURES | DOCUMENTS
MAX_PICTURE = 1 << 20  # bytes
MAX_DOCUMENT = 5 << 20
_EXPIRED = -100
_ADDRESS = re.compile(r"https?://[^\s/]\S*")


class Unfit(Exception):
    """Something cannot be sent over Zalo at all; the message names why, safe to log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where messages of one kind of recipient are sent to."""

    api: ZaloApi
    path: str
    recipient: str  # the field that names it: "user_id" or "group_id"

    async def put(self, name: str, message: Mapping[str, object]) -> Reply:
        """Send one message as it is."""
        return await self.api.call(self.path, {"recipient": {self.recipient: name}, "message": message})

    async def put_text(self, name: str, text: str) -> Reply:
        """Send a text without anything. Raises Unfit."""
        if not text:
            raise Unfit("Empty")
        return await self.put(name, {"text": text})

    async def put_picture_at(self, name: str, url: str, caption: str) -> Reply:
        """Send a picture that lies at a public address. Raises Unfit."""
        if not _ADDRESS.fullmatch(url):
            raise Unfit("NoAddress")
        return await self.put(name, _picture({"url": url}, caption))

    async def put_files(self, name: str, files: Sequence[StoredFile], caption: str) -> tuple[Reply, bool]:
        """Send kept files, the caption with the first picture or before the first document. Raises Unfit.

        Return the first message's reply when all went out, otherwise the reply that says why not, and whether
        something had gone out before.
        """
        if not files:
            raise Unfit("FileGone")
        for file in files:
            _check(file)
        wait = self.api.wait_for(2 * len(files) + 1)  # half an album would go out twice
        if wait > 0:
            return Reply(code=TOO_MANY, fault=OWN_PACE, after=wait), False
        first: Reply | None = None
        if caption and not _is_picture(files[0]):
            reply = await self.put_text(name, caption)
            if not reply.is_fine:
                return reply, False
            first, caption = reply, ""
        for file in files:
            reply = await self._put_file(name, file, caption)
            if not reply.is_fine:
                return reply, first is not None
            first, caption = first or reply, ""
        if first is None:
            raise Unfit("FileGone")
        return first, True

    async def _put_file(self, name: str, file: StoredFile, caption: str) -> Reply:
        """Upload and send; once more from the beginning when Zalo has lost the upload."""
        reply = await self._put_upload(name, file, caption)
        return await self._put_upload(name, file, caption) if reply.code == _EXPIRED else reply

    async def _put_upload(self, name: str, file: StoredFile, caption: str) -> Reply:
        is_picture = _is_picture(file)
        uploaded = await self.api.upload("image" if is_picture else "file", file.name, file.body)
        if not uploaded.is_fine:
            return uploaded
        ref = uploaded.text("attachment_id" if is_picture else "token")
        if not ref:
            return Reply(code=None, fault="NoUpload")
        if is_picture:
            return await self.put(name, _picture({"attachment_id": ref}, caption))
        return await self.put(name, {"attachment": {"type": "file", "payload": {"token": ref}}})


def _picture(where: Mapping[str, str], caption: str) -> dict[str, object]:
    payload = {"template_type": "media", "elements": [{"media_type": "image", **where}]}
    words = {"text": caption} if caption else {}
    return {**words, "attachment": {"type": "template", "payload": payload}}


def _check(file: StoredFile) -> None:
    if _ending(file) not in FILE_TYPES:
        raise Unfit("FileType")
    if not file.body:
        raise Unfit("EmptyFile")
    if len(file.body) > (MAX_PICTURE if _is_picture(file) else MAX_DOCUMENT):
        raise Unfit("TooLarge")


def _is_picture(file: StoredFile) -> bool:
    return _ending(file) in PICTURES


def _ending(file: StoredFile) -> str:
    return f".{file.name.rpartition('.')[2].lower()}"
