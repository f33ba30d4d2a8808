"""What the README names is there."""

import re
from pathlib import Path

from portal.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_path_the_readme_names_exists() -> None:
    named = set(
        re.findall(r"`((?:portal|templates|static|translations|tests|docs|bench|requirements)/[\w./-]*)`", README)
    )
    named |= set(re.findall(r"\]\(((?!http)[\w./-]+)\)", README))
    assert named
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_make_target_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`?make ([a-z]+)", README))
    assert {"run", "test"} <= targets
    assert sorted(t for t in targets if f"\n{t}:" not in makefile) == []


def test_every_portal_command_the_readme_names_exists() -> None:
    named = set(re.findall(r"`portal (\w+)", README))
    assert {"doctor", "demo"} <= named
    assert sorted(named - {command.name for command in COMMANDS}) == []
