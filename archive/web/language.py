"""The interface in Chinese and English. What the reports say is never translated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archive.web.vocabulary import RULES, VALUES
from archive.web.wording import WORDS

Code = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Language:
    """Looks words up by key: `language("search")`. Unknown keys are a programming error (KeyError)."""

    code: Code

    @property
    def tag(self) -> str:
        """For the `lang` attribute."""
        return "zh-CN" if self.code == "zh" else "en"

    def __call__(self, key: str) -> str:
        """The wording of `key`."""
        chinese, english = WORDS[key]
        return chinese if self.code == "zh" else english

    def value(self, kind: str, value: object) -> str:
        """How a stored value is shown (`state` `gone` → 已下线); the value itself when nobody named it."""
        chinese, english = VALUES.get(f"{kind}:{value}", (str(value or ""), str(value or "")))
        return chinese if self.code == "zh" else english

    def counted(self, what: str, count: int) -> str:
        """How many there are, in words (`bodies`, 7 → 7 个机构)."""
        return self(f"counted_{what}{'_one' if count == 1 else ''}").format(count=f"{count:,}")

    def rule(self, rule: str) -> str:
        """What an audit rule demands, in one sentence; '' for a rule nobody described."""
        chinese, english = RULES.get(rule, ("", ""))
        return chinese if self.code == "zh" else english

    def pick(self, chinese: str, english: str) -> str:
        """One of two given wordings."""
        return chinese if self.code == "zh" else english


def chosen_language(argument: str, cookie: str, accept: str) -> Language:
    """The language of a visit: `?lang=`, then what was chosen before, then what the browser asks for.

    Chinese when nothing is said: it is the language of what stands here.
    """
    for choice in (argument, cookie):
        if choice == "zh":
            return Language("zh")
        if choice == "en":
            return Language("en")
    best: tuple[float, int, Code] = (0.0, 0, "zh")
    for place, part in enumerate(accept.split(",")[:20]):
        tag, _, weight = part.strip().lower().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        code: Code | None = "zh" if tag.startswith("zh") else "en" if tag.startswith("en") else None
        if code and (quality, -place) > best[:2] and quality > best[0]:
            best = (quality, -place, code)
    return Language(best[2])
