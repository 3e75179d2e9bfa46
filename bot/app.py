"""The one place where everything is put together: settings → vault, texts, database → runtime → roles."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.calendars import load_calendar
from bot.channels import telegram, zalo, zalo_bot, zalo_group, zalo_zbs
from bot.channels.channel import Channel
from bot.channels.web import ABILITIES as WEB_ABILITIES
from bot.channels.web import WebChannel
from bot.config import Chat as ConfigChat
from bot.config import Config
from bot.keyring import check_key, load_vault
from bot.runtime import Runtime
from bot.texts import load_criteria, load_questionnaire, load_report_texts, load_wording, parse_kept
from bot.zalo.api import TokenSource
from bot.zalo.channels import build_zalo_channels
from handlers.setup import Abilities, Chat, Links, PhoneTemplate, Procedure, Rung, Setup, Template, Unit
from reports.rules import Criterion, ReportRules
from storage import records
from storage.database import Database, Transaction
from storage.schema import found_version, wanted_version
from storage.schema import migrate as migrate_schema
from storage.vault import Vault
from survey.complaints.rules import DEFAULT_RULES, Route, Rule
from survey.questionnaire import Questionnaire
from survey.reading import Severity


class NotReady(Exception):
    """The program cannot start; the message is one clear line that says what to do."""


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def open_database(config: Config) -> Database:
    """Return the database of the settings; makes the folder of a SQLite file. Raises NotReady."""
    url = config.database.url.get_secret_value()
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotReady(f"database.url: the folder {folder} cannot be made ({error.strerror})") from error
    return Database(url)


def migrate(config: Config) -> str:
    """Bring the database to this version's schema and return its version. Raises KeyProblem."""
    vault = load_vault(config, may_create=True)
    database = open_database(config)
    try:
        version = migrate_schema(database.writer)
        with database.writer.begin() as tx:
            check_key(tx, vault)
    finally:
        database.stop()
    return version


def build_runtime(
    config: Config, *, is_demo: bool = False, clock: Callable[[], datetime] = utc_now, is_serving: bool = True
) -> Runtime:
    """Return the runtime with its writer started. Raises NotReady, KeyProblem, QuestionnaireError, WordingError."""
    vault = load_vault(config, may_create=False)
    database = open_database(config)
    _check_schema(database)
    current, body = load_questionnaire(config.survey.questionnaire, config.department.language)

    def begin(tx: Transaction) -> Mapping[str, str]:
        check_key(tx, vault)
        if not records.keep_questionnaire(tx, current.version, body, clock()):
            raise NotReady(
                f"survey.questionnaire: version {current.version} is in use with another text; "
                "give the changed questionnaire a new version"
            )
        return records.list_questionnaires(tx)

    database.start()
    kept = database.write(begin)
    questionnaires = {version: parse_kept(text) for version, text in kept.items()}
    setup = build_setup(config, vault, questionnaires, current.version)
    chance = random.SystemRandom().random
    return Runtime(
        config=config,
        setup=setup,
        database=database,
        clock=clock,
        chance=chance,
        is_demo=is_demo and is_serving,
    )


def _check_schema(database: Database) -> None:
    found = found_version(database.reader)
    if found is None:
        raise NotReady("the database has no schema yet; run: hailong migrate")
    if found != wanted_version():
        raise NotReady(
            f"the database has schema {found}, this program needs {wanted_version()}; run: hailong migrate"
        )


