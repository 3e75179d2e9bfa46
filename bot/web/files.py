"""Files of posted reports, by a signed link that expires: for chats that take no files."""

import hmac

from aiohttp import web

from bot.web.keys import RUNTIME
from bot.web.pages import error_page
from handlers.posting import sign_link
from storage import report_files

_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def routes() -> list[web.RouteDef]:
    """Return the route of the files."""
    return [web.get(r"/tep/{number:\d{1,12}}/{until:\d{1,12}}/{signature}", _send)]


async def _send(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    number, until = int(request.match_info["number"]), int(request.match_info["until"])
    wanted = sign_link(runtime.setup, number, until)
    given = request.match_info["signature"]
    is_signed = given.isascii() and hmac.compare_digest(given, wanted)
    if not is_signed or runtime.clock().timestamp() > until:
        return error_page(request, 404)
    found = await runtime.read(lambda tx: report_files.load_files(tx, [number]))
    if not found:
        return error_page(request, 404)
    file = found[0]
    kind = _TYPES.get(file.name.rpartition(".")[2].lower(), "application/octet-stream")
    shown = "inline" if kind.startswith("image/") else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{file.name}"'}
    return web.Response(body=file.body, content_type=kind, headers=headers)
