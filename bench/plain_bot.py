"""The same ten questions the way a python-telegram-bot tutorial does it: ConversationHandler, PicklePersistence, aiohttp.

A process of its own: `python -m bench.plain_bot PORT API_BASE FILE`. The webhook answers 200 when the update was handled.
"""

import asyncio
import contextlib
import signal
import sys
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    PicklePersistence,
)
from telegram.warnings import PTBUserWarning

import survey
from bench.citizens import Service
from bench.fake_api import TOKEN
from bench.processes import find_port, running
from survey.questionnaire import parse_questionnaire

_FORM = Path(survey.__file__).parent / "questionnaires" / "2026-1.yaml"


@contextlib.asynccontextmanager
async def open_plain(folder: Path, api_base: str, *, port: int, invitations: int) -> AsyncIterator[Service]:
    """Give the running bot. It knows no invitations: any token begins a survey."""
    port = port or find_port()
    arguments = ["-m", "bench.plain_bot", str(port), api_base, str(folder / "state.pickle")]
    url = f"http://127.0.0.1:{port}"
    async with running(arguments, folder, {}, ready_url=f"{url}/readyz") as pid:
        yield Service(
            name="plain",
            pid=pid,
            webhook=f"{url}/webhook",
            secret="",
            tokens=[str(number) for number in range(invitations)],
            begin="begin",
            answers=tuple(f"{number}=2" for number in range(10)),
        )


def _build(api_base: str, file: Path) -> "Application[Any, Any, Any, Any, Any, Any]":
    questions = parse_questionnaire(yaml.safe_load(_FORM.read_text(encoding="utf-8"))).questions

    async def ask(update: Update, context: ContextTypes.DEFAULT_TYPE, number: int) -> int:
        chat = update.effective_chat
        assert chat is not None
        if number == len(questions):
            await context.bot.send_message(chat.id, "Cảm ơn ông/bà.")
            return ConversationHandler.END
        question = questions[number]
        listed = "\n".join(f"{o.number}. {o.label['vi']}" for o in question.options)
        rows = [
            [InlineKeyboardButton(o.label["vi"], callback_data=f"{number}={o.number}")]
            for o in question.options
        ]
        text = f"Câu {number + 1}/10. {question.text['vi']}\n\n{listed}"
        await context.bot.send_message(chat.id, text, reply_markup=InlineKeyboardMarkup(rows))
        return number

    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        chat = update.effective_chat
        assert chat is not None
        button = InlineKeyboardMarkup([[InlineKeyboardButton("Bắt đầu", callback_data="begin")]])
        await context.bot.send_message(
            chat.id, "Kính chào ông/bà. Xin hỏi mười câu ngắn.", reply_markup=button
        )
        return len(questions)

    async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.callback_query is not None
        await update.callback_query.answer()
        return await ask(update, context, 0)

    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        query = update.callback_query
        assert query is not None
        assert context.user_data is not None
        number, option = map(int, str(query.data).split("="))
        context.user_data[questions[number].key] = option
        await query.answer("Đã ghi")
        return await ask(update, context, number + 1)

    states: dict[object, list[Any]] = {
        number: [CallbackQueryHandler(answer, pattern=rf"^{number}=\d$")] for number in range(len(questions))
    }
    states[len(questions)] = [CallbackQueryHandler(begin, pattern="^begin$")]
    opening: Any = CommandHandler("start", start)  # Any: the library's generics
    conversation = ConversationHandler(
        entry_points=[opening],
        states=states,
        fallbacks=[opening],
        name="survey",
        persistent=True,
        allow_reentry=True,
    )
    persistence = PicklePersistence(file)
    builder = (
        Application.builder().token(TOKEN).base_url(f"{api_base}/bot").updater(None).persistence(persistence)
    )
    application = builder.build()
    application.add_handler(conversation)
    return application


async def _serve(port: int, api_base: str, file: Path) -> None:
    application = _build(api_base, file)

    async def take(request: web.Request) -> web.Response:
        update = Update.de_json(await request.json(), application.bot)
        await application.process_update(update)
        return web.Response()

    async def is_ready(_request: web.Request) -> web.Response:
        return web.Response()

    server = web.Application()
    server.router.add_post("/webhook", take)
    server.router.add_get("/readyz", is_ready)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with application:
        await application.start()
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=512).start()
        await stop.wait()
        await runner.cleanup()
        await application.stop()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=PTBUserWarning)
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
