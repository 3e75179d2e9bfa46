"""`GET /api/v1/periods/{period}/report`: the figures of `report.json`, for other systems."""

from aiohttp import web

from bot.runtime import Runtime
from bot.web.answers import answer, refuse
from bot.web.intake_api import check_bearer
from bot.web.keys import RUNTIME
from handlers import digests
from reports.document import dump_report
from reports.figures import Report
from reports.periods import Period, PeriodError, parse_period


def routes() -> list[web.RouteDef]:
    """Return the route of the figures."""
    return [web.get("/api/v1/periods/{period}/report", _get_report)]


async def _get_report(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    refused = check_bearer(request, runtime)
    if refused is not None:
        return refused
    try:
        period = parse_period(request.match_info["period"], runtime.setup.reporting.quarter)
    except PeriodError as error:
        return refuse(404, "unknown_period", str(error))
    unit = request.query.get("unit", "")
    if unit and unit not in runtime.setup.units:
        return refuse(404, "unknown_unit", "there is no unit with this code")
    return answer(dump_report(await _read(runtime, period, unit)))


async def _read(runtime: Runtime, period: Period, unit: str) -> Report:
    """Return what was frozen, or the figures as they are now; asking freezes nothing but a month that is over."""
    at, setup = runtime.clock(), runtime.setup
    report = await runtime.read(lambda tx: digests.get_report(tx, setup, period, at, unit=unit))
    if not digests.must_stand(setup, report, at):
        return report
    return await runtime.write(lambda tx: digests.keep(tx, setup, report, at))
