"""What a channel's raw payload was, for those that are tried again: one table of all that receive."""

from bot.channels.telegram_updates import parse_update
from bot.channels.zalo_bot_updates import parse_bot_update
from bot.channels.zalo_events import parse_event
from bot.config import Config
from handlers.happenings import Inbound


def parse_again(config: Config, channel: str, payload: object) -> tuple[Inbound, ...]:
    """Return what a stored payload brings. Raises ValueError (Misshapen), KeyError for a channel that receives nothing."""
    match channel:
        case "telegram":
            return parse_update(payload)
        case "zalo" | "zalo_group":
            return parse_event(payload, oa_id=config.zalo.oa_id, public_url=config.web.public_url)
        case "zalo_bot":
            return parse_bot_update(payload, bot_name=config.zalo_bot.name)
    raise KeyError(channel)
