"""Staff in rooms on the web: settings with rooms, codes, forms as the pages have them."""

import re
from html import unescape

from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer

from bot.web.room_door import CHANNEL, COOKIE
from bot.web.server import build_application
from handlers.complaints import enlisting
from handlers.outbound import Delivered, claim_due, finish
from storage.outbox import find_due
from storage.staff import Grant, Role
from tests.running import build_settings

TRADE, ENERGY, OFFICE, INSPECTION, ABOVE, OPERATOR = (
    "to-thuong-mai",
    "to-nang-luong",
    "van-phong",
    "thanh-tra",
    "lanh-dao",
    "truc-ky-thuat",
)


def build_room_settings(database_url, **changes):
    """Return the settings of a department that works in rooms on the web."""
    tree = build_settings(database_url, **changes)
    tree["units"][0]["staff_chats"] = [f"web:{TRADE}"]
    tree["units"][1]["staff_chats"] = [f"web:{ENERGY}"]
    tree["office"] = {"chats": [f"web:{OFFICE}"], "integrity_chats": [f"web:{INSPECTION}"]}
    tree["complaints"] = {"hold": "0m", "escalate_to": [f"web:{ABOVE}"], **tree.get("complaints", {})}
    return tree


def draw_code(runtime, *, unit="QLTM", role=Role.OFFICER):
    """Return a new one-time code as `hailong staff invite` prints it."""
    grant = Grant(unit_code=unit, role=role)
    at = runtime.clock()
    return runtime.database.write(lambda tx: enlisting.invite(tx, runtime.setup, grant, at, actor="test"))


class Visitor:
    """A browser of a member of staff, in one room."""

    def __init__(self, client, room=TRADE, name="Cán bộ Một"):
        self.client, self.room, self.name, self.cookie, self.flash = client, room, name, "", ""

    @property
    def headers(self):
        return {"Cookie": f"{COOKIE}={self.cookie}; phong-bao={self.flash}"}

    async def knock(self, code, name=None):
        """Send the form at the door."""
        form = {"code": code, "who": self.name if name is None else name}
        response = await self.client.post(f"/phong/{self.room}/vao", data=form, allow_redirects=False)
        if COOKIE in response.cookies:
            self.cookie = response.cookies[COOKIE].value
        return response

    async def look(self):
        response = await self.client.get(f"/phong/{self.room}", headers=self.headers)
        return await response.text()

    async def ask(self, stamp=""):
        """Ask as the page's script does."""
        headers = self.headers | {"X-Requested-With": "fetch"} | ({"If-None-Match": stamp} if stamp else {})
        return await self.client.get(f"/phong/{self.room}", headers=headers)

    async def post(self, *, nonce="", headers=None, **fields):
        form = {"nonce": nonce or nonce_in(await self.look()), **fields}
        response = await self.client.post(
            f"/phong/{self.room}", data=form, headers=self.headers | (headers or {}), allow_redirects=False
        )
        self.flash = response.cookies["phong-bao"].value if "phong-bao" in response.cookies else ""
        return response

    async def press(self, case, press, **fields):
        """Press a button of a case. Return what the page says then."""
        response = await self.post(complaint=str(case.id), press=press, **fields)
        return toast_in(await response.text() if response.status == 200 else await self.look())

    async def write(self, case, text, **changes):
        """Write into the field of a case, as the page has it now."""
        fields = field_of(await self.look(), case) | changes
        return await self.post(text=text, **fields)


def deliver(runtime):
    """Let the web's sender note that everything due is out."""
    setup, at = runtime.setup, runtime.clock()

    def send(tx):
        claims = claim_due(tx, setup, find_due(tx, CHANNEL, at, limit=100), at)
        for claimed in claims:
            taken = Delivered(str(claimed.due.id))
            finish(tx, setup, claimed, taken, channel=CHANNEL, at=at, jitter=0.0)
        return len(claims)

    while runtime.database.write(send):
        pass


def new_client(runtime):
    """Return a client that keeps no cookies of its own."""
    return TestClient(TestServer(build_application(runtime)), cookie_jar=DummyCookieJar())


async def enter(client, runtime, room=TRADE, *, name="Cán bộ Một", unit="QLTM", role=Role.OFFICER):
    """Return a visitor who is in."""
    visitor = Visitor(client, room, name)
    response = await visitor.knock(draw_code(runtime, unit=unit, role=role))
    assert response.status == 303, await response.text()
    return visitor


def nonce_in(html):
    found = re.search(r'name="nonce" value="([^"]+)"', html)
    return found[1] if found else "a" * 16


def toast_in(html):
    found = re.search(r'<p class="note" role="status">(.*?)</p>', html, re.DOTALL)
    return unescape(found[1]) if found else ""


def field_of(html, case):
    """Return the hidden values of the field of a case."""
    form = re.search(rf'<form [^>]*id="viec{case.id}-write".*?</form>', html, re.DOTALL)[0]
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', form)[1]
        for name in ("complaint", "answers", "asks")
    }


def case_in(html, case):
    """Return the words of a case on the page, without tags."""
    found = re.search(rf'<article [^>]*id="viec{case.id}".*?</article>', html, re.DOTALL)
    return words_in(found[0]) if found else ""


def words_in(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
