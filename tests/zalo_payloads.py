"""Payloads of a Zalo Official Account as the platform's pages show them, ids made up; and ways to spoil them."""

import copy
import json
from pathlib import Path

from bot.channels.zalo_events import parse_event

FOLDER = Path(__file__).with_name("payloads") / "zalo"
PAYLOADS = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}
ACCOUNT, PERSON, GROUP = "388613280878808645", "246845883529197922", "f414c8f76fa586fbdfb4"
MESSAGE, OURS = "96d3cdf3af150460909", "63ecf43f0df7dba892e6"
PUBLIC_URL = "https://khaosat.example"
LONE = json.loads('"\\ud800"')


def parse(payload, *, oa_id=ACCOUNT):
    """Return what an event brings to the made-up account."""
    return parse_event(payload, oa_id=oa_id, public_url=PUBLIC_URL)


def ways_into(value, way=()):
    """Return the ways to everything inside `value`."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in inside for found in ((*way, key), *ways_into(inner, (*way, key)))]


def changed(payload, way, value):
    """Return `payload` with `value` in the place to which `way` leads."""
    result = copy.deepcopy(payload)
    holder = result
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = value
    return result
