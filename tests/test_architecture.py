"""The rules of the house that a machine can check. Each failure says which file, which line, and why."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 400

# Imports point one way; a package may use itself and what stands here.
MAY_IMPORT = {
    "survey": set(),
    "reports": {"survey"},
    "storage": {"survey"},
    "handlers": {"storage", "reports", "survey"},
    "scheduler": {"handlers", "storage", "reports", "survey"},
    "bot": {"scheduler", "handlers", "storage", "reports", "survey"},
}
# The only package in which a library may appear.
HOME_OF = {
    "sqlalchemy": "storage",
    "alembic": "storage",
    "psycopg": "storage",
    "pandas": "reports",
    "matplotlib": "reports",
    "docx": "reports",
    "apscheduler": "scheduler",
    "aiohttp": "bot",
    "dotenv": "bot",
    "httpx": "bot",
    "jinja2": "bot",
    "pydantic": "bot",
    "telegram": "bot",
    "yaml": "bot",
}
# What asks the world instead of being told: the clock, the environment, chance. Only bot/ may.
ASKS_THE_WORLD = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "os.environ",
    "os.getenv",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
}
CHANCE = {"random", "secrets"}
# Where everything may be caught: the three edges, at which a bug is logged and life goes on, and one hand-over.
EDGES = {
    "bot/web/errors.py": "web",
    "bot/workers.py": "worker loop",
    "bot/sender.py": "worker loop: a bug in a channel fails one message and no other",
    "bot/intaking.py": "web and polling: what cannot be handled is kept for a retry",
    "scheduler/runner.py": "job runner",
    "storage/database.py": "pieces that share a commit: each error goes to its own caller, the others go on",
}

FILES = [
    path.relative_to(ROOT).as_posix()
    for package in [*MAY_IMPORT, "tests", "bench"]
    for path in sorted((ROOT / package).rglob("*.py"))
]
SOURCES = [name for name in FILES if name.partition("/")[0] in MAY_IMPORT]


def package_of(name):
    return name.partition("/")[0]


def tree_of(name):
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)


def imports_of(tree):
    """Every imported module with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." * node.level + (node.module or ""), node.lineno)


def dotted(node):
    """`a.b.c` of an expression; empty for others."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


@pytest.mark.parametrize("name", SOURCES)
def test_imports_point_one_way(name):
    package = package_of(name)
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package} | {"tests", "bench"}

    found = [
        f"line {line}: {name}" for name, line in imports_of(tree_of(name)) if name.split(".")[0] in forbidden
    ]

    assert not found, (
        f"{package}/ may import {sorted(MAY_IMPORT[package])} only; pass the thing in, or move it"
    )


@pytest.mark.parametrize("name", SOURCES)
def test_a_library_appears_in_its_own_package_only(name):
    found = [
        f"line {line}: {module} belongs into {HOME_OF[module.split('.')[0]]}/"
        for module, line in imports_of(tree_of(name))
        if HOME_OF.get(module.split(".")[0], package_of(name)) != package_of(name)
    ]

    assert not found


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_longer_than_a_person_can_keep_in_mind(name):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, "split it by subject"


@pytest.mark.parametrize("name", SOURCES)
def test_only_the_three_edges_catch_everything(name):
    found = [
        f"line {node.lineno}"
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type) and not raises_again(node)
    ]

    assert name in EDGES or not found, "a bug goes up to the edge, where it is logged with ids"


@pytest.mark.parametrize("name", [name for name in SOURCES if not name.startswith("bot/")])
def test_only_bot_asks_for_the_time_the_environment_or_chance(name):
    tree = tree_of(name)
    asked = [
        f"line {node.lineno}: {dotted(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ".".join(dotted(node).split(".")[-2:]) in ASKS_THE_WORLD
    ]
    taken = [f"line {line}: {module}" for module, line in imports_of(tree) if module.split(".")[0] in CHANCE]

    assert not asked + taken, "let the caller pass it in"


@pytest.mark.parametrize("name", SOURCES)
def test_every_module_says_what_it_is_for(name):
    assert ast.get_docstring(tree_of(name)), (
        "open it with one to five lines: what it is for, what it leaves to others"
    )


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("tests/")])
def test_tests_neither_patch_nor_sleep(name):
    patches = {"monkeypatch.setattr", "mock.patch", "patch.object", "time.sleep"}
    found = [
        f"line {node.lineno}: {dotted(node.func)}"
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Call) and dotted(node.func) in patches
    ]

    assert not found, "if something is hard to test, pass it in"


def catches_everything(kind):
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or dotted(one) in ("Exception", "BaseException") for one in kinds)


def raises_again(handler):
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
