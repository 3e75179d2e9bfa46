"""Everything that is made of a report's figures, under the names it is written to. What is in each is for its module."""

from collections.abc import Mapping

from reports.charts import render_charts
from reports.figures import Report
from reports.official import render_official
from reports.render_archive import build_pack
from reports.render_digest import render_digest
from reports.render_method import render_method
from reports.workbook import render_workbook

__all__ = ["build_pack", "render_method", "write_all"]


def write_all(report: Report, texts: Mapping[str, str]) -> Mapping[str, bytes]:
    """Return the files of a report by name; the same report gives the same bytes. `texts` are those of one language."""
    charts = render_charts(report, texts)
    return {
        "digest.txt": render_digest(report, texts).encode(),
        **{f"charts/{name}.png": picture for name, picture in charts.items()},
        "report.xlsx": render_workbook(report, texts),
        "report.docx": render_official(report, texts, charts),
    }
