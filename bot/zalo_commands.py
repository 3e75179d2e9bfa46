"""The commands `zalo authorize` and `zalo status`: the tokens of the Official Account. No token is ever shown."""

import asyncio
import getpass
import secrets
import string
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from bot.console import FAILED, OK, Console, one_line
from bot.runtime import Runtime
from bot.zalo import oauth
from bot.zalo.account import GOVERNMENT, Account, Asked, look_at_account
from bot.zalo.tokens import NO_PAIR, REFRESH_LIFE, configured_pair
from handlers import phones
from storage import records, zalo_tokens
from storage.database import Transaction
from storage.zalo_tokens import Kept, Pair

ACTOR = "command line"
_LETTERS = string.ascii_letters + string.digits
_VERIFIER = 43  # letters and digits, as Zalo wants it
_WRONG_REDIRECT = "Zalo-14003"
Ask = Callable[[str], str]


def ask_secretly(question: str) -> str:
    """Ask on the terminal without showing what is typed; read a line where there is no terminal. Raises EOFError."""
    if sys.stdin is None or sys.stdin.closed:
        raise EOFError
    return getpass.getpass(question) if sys.stdin.isatty() else input(question)


def authorize(
    runtime: Runtime,
    console: Console,
    ask: Ask,
    *,
    is_pasted: bool = False,
    redirect: str | None = None,
    choose: Callable[[str], str] = secrets.choice,
) -> int:
    """Fetch a pair of tokens with a person's consent, or take one that was copied, and keep it."""
    settings = runtime.config.zalo
    for name, value in (("app_id", settings.app_id), ("app_secret", settings.app_secret)):
        if not value:
            return console.refuse(
                f"zalo.{name}: is missing; developers.zalo.me shows it in the app's settings"
            )
    try:
        pair = (
            _paste(console, ask, runtime.clock())
            if is_pasted
            else _consent(runtime, console, ask, redirect, choose)
        )
    except EOFError:
        return console.refuse(
            "zalo authorize asks for something and the input has ended; run it on a terminal"
        )
    except _Failed as error:
        return console.fail(str(error))
    _keep(runtime, pair)
    console.say("the tokens are kept; running services use them at once")
    return status(runtime, console, is_json=False)


class _Failed(Exception):
    """There is no pair; the message says why and what to do."""


def _consent(
    runtime: Runtime, console: Console, ask: Ask, redirect: str | None, choose: Callable[[str], str]
) -> Pair:
    settings = runtime.config.zalo
    verifier, state = ("".join(choose(_LETTERS) for _ in range(length)) for length in (_VERIFIER, 24))
    back = redirect or runtime.config.web.public_url
    console.say("1. As an administrator of the Official Account, open this link in a browser and agree:")
    console.say(f"   {oauth.permission_link(settings, redirect=back, verifier=verifier, state=state)}")
    console.say(f"   The app's page at developers.zalo.me must have the callback address {back}")
    console.say(f"   and, if it asks for one, the code challenge {oauth.challenge_of(verifier)}")
    console.say(
        "2. The browser is sent to an address with code=… in it; what the page shows does not matter."
    )
    code = _read_code(
        ask("   Paste that address, or the code alone, within 10 minutes: "), state, settings.oa_id
    )
    answer = asyncio.run(oauth.exchange(settings, code=code, verifier=verifier))
    match answer:
        case oauth.Issued(access, refresh, lasts):
            at = runtime.clock()
            ends_at = None if lasts is None else at + lasts
            return Pair(access=access, refresh=refresh, issued_at=at, expires_at=ends_at)
        case oauth.Refused(fault):
            raise _Failed(_explain(fault, back))
        case oauth.NotDone(fault) | oauth.Unanswered(fault):
            raise _Failed(
                f"zalo.oauth_base: no answer from {settings.oauth_base} ({fault}); nothing was changed, try again"
            )


def _read_code(given: str, state: str, oa_id: str) -> str:
    """Return the code of what was pasted: the whole address, or the code itself."""
    text = given.strip()
    if "?" not in text and "code=" not in text:
        code = text
    else:
        query = parse_qs(urlsplit(text).query if "?" in text else text)
        code = query.get("code", [""])[0]
        if query.get("state", [state])[0] != state:
            raise _Failed("this address belongs to another run of the command; open the link shown just now")
        other = query.get("oa_id", [oa_id])[0]
        if oa_id and other != oa_id:
            raise _Failed(
                "zalo.oa_id: the consent was given for another Official Account than that of the settings"
            )
    if not oauth.is_token(code):
        raise _Failed("there is no code in what was pasted; copy the whole address from the browser")
    return code


def _explain(fault: str, back: str) -> str:
    if fault == _WRONG_REDIRECT:
        return (
            f"Zalo refuses the callback address {back}: save it in the app's page at developers.zalo.me, "
            "or give the saved one with --redirect"
        )
    return (
        f"Zalo refuses ({fault}): a code serves once and for 10 minutes, zalo.app_id and zalo.app_secret must be "
        "those of the app; run the command again"
    )


