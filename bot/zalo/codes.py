"""What Zalo's codes mean for a message: tables of codes, and the answer the rest of the program understands.

Codes: docs.zaloplatforms.com/docs/OA/phu-luc/ma-loi, and for messages by phone the notes on ZBS templates (2026-11).
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum

from bot.zalo.api import Reply
from handlers.outbound import Answer, ChannelDown, Rejected, TryLater, Unreachable, WindowClosed

MORNING = time(6)  # what is refused at night is taken from then on
NEXT_DAY = time(0, 5)  # when a day's quota has surely begun anew
QUOTA_AGAIN = 3600.0  # seconds
MINUTE = 60.0
MOST_TRIES = 3  # of a message that fails without a reason


class Reaction(StrEnum):
    """What is to be done about a code."""

    AGAIN = "again"  # a few times, then give the message up
    DROP = "drop"  # this message for good
    GONE = "gone"  # the person or group cannot be reached
    WAIT = "wait"  # until the person writes
    MINUTE = "minute"  # too many calls in this minute
    QUOTA = "quota"  # something bought is used up
    TOMORROW = "tomorrow"
    MORNING = "morning"
    DOWN = "down"  # nothing goes until a person has put it right


OA_CODES: Mapping[int, Reaction] = {
    -32: Reaction.MINUTE,  # the app or the account calls too often
    -100: Reaction.AGAIN,  # the uploaded file has expired; it was uploaded anew already
    -200: Reaction.AGAIN,
    -201: Reaction.DROP,  # a parameter is invalid
    -204: Reaction.DOWN,  # the account is disabled
    -205: Reaction.DOWN,  # or does not exist
    -209: Reaction.DOWN,  # the app is not activated
    -210: Reaction.DROP,  # a parameter is too long
    -211: Reaction.QUOTA,
    -212: Reaction.DOWN,  # the app has not registered for this
    -213: Reaction.WAIT,  # does not follow the account
    -216: Reaction.DOWN,  # the token is refused, the renewed one too
    -217: Reaction.GONE,  # blocked
    -218: Reaction.TOMORROW,  # the person has had enough for today
    -219: Reaction.DOWN,  # the app was removed
    -220: Reaction.DOWN,
    -221: Reaction.DOWN,  # the account is not verified
    -223: Reaction.DOWN,  # the account has not granted the permission
    -224: Reaction.DOWN,  # the package is too small
    -227: Reaction.GONE,  # banned, or away for 45 days
    -230: Reaction.WAIT,  # silent for 7 days
    -232: Reaction.WAIT,
    -233: Reaction.DROP,  # this kind of message is not supported
    -234: Reaction.MORNING,
    -235: Reaction.DOWN,  # not for this type of account
    -237: Reaction.DROP,  # of groups, from here
    -238: Reaction.DROP,
    -240: Reaction.DROP,  # an address that was shut down
    -241: Reaction.DROP,
    -242: Reaction.DOWN,  # the app demands a proof with each call
    -244: Reaction.GONE,  # restricted what the account may send
    -248: Reaction.DROP,  # against the platform's rules: never again
    -249: Reaction.DROP,  # a template that cannot go to an account
    -320: Reaction.DOWN,  # no billing account
    -321: Reaction.DOWN,  # no money
    -403: Reaction.DROP,
}
GROUP_CODES: Mapping[int, Reaction] = {
    **OA_CODES,
    -213: Reaction.DROP,  # a group has no window
    -230: Reaction.DROP,
    -232: Reaction.DROP,
    -237: Reaction.GONE,  # the group is disabled
    -238: Reaction.GONE,  # its place is used by another group
    -241: Reaction.GONE,  # the account is not in it
    -403: Reaction.GONE,
}
PHONE_CODES: Mapping[int, Reaction] = {
    -32: Reaction.MINUTE,
    -100: Reaction.AGAIN,  # unknown
    -108: Reaction.DROP,  # no phone number
    -109: Reaction.DOWN,  # no such template
    -110: Reaction.GONE,  # the person cannot or will not receive
    -114: Reaction.GONE,
    -115: Reaction.DOWN,  # no money
    -117: Reaction.DOWN,  # no right to the template
    -118: Reaction.GONE,
    -119: Reaction.GONE,
    -120: Reaction.DOWN,  # no permission
    -124: Reaction.DOWN,  # the token is refused, the renewed one too
    -126: Reaction.DOWN,  # no money for trials
    -127: Reaction.DROP,  # a trial goes to admins only
    -131: Reaction.DOWN,  # the template is not approved
    -132: Reaction.DROP,  # parameters
    -133: Reaction.MORNING,
    -135: Reaction.DOWN,
    -136: Reaction.DOWN,  # billing
    -137: Reaction.DOWN,
    -138: Reaction.DOWN,
    -139: Reaction.GONE,  # opted out
    -140: Reaction.GONE,
    -141: Reaction.GONE,
    -144: Reaction.TOMORROW,
    -146: Reaction.DOWN,  # the template is disabled
    -147: Reaction.TOMORROW,
    -216: Reaction.DOWN,
    -220: Reaction.DOWN,
    -1351: Reaction.DOWN,
    **dict.fromkeys((-112, *range(-1129, -1119)), Reaction.DROP),  # parameters, one by one
}


def classify(
    reply: Reply, *, local: datetime, tries: int, codes: Mapping[int, Reaction] = OA_CODES
) -> Answer:
    """Say what a refusal means. `local` is the office's time, `tries` how often the message was tried before.

    Faults are "Zalo" and the code ("Zalo-230"), or "Quota", or what hindered the call.
    """
    if reply.code is None:
        if reply.is_final:
            return ChannelDown(reply.fault, is_told=True)  # whoever gave the tokens up has said so
        return TryLater(reply.fault, after=reply.after, is_doubtful=reply.is_doubtful)
    fault = f"Zalo{reply.code}"
    match codes.get(reply.code, Reaction.AGAIN):
        case Reaction.AGAIN:
            return TryLater(fault) if tries + 1 < MOST_TRIES else Rejected(fault)
        case Reaction.GONE:
            return Unreachable(fault)
        case Reaction.WAIT:
            return WindowClosed(fault)
        case Reaction.MINUTE:
            return TryLater(fault, after=MINUTE if reply.after is None else reply.after)
        case Reaction.QUOTA:
            return TryLater("Quota", after=QUOTA_AGAIN)
        case Reaction.TOMORROW:
            return TryLater(fault, after=seconds_until(NEXT_DAY, local))
        case Reaction.MORNING:
            return TryLater(fault, after=seconds_until(MORNING, local))
        case Reaction.DOWN:
            return ChannelDown(fault)
        case Reaction.DROP:
            return Rejected(fault)


def seconds_until(hour: time, local: datetime) -> float:
    """Return how long it is from `local` until the clock next shows `hour`."""
    today = datetime.combine(local.date(), hour, local.tzinfo)
    return ((today if today > local else today + timedelta(days=1)) - local).total_seconds()
