"""Posting the digest of a period to the office: the text, the charts as an album, the report and the workbook."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from handlers import digests, saying
from handlers.chats import get_chat
from handlers.setup import Chat, Setup
from reports.figures import Report
from storage import records, report_files
from storage.database import Transaction
from survey.message import Button, Message

PARTS = ("units", "procedures", "complaints", "why")  # what the buttons under a digest answer
LINK_LIFE = timedelta(days=30)
_TEXT = "digest.txt"
_FIGURES = "report.json"  # for other systems
_DOCUMENTS = ("report.docx", "report.xlsx", "evidence.zip")


def post_digest(
    tx: Transaction, setup: Setup, report: Report, files: Mapping[str, bytes], at: datetime, *, is_again: bool
) -> int:
    """Put the digest of a frozen report into the outbox of the office's chats. Return to how many.

    The claim of the period and the messages are one transaction: 0 when another process was faster.
    """
    if not digests.claim_digest(tx, report.period, at) and not is_again:
        return 0
    kept = report_files.put_files(
        tx,
        {name: body for name, body in files.items() if name not in (_TEXT, _FIGURES)},
        period=report.period.id,
        unit_code=report.unit,
        version=report.version,
    )
    text = files[_TEXT].decode()
    chats = [chat for chat in setup.office_chats if chat.channel in setup.channels]
    for chat in chats:
        _post(tx, setup, chat, report, text, kept=kept, at=at)
    records.put_audit(
        tx,
        at=at,
        actor="service",
        action="digest_posted",
        subject=report.period.id,
        details={"chats": len(chats)},
    )
    return len(chats)


def _post(
    tx: Transaction,
    setup: Setup,
    chat: Chat,
    report: Report,
    text: str,
    *,
    kept: Mapping[str, int],
    at: datetime,
) -> None:
    address = get_chat(tx, setup, chat, at)
    period, types = report.period.id, setup.channels[chat.channel].file_types
    taken = {name: number for name, number in kept.items() if _ending(name) in types}
    charts = [number for name, number in taken.items() if name.startswith("charts/")]
    documents = [taken[name] for name in _DOCUMENTS if name in taken]
    sent = {*charts, *documents}
    links = [_link(setup, name, number, at) for name, number in kept.items() if number not in sent]
    caption = setup.wording.say(setup.language, "digest_caption", period=period)
    messages = [Message(text=text, controls=buttons(setup, period))]
    if charts:
        messages.append(Message(text=caption, attachment=_stored(charts)))
    messages += [Message(text=caption, attachment=_stored([number])) for number in documents]
    if links and (not types or _lacks_a_document(kept, sent)):
        heading = setup.wording.say(setup.language, "digest_links", period=period, days=LINK_LIFE.days)
        messages.append(Message(text="\n".join([heading, *links])))
    for message in messages:
        saying.say_to(tx, setup, address, message, at, period=period)


def _ending(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def _lacks_a_document(kept: Mapping[str, int], sent: Collection[int]) -> bool:
    return any(name in kept and kept[name] not in sent for name in _DOCUMENTS)


def _stored(numbers: Sequence[int]) -> str:
    return f"stored:{','.join(str(number) for number in numbers)}"


def buttons(setup: Setup, period: str) -> tuple[Button, ...]:
    """Return what can be asked about a digest: by a press, or by words that name its period."""
    return tuple(
        Button(
            text=setup.wording.say(setup.language, f"button_digest_{part}"),
            press=f"digest={part}",
            words=f"/baocao {period} {setup.wording.say(setup.language, f'words_digest_{part}')}",
        )
        for part in PARTS
    )


def _link(setup: Setup, name: str, number: int, at: datetime) -> str:
    """Return a line with a link to a kept file that expires."""
    until = int((at + LINK_LIFE).timestamp())
    short = name.rpartition("/")[2]
    return f"{short}: {setup.links.public_url}/tep/{number}/{until}/{sign_link(setup, number, until)}"


def sign_link(setup: Setup, number: int, until: int) -> str:
    """Return the signature of a link to a kept file: 128 bits of a keyed hash, in hex."""
    return setup.vault.digest("file link", f"{number}:{until}")[:16].hex()
