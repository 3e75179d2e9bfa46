"""The chats of the office that the settings name, by where they stand there."""

from bot.config import Chat, Config


def list_chats(config: Config, channel: str) -> dict[str, Chat]:
    """Return the chats on `channel`, each once, by the path of the setting."""
    lists = {
        **{f"units[{number}].staff_chats": unit.staff_chats for number, unit in enumerate(config.units)},
        "office.chats": config.office.chats,
        "office.integrity_chats": config.office.integrity_chats,
        "complaints.escalate_to": config.complaints.escalate_to,
        "operator.chats": config.operator.chats,
        "complaints.ladder": tuple(rung.chat for rung in config.complaints.ladder),
    }
    places: dict[str, str] = {}
    for path, chats in lists.items():
        for number, chat in enumerate(chats):
            if chat.channel == channel:
                places.setdefault(chat.id, f"{path}[{number}]")
    return {place: Chat(channel, name) for name, place in places.items()}