def build_setup(
    config: Config, vault: Vault, questionnaires: Mapping[str, Questionnaire], current: str
) -> Setup:
    """Return what the use cases know, taken from the settings."""
    quiet = config.survey.quiet_hours
    return Setup(
        vault=vault,
        wording=load_wording(),
        questionnaires=questionnaires,
        questionnaire_version=current,
        department=config.department.name,
        hotline=config.department.hotline,
        language=config.department.language,
        timezone=config.department.zone,
        units={
            u.code: Unit(code=u.code, name=u.name, staff_chats=_chats(u.staff_chats), people=u.people)
            for u in config.units
        },
        procedures={p.code: Procedure(code=p.code, name=p.name, unit_code=p.unit) for p in config.procedures},
        office_chats=_chats(config.office.chats),
        integrity_chats=_chats(config.integrity_chats),
        operator_chats=_chats(config.operator_chats),
        channels=_abilities(config),
        links=Links(
            public_url=config.web.public_url,
            telegram_username=config.telegram.username if config.telegram.enabled else "",
            zalo_oa_id=config.zalo.oa_id if config.zalo.enabled else "",
        ),
        invitation_days=config.survey.invitation_days,
        reminders=config.survey.reminders,
        quiet_from=quiet.start if quiet else None,
        quiet_until=quiet.end if quiet else None,
        sampling_pct=float(config.survey.sampling_pct),
        retention_days=config.retention.personal_days,
        alert_hold=config.complaints.hold,
        escalation_chats=_chats(config.escalation_chats),
        complaint_rules=_rules(config) or DEFAULT_RULES,
        due_working_days=config.complaints.due_working_days,
        is_bound_only=config.complaints.who_may_act == "bound_accounts",
        calendar=load_calendar(
            config.calendar.file, hours=config.calendar.office_hours, zone=config.department.zone
        ),
        ladder=tuple(
            Rung(name=rung.name, chat=_chats((rung.chat,))[0], days=rung.days, units=rung.units)
            for rung in config.complaints.ladder
        ),
        templates=tuple(Template(name=t.name, text=t.text) for t in config.complaints.templates),
        titles=config.complaints.titles,
        report_texts=load_report_texts(config.department.language),
        reporting=build_rules(config),
        phone_template=_phone_template(config),
    )


def build_rules(config: Config) -> ReportRules:
    """Return how reports are computed, taken from the settings."""
    own = tuple(
        Criterion(id=one.id, number=one.number, name=one.name, questions=one.questions, weights=one.weights)
        for one in config.scoring.criteria
    )
    return ReportRules(
        quarter=config.reporting.quarter,
        method=config.reporting.method,
        min_group=config.reporting.min_group,
        quota_pct=config.survey.quota_pct,
        criteria=own or load_criteria(),
        targets=config.scoring.targets,
        targets_by_year=config.scoring.targets_by_year,
        authority=config.department.authority,
        place=config.department.place,
    )


def _phone_template(config: Config) -> PhoneTemplate | None:
    written = config.zalo.template
    if not config.zalo.enabled or written is None:
        return None
    return PhoneTemplate(
        id=written.id,
        data=written.data,
        price_vnd=written.price_vnd,
        monthly_budget_vnd=written.monthly_budget_vnd,
    )


def _rules(config: Config) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            kind=rule.kind,
            question=rule.question or "",
            options=rule.options,
            comments=tuple(Severity(name) for name in rule.comment),
            wish=rule.wish,
            is_critical=rule.severity == "critical",
            route=Route(rule.to),
        )
        for rule in config.complaints.rules
    )


def _abilities(config: Config) -> dict[str, Abilities]:
    abilities = {"web": WEB_ABILITIES}
    if config.telegram.enabled:
        abilities["telegram"] = telegram.ABILITIES
    if config.zalo.enabled:
        abilities |= {"zalo": zalo.build_abilities(config.zalo), "zalo_group": zalo_group.ABILITIES}
    if config.zalo.enabled and config.zalo.template:
        abilities["zalo_zbs"] = zalo_zbs.ABILITIES
    if config.zalo_bot.enabled:
        abilities["zalo_bot"] = zalo_bot.list_abilities(config)
    return abilities


def build_channels(runtime: Runtime, tokens: TokenSource | None = None) -> list[Channel]:
    """Return the channels that are on. This is the one table of channels. `tokens`: of Zalo, when the process has them."""
    config = runtime.config
    channels: list[Channel] = [WebChannel()]
    if config.telegram.enabled:
        channels.append(build_telegram(runtime))
    if config.zalo.enabled:
        channels += build_zalo_channels(runtime, tokens)
    if config.zalo_bot.enabled:
        channels.append(zalo_bot.build_zalo_bot(runtime))
    return channels


def build_telegram(runtime: Runtime) -> telegram.TelegramChannel:
    """Return the Telegram channel of the settings."""
    settings = runtime.config.telegram
    is_hooked = settings.mode == "webhook" and runtime.config.web.public_url.startswith("https://")
    return telegram.TelegramChannel(
        token=settings.token.get_secret_value() if settings.token else "",
        api_base=settings.api_base,
        proxy=settings.proxy.get_secret_value() if settings.proxy else None,
        wording=runtime.setup.wording,
        webhook_url=f"{runtime.config.web.public_url}/webhook/telegram" if is_hooked else None,
        webhook_secret=settings.webhook_secret.get_secret_value() if settings.webhook_secret else None,
    )


def _chats(chats: tuple[ConfigChat, ...]) -> tuple[Chat, ...]:
    return tuple(Chat(channel=chat.channel, name=chat.id) for chat in chats)
