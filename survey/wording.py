"""The sentences of the service, by language and key. They live in survey/texts/*.yaml; nothing else holds a sentence."""

import string
from collections.abc import Mapping
from dataclasses import dataclass

from survey.reading import Lexicon


class WordingError(ValueError):
    """The texts do not fit together: `problems` has a line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Wording:
    """All sentences in all languages, and the tables by which replies are read."""

    tables: Mapping[str, Mapping[str, str]]
    lexicon: Lexicon

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are texts for, the first one being the default."""
        return tuple(self.tables)

    def say(self, language: str, key: str, **values: object) -> str:
        """Return the sentence `key` in `language`, filled with `values`. KeyError on an unknown key."""
        table = self.tables.get(language) or next(iter(self.tables.values()))
        return table[key].format_map(values)


def build_wording(tables: Mapping[str, Mapping[str, object]], lexicon: Lexicon) -> Wording:
    """Check the texts of all languages against the first one and return them.

    Raises WordingError with every missing, surplus or differently filled sentence at once.
    """
    problems: list[str] = []
    languages = list(tables)
    first = tables[languages[0]]
    for language in languages:
        table = tables[language]
        problems += [f"texts/{language}.yaml: '{key}' is missing" for key in first if key not in table]
        problems += [
            f"texts/{language}.yaml: '{key}' is not in {languages[0]}.yaml"
            for key in table
            if key not in first
        ]
        problems += [
            f"texts/{language}.yaml: '{key}' is not a text"
            for key, text in table.items()
            if not isinstance(text, str)
        ]
        problems += [
            f"texts/{language}.yaml: '{key}' has other placeholders than in {languages[0]}.yaml"
            for key in first
            if key in table and _placeholders(table[key]) != _placeholders(first[key])
        ]
    if problems:
        raise WordingError(tuple(problems))
    return Wording(
        tables={language: {k: str(v) for k, v in table.items()} for language, table in tables.items()},
        lexicon=lexicon,
    )


def _placeholders(text: object) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name is not None}
    except ValueError:
        return {"unreadable"}
