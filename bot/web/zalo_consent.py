"""The page on which a citizen lets the Official Account write to her, so that no code need be typed.

Zalo's own script runs there, and on no other page: answers and forms are never on it. When she agrees, Zalo posts
`widget_interaction_accepted` with this page's address, whose token names the invitation.
Page: developers.zalo.me/docs/social/zalo-interactive-widget (2026-11).
"""

from aiohttp import web

from bot.web.keys import RUNTIME
from bot.web.pages import answer_page, error_page
from storage import invitations
from storage.database import Transaction
from storage.vault import TOKEN_LENGTH

_ZALO = "https://sp.zalo.me https://*.zalo.me https://*.zaloapp.com https://*.zdn.vn"
_CSP = (
    f"default-src 'none'; script-src 'self' {_ZALO}; style-src 'self' 'unsafe-inline' {_ZALO}; img-src 'self' data: {_ZALO}; "
    f"connect-src 'self' {_ZALO}; font-src {_ZALO}; frame-src {_ZALO}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)


def routes() -> list[web.RouteDef]:
    """Return the route; without the widget in the settings it answers 404."""
    return [web.get("/s/{token}/zalo", _show)]


async def _show(request: web.Request) -> web.Response:
    runtime, token = request.app[RUNTIME], request.match_info["token"]
    zalo, setup = runtime.config.zalo, runtime.setup

    def look(tx: Transaction) -> str:
        found = invitations.find_by_token(tx, setup.vault, token) if len(token) == TOKEN_LENGTH else None
        return "" if found is None or found.is_erased else setup.vault.code(found.nonce)

    code = await runtime.read(look) if zalo.enabled and zalo.widget else ""
    if not code:
        return error_page(request, 404)
    values = {
        "department": setup.department,
        "hotline": setup.hotline,
        "app_id": zalo.app_id,
        "oa_id": zalo.oa_id,
        "code": f"{code[:4]}-{code[4:]}",
        "back": f"/s/{token}",
        "chat": f"https://zalo.me/{zalo.oa_id}?text={code}",
    }
    return answer_page(
        request, "zalo.html", setup.language, headers={"Content-Security-Policy": _CSP}, values=values
    )
