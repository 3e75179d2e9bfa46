"""Reads the files settings come from: the YAML file, the `.env` beside it, a CSV of procedures.

Every reader takes a list of problems and adds to it, so that one start shows all that is wrong.
"""

import csv
from collections.abc import Hashable
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from dotenv.parser import parse_stream

DEEPEST = 20
PROCEDURE_COLUMNS = ("code", "name", "unit")


def read_yaml(path: Path, problems: list[str]) -> dict[str, Any]:
    """Read the settings file into plain values; empty when it cannot be read."""
    text = read_text(path, problems, advice="write one with `hailong init`")
    if text is None:
        return {}
    try:
        with closing(_Loader(text)) as loader:
            tree = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problems.append(f"{path.name}{where}: is no valid YAML: {error.problem or error.context}")
        return {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.append(f"{path.name}: is no valid YAML: {str(error).splitlines()[0]}")
        return {}
    problems.extend(f"{path.name} {repeated}" for repeated in loader.repeated)
    if tree is None:
        return {}
    if not isinstance(tree, dict) or _is_too_deep(tree, DEEPEST):
        problems.append(
            f"{path.name}: must be settings, each written as `key: value`; see the sample config.yaml"
        )
        return {}
    return {str(key): value for key, value in tree.items()}


def read_dotenv(path: Path, problems: list[str]) -> dict[str, str]:
    """Read NAME=value lines; a missing file is an empty one."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for binding in parse_stream(StringIO(read_text(path, problems, advice="make it readable") or "")):
        if binding.error:
            problems.append(f"{path.name} line {binding.original.line}: write it as NAME=value")
        elif binding.key is not None and binding.value is not None:
            found[binding.key] = binding.value
    return found


def read_procedures(path: Path, problems: list[str]) -> dict[int, dict[str, str]]:
    """Read the columns code, name and unit of a CSV with a header, by row number; leave other columns alone."""
    text = read_text(path, problems, advice="relative paths start at the folder of the config file")
    if text is None:
        return {}
    first_line = text.partition("\n")[0]
    rows = csv.DictReader(
        StringIO(text), delimiter=";" if first_line.count(";") > first_line.count(",") else ","
    )
    try:
        return _read_procedure_rows(rows, path, problems)
    except csv.Error as error:
        problems.append(f"procedures_file: {path.name}: is no CSV ({error})")
        return {}


def _read_procedure_rows(
    rows: "csv.DictReader[str]", path: Path, problems: list[str]
) -> dict[int, dict[str, str]]:
    columns = {(column or "").strip().lower(): column for column in rows.fieldnames or ()}
    missing = [column for column in PROCEDURE_COLUMNS if column not in columns]
    if missing:
        problems.append(f"procedures_file: {path.name} row 1: has no column {', '.join(missing)}")
        return {}
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        procedure = {column: (row[columns[column]] or "").strip() for column in PROCEDURE_COLUMNS}
        if any(procedure.values()):
            found[rows.line_num] = procedure
    return found


def read_text(path: Path, problems: list[str], *, advice: str) -> str | None:
    """Read a UTF-8 file; None, with a problem, when that cannot be done."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(f"{path.name}: is not UTF-8 (byte {error.start + 1}); save it as UTF-8")
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); {advice}")
    return None


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader; it also notes keys written twice, which YAML forbids and PyYAML overlooks."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeated: list[str] = []

    def close(self) -> None:
        """Give back what the loader holds."""
        self.dispose()

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    self.repeated.append(
                        f"line {key.start_mark.line + 1}: {key.value} is written twice; keep one"
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _is_too_deep(value: object, left: int) -> bool:
    # An alias may contain itself; nothing a setting needs comes near this depth.
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_too_deep(item, left - 1) for item in inner)