def _paste(console: Console, ask: Ask, at: datetime) -> Pair:
    console.say(
        "Copy both tokens from the API Explorer at developers.zalo.me (OA Access Token); they are not shown."
    )
    tokens = []
    for name in ("access token", "refresh token"):
        token = ask(f"{name}: ").strip()
        if not oauth.is_token(token):
            raise _Failed(f"the {name} must be letters, digits and signs without spaces; nothing was changed")
        tokens.append(token)
    return Pair(access=tokens[0], refresh=tokens[1], issued_at=at, expires_at=None)


def _keep(runtime: Runtime, pair: Pair) -> None:
    settings, vault, at = runtime.config.zalo, runtime.setup.vault, runtime.clock()
    configured = settings.refresh_token.get_secret_value() if settings.refresh_token else ""

    def keep(tx: Transaction) -> None:
        zalo_tokens.replace(tx, vault, settings.app_id, pair, configured=configured)
        records.put_audit(tx, at=at, actor=ACTOR, action="zalo_authorized")

    runtime.database.write(keep)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How the tokens stand, and what Zalo says of the account; None where it was not asked."""

    kept: Kept | None
    is_configured: bool  # a pair stands in the settings and will be taken when the service starts
    account: Account | Asked | None

    @property
    def fault(self) -> str | None:
        """Why a person is needed."""
        if self.kept is None:
            return None if self.is_configured else NO_PAIR
        return self.kept.fault


def status(runtime: Runtime, console: Console, *, is_json: bool) -> int:
    """Say how the tokens stand and what Zalo says of the account. Fails when a person is needed."""
    if not runtime.config.zalo.enabled:
        if is_json:
            console.say_json({"enabled": False, "person_needed": False})
        else:
            console.say("zalo.enabled is false in the settings: the channel is not used")
        return OK
    standing, at = _look(runtime), runtime.clock()
    ends_at = standing.kept.pair.issued_at + REFRESH_LIFE if standing.kept else None
    is_unverified = isinstance(standing.account, Account) and standing.account.is_verified is False
    is_needed = standing.fault is not None or is_unverified or (ends_at is not None and ends_at <= at)
    record = _record(runtime, standing, ends_at) | {"person_needed": is_needed}
    if is_json:
        console.say_json(record)
    else:
        console.say_table([name.replace("_", " "), _show(value)] for name, value in record.items())
    if is_needed and not is_json:
        console.say(
            "the account is not verified; verify it at oa.zalo.me"
            if is_unverified and standing.fault is None
            else "a person must authorise: hailong zalo authorize"
        )
    return FAILED if is_needed else OK


def _look(runtime: Runtime) -> _Standing:
    settings, at = runtime.config.zalo, runtime.clock()
    with runtime.database.reading() as tx:
        kept = zalo_tokens.find(tx, runtime.setup.vault, settings.app_id)
    configured = configured_pair(settings, at)
    pair = kept.pair if kept else configured
    account: Account | Asked | None = None
    if pair is not None and pair.access and runtime.config.may_call_platforms:
        account = asyncio.run(look_at_account(settings.api_base, pair.access))
    return _Standing(kept=kept, is_configured=configured is not None, account=account)


def _record(runtime: Runtime, standing: _Standing, ends_at: datetime | None) -> dict[str, object]:
    kept = standing.kept
    known: Mapping[str, object] = {}
    if isinstance(standing.account, Account):
        found = standing.account
        known = {
            "zalo_says": "ok",
            "oa_id": found.oa_id,
            "name": one_line(found.name),
            "is_verified": found.is_verified,
            "kind": "government" if found.kind == GOVERNMENT else found.kind,
            "package": one_line(found.package),
            "valid_until": one_line(found.valid_until),
        }
    elif standing.account is not None:
        known = {"zalo_says": standing.account.fault}
    return {
        "app_id": runtime.config.zalo.app_id,
        "pair": "kept" if kept else "in the settings, not taken yet" if standing.is_configured else "none",
        "generation": kept.generation if kept else None,
        "issued_at": _local(runtime, kept.pair.issued_at if kept else None),
        "access_until": _local(runtime, kept.pair.expires_at if kept else None),
        "refresh_until": _local(runtime, ends_at),
        "renewing_since": _local(runtime, kept.renewing_at if kept else None),
        "fault": standing.fault,
        "fault_since": _local(runtime, kept.faulted_at if kept else None),
        **known,
        **_phones(runtime),
    }


def _phones(runtime: Runtime) -> dict[str, object]:
    """Return what invitations by phone number cost this month, and the marks that came back; nothing without a template."""
    template = runtime.config.zalo.template
    if template is None:
        return {}
    with runtime.database.reading() as tx:
        spent, marks = phones.look_at_month(tx, runtime.setup, runtime.clock())
    return {
        "phone_spent_vnd": spent,
        "phone_budget_vnd": template.monthly_budget_vnd,
        **{f"phone_marks_{mark}": count for mark, count in enumerate(marks, 1)},
    }


def _local(runtime: Runtime, at: datetime | None) -> str | None:
    return None if at is None else runtime.setup.local(at).isoformat(timespec="seconds")


def _show(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, "") else str(value)
