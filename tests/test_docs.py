"""The documents are true: every command and option is described, every link leads somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
import typer

from crawler.cli import app

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ROOT / "docs" / "commands.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "sites" / "README.md",
]


def commands() -> dict[str, click.Command]:
    """Every command by the words a person types."""
    root = typer.main.get_command(app)
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, words: str) -> None:
        if isinstance(command, click.Group) or hasattr(command, "commands"):
            for name, child in command.commands.items():  # type: ignore[attr-defined]
                walk(child, f"{words} {name}".strip())
        else:
            found[words] = command

    walk(root, "")
    return found


def described(name: str) -> str:
    """The part of docs/commands.md about one command."""
    text = COMMANDS.read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(name)}$(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no heading for `gongkai {name}`: write one"
    return found[1]


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_is_described(name: str) -> None:
    text = described(name)
    for parameter in commands()[name].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("--") and option not in {"--help", "--config", "--archive", "--json"}:
                assert option in text, f"docs/commands.md, {name}: say what {option} does"


def test_no_command_is_described_that_does_not_exist() -> None:
    headings = set(re.findall(r"^## ([a-z][a-z -]*)$", COMMANDS.read_text(encoding="utf-8"), re.MULTILINE))
    assert headings == set(commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links {target}, which is not there"


def test_the_tour_has_ten_small_pictures_and_no_other_lies_about() -> None:
    folder = ROOT / "docs" / "screenshots"
    shown = re.findall(r"!\[[^\]]+\]\(screenshots/([^)]+)\)", (ROOT / "docs" / "tour.md").read_text(encoding="utf-8"))
    assert len(shown) == 10
    assert sorted(shown) == sorted(path.name for path in folder.iterdir())
    for path in folder.iterdir():
        assert path.stat().st_size < 200_000, path.name


def test_the_readme_says_only_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        blocks = re.findall(r"```console\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        assert [block.strip() for block in blocks] == ["make demo", "make test"]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name, lines in project["optional-dependencies"].items() if name != "dev" for line in lines]
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for line in (*project["dependencies"], *extras):
        name = re.split(r"[<>=\[ ]", line)[0]
        assert name in reasons, f"docs/dependencies.md does not say why {name} is here"


def test_the_constraints_pin_every_dependency_and_name_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in text.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    for line in lines:
        assert re.split(r"[<>=\[ ]", line)[0].lower().replace("_", "-") in pinned, (
            f"constraints.txt does not pin {line}"
        )


def test_the_threat_model_names_modules_and_tests_that_exist() -> None:
    """And the legal page, which calls confirmed what a test holds."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for name in ("security.md", "legal.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        for path in re.findall(r"`((?:archive|crawler|sites|tests|docs)/[\w/.]+)`", text):
            assert (ROOT / path).exists(), f"docs/{name} names {path}, which is not there"
        for test in re.findall(r"`(test_\w+)`", text):
            assert f"def {test}(" in sources, f"docs/{name} names {test}, which is no test"
