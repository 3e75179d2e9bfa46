"""The sentences of the service, by language and key. They live in survey/texts/*.yaml; nothing else holds a sentence."""

import string
from collections.abc import Mapping
from dataclasses import dataclass

from survey.folding import fold


class WordingError(ValueError):
    """The texts do not fit together: `problems` has a line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Wording:
    """All sentences in all languages, and the words by which a citizen steers."""

    tables: Mapping[str, Mapping[str, str]]
    controls: Mapping[str, str]  # folded words → control
    particles: frozenset[str]
    no_comment: frozenset[str]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are texts for, the first one being the default."""
        return tuple(self.tables)

    def say(self, language: str, key: str, **values: object) -> str:
        """Return the sentence `key` in `language`, filled with `values`. KeyError on an unknown key."""
        table = self.tables.get(language) or next(iter(self.tables.values()))
        return table[key].format_map(values)


def build_wording(tables: Mapping[str, Mapping[str, object]], words: Mapping[str, object]) -> Wording:
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
    controls: dict[str, str] = {}
    listed = words.get("controls")
    for control, spellings in listed.items() if isinstance(listed, Mapping) else ():
        for spelling in spellings:
            if controls.setdefault(fold(str(spelling)), control) != control:
                problems.append(f"texts/words.yaml: '{spelling}' stands for two controls")
    if problems:
        raise WordingError(tuple(problems))
    return Wording(
        tables={language: {k: str(v) for k, v in table.items()} for language, table in tables.items()},
        controls=controls,
        particles=_folded(words.get("particles")),
        no_comment=_folded(words.get("no_comment")),
    )


def _folded(listed: object) -> frozenset[str]:
    return frozenset(fold(str(word)) for word in listed) if isinstance(listed, list) else frozenset()


def _placeholders(text: object) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name is not None}
    except ValueError:
        return {"unreadable"}
