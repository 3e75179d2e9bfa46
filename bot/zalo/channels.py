"""The channels that go through one Official Account: they share its tokens and its pace."""

from bot.channels.channel import Channel
from bot.channels.zalo import ZaloChannel
from bot.channels.zalo_group import ZaloGroupChannel
from bot.channels.zalo_zbs import ZaloZbsChannel
from bot.runtime import Runtime
from bot.zalo.api import TokenSource, ZaloApi
from bot.zalo.tokens import build_tokens


def build_zalo_channels(runtime: Runtime, tokens: TokenSource | None = None) -> list[Channel]:
    """Return the channels of the Official Account of the settings. A process that has its tokens already passes them."""
    settings, setup = runtime.config.zalo, runtime.setup
    api = ZaloApi(settings, tokens or build_tokens(runtime))
    channels: list[Channel] = [
        made(api=api, settings=settings, wording=setup.wording, clock=runtime.clock, timezone=setup.timezone)
        for made in (ZaloChannel, ZaloGroupChannel)
    ]
    if settings.template:
        channels.append(
            ZaloZbsChannel(api=api, settings=settings, clock=runtime.clock, timezone=setup.timezone)
        )
    return channels
