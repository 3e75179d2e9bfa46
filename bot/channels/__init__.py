"""The channels. Each is `parse_…` (pure), `render` (pure) and a small class that sends; bot/app.py puts them together."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")  # python-telegram-bot 22.8 warns at each retry_after without it
