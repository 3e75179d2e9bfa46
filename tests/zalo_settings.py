"""Settings with Zalo switched on, pointing to nothing or to the fake."""

from typing import Any

from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.running import build_settings

GROUP, BOT_GROUP = "g246845883529190001", "zgr-7f3a19"
NOWHERE = "http://127.0.0.1:9"


def zalo_section(fake: ZaloFake | None = None, **changes: Any) -> dict[str, Any]:
    """Return the section `zalo`; with a fake its addresses and a first pair of tokens."""
    access, refresh = fake.issue_pair() if fake else ("made-up-access-token", "made-up-refresh-token")
    bases = fake.bases if fake else dict.fromkeys(("api_base", "oauth_base", "business_base"), NOWHERE)
    section = {
        "enabled": True,
        "app_id": ACCOUNT.app_id,
        "app_secret": ACCOUNT.app_secret,
        "oa_id": ACCOUNT.oa_id,
        "oa_secret": ACCOUNT.oa_secret,
        "access_token": access,
        "refresh_token": refresh,
        "requests_per_minute": 2000,
        **{name: base for name, base in bases.items() if name != "bot_base"},
    }
    return section | changes


def bot_section(fake: ZaloFake | None = None, **changes: Any) -> dict[str, Any]:
    """Return the section `zalo_bot`."""
    section = {
        "enabled": True,
        "token": ACCOUNT.bot_token,
        "webhook_secret": ACCOUNT.bot_secret,
        "api_base": fake.bases["bot_base"] if fake else NOWHERE,
    }
    return section | changes


def zalo_settings(database_url: str, fake: ZaloFake | None = None, **changes: Any) -> dict[str, Any]:
    """Return the made-up department's settings with the unit in a group of the account, the office in one of the bot."""
    units = [
        {"code": "QLTM", "name": "Phòng Quản lý thương mại", "staff_chats": [f"zalo_group:{GROUP}"]},
        {"code": "QLNL", "name": "Phòng Quản lý năng lượng"},
    ]
    sections: dict[str, Any] = {
        "zalo": zalo_section(fake),
        "zalo_bot": bot_section(fake),
        "office": {"chats": [f"zalo_bot:{BOT_GROUP}"], "integrity_chats": ["web:liem-chinh"]},
    }
    return build_settings(database_url, **(sections | changes)) | {"units": units}
