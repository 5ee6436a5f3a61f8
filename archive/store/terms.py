"""The words of the data dictionary: tables, columns, kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["evidence index", "derived", "journal", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `local` ones (times, run and row ids, places in WARCs) differ between archives that
    say the same; the logical dump leaves them out."""

    name: str
    zh: str
    en: str
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table or view."""

    name: str
    kind: Kind
    title_zh: str
    title_en: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    view: bool = False

    def column(self, name: str) -> Column | None:
        """The column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)


def column(name: str, zh: str, en: str) -> Column:
    """A column that says the same in every archive that holds the same."""
    return Column(name=name, zh=zh, en=en)


def local_column(name: str, zh: str, en: str) -> Column:
    """A column of local matters."""
    return Column(name=name, zh=zh, en=en, local=True)
