"""The token endpoint of the fake Zalo: consent with PKCE, exchange of the code, refresh tokens that serve once."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlencode

from tests.fakes.zalo_world import CODE_SECONDS, MOST_IN_VAIN, REFRESH_SECONDS, Call, Refusal, Token, World

TOKEN_PATH = "/v4/oa/access_token"
PERMISSION_PATH = "/v4/oa/permission"
VERIFIER = re.compile(r"[A-Za-z0-9]{43}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
FIELDS = {
    "authorization_code": ("code", "app_id", "grant_type", "code_verifier"),
    "refresh_token": ("refresh_token", "app_id", "grant_type"),
}
# Only -14002 and -14003 are documented; the other numbers are placeholders.
NAMES = {
    -14001: "Invalid request",
    -14002: "Invalid app id",
    -14003: "Invalid redirect uri",
    -14004: "Invalid secret key",
    -14005: "Invalid code",
    -14006: "Invalid grant type",
    -14014: "Invalid refresh token",
}


def challenge_of(verifier: str) -> str:
    """The PKCE challenge: base64url of SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def error_body(refusal: Refusal) -> dict[str, Any]:
    """A refusal in the shape of this host, which is not that of the others."""
    return {
        "error": refusal.code,
        "error_name": NAMES.get(refusal.code, "Error"),
        "error_reason": refusal.message,
        "error_description": refusal.message,
        "ref_doc": "https://developers.zalo.me/docs",
    }


def permit(world: World, query: dict[str, str]) -> str:
    """The Official Account's admin consents on the page of the link; give the address the browser is sent to."""
    challenge = query.get("code_challenge", "")
    if query.get("app_id") != world.account.app_id:
        raise Refusal(-14002, "app_id is invalid", "permission: another app_id")
    if not query.get("redirect_uri") or world.redirect_uri not in ("", query["redirect_uri"]):
        raise Refusal(-14003, "redirect_uri is invalid", "permission: redirect_uri is not the saved one")
    if not CHALLENGE.fullmatch(challenge):
        raise Refusal(-14001, "code_challenge is invalid", "permission: no code_challenge of 43 characters")
    if not query.get("state"):
        world.note("permission: no state, so anybody could call the callback")
    code = world.new_token("code")
    world.codes[code] = Token(at=world.now(), challenge=challenge)
    told = {"code": code, "oa_id": world.account.oa_id, "state": query.get("state", "")}
    return f"{query['redirect_uri']}?{urlencode(told)}"


def give_tokens(world: World, call: Call) -> dict[str, Any]:
    """Answer a call of the token endpoint."""
    form = call.body if isinstance(call.body, dict) else {}
    if call.method != "POST" or "x-www-form-urlencoded" not in call.headers.get("content-type", ""):
        raise Refusal(-14001, "a form is wanted", "oauth: the call is no POST of a form")
    secret = call.headers.get("secret_key")
    if secret != world.account.app_secret:
        is_other = secret == world.account.oa_secret
        what = "the secret of the Official Account" if is_other else "missing or wrong"
        raise Refusal(-14004, "secret_key is invalid", f"oauth: the header secret_key is {what}")
    if form.get("app_id") != world.account.app_id:
        raise Refusal(-14002, "app_id is invalid", f"oauth: app_id is {form.get('app_id')!r}")
    kind = form.get("grant_type", "")
    if kind not in FIELDS:
        raise Refusal(-14006, "grant_type is invalid", f"oauth: grant_type is {kind!r}")
    world.note_surplus("oauth", form, FIELDS[kind])
    if kind == "authorization_code":
        _use_code(world, form)
    else:
        _use_refresh_token(world, form.get("refresh_token", ""))
    access, refresh = world.issue_pair()
    return {"access_token": access, "refresh_token": refresh, "expires_in": world.expires_in}


def lose_answer(world: World, call: Call) -> None:
    """Remember that the answer to a refresh never arrived: trying once more is no fault of the product."""
    form = call.body if isinstance(call.body, dict) else {}
    token = world.refresh.get(form.get("refresh_token", ""))
    if token is not None:
        token.answer_was_lost = True


def _use_code(world: World, form: dict[str, str]) -> None:
    code, verifier = world.codes.get(form.get("code", "")), form.get("code_verifier", "")
    if code is None:
        raise Refusal(-14005, "code is invalid", "oauth: a code that was never given")
    if code.is_dead:
        raise Refusal(-14005, "code was used", "oauth: a code used twice")
    if world.now() - code.at > CODE_SECONDS:
        raise Refusal(-14005, "code is expired")
    if not VERIFIER.fullmatch(verifier) or challenge_of(verifier) != code.challenge:
        raise Refusal(-14005, "code_verifier is invalid", "oauth: code_verifier does not fit the challenge")
    code.is_dead = True


def _use_refresh_token(world: World, given: str) -> None:
    token = world.refresh.get(given)
    if token is None:
        raise Refusal(-14014, "refresh token is unknown", "oauth: a refresh token that was never issued")
    if token.is_dead:
        token.dead_calls += 1
        is_excused = token.answer_was_lost and token.dead_calls <= MOST_IN_VAIN
        violation = "" if is_excused else "oauth: a refresh token used twice"
        raise Refusal(-14014, "refresh token was used", violation)
    if token.is_aged or world.now() - token.at > REFRESH_SECONDS:
        raise Refusal(-14014, "refresh token is expired")
    token.is_dead = True
