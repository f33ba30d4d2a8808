"""What docs/operations.md names is there: paths, commands, settings and make targets."""

import re
from pathlib import Path

import click

from portal.cli import COMMANDS
from portal.config import KNOWN

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
UNITS = [*(ROOT / "deploy").glob("*.service"), ROOT / "compose.yaml", ROOT / "Containerfile"]
ELSEWHERE = frozenset({"DATABASE_URL", "VALKEY_URL"})


def test_every_path_exists() -> None:
    named = set(re.findall(r"\b((?:deploy|docs|requirements|portal)/[\w.-]+[\w-])", PAGE))
    named |= set(re.findall(r"`(Containerfile|compose\.yaml|CHANGELOG\.md)`", PAGE))
    # on the machine that it runs on
    named = {name for name in named if not re.search(rf"/(?:opt|etc|lib)/{re.escape(name)}", PAGE)}
    assert {"deploy/nginx.conf", "docs/retention.md", "compose.yaml"} <= named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_command_and_option_exists() -> None:
    root = click.Group("portal", commands={str(command.name): command for command in COMMANDS})
    said = re.findall(r"portal ((?:[a-z]+ )*[a-z]+)((?: +--?[\w-]+(?: [A-Z\d]\w*| \w+)?)*)", _code())
    assert len(said) > 15
    for words, options in said:
        command: click.Command = root
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            found = command.commands.get(word)
            assert found is not None, f"portal {words}"
            command = found
        assert command is not root
        known = {name for parameter in command.params for name in parameter.opts}
        assert set(re.findall(r"--[\w-]+", options)) <= known, f"portal {words}{options}"


def _code() -> str:
    """Indented lines and what stands between backticks."""
    blocks = "\n".join(line for line in PAGE.splitlines() if line.startswith("    "))
    code = "\n".join(re.findall(r"`([^`]+)`", PAGE)) + "\n" + blocks
    lines = [match for line in code.splitlines() if (match := re.search(r"(?:^|\s|bin/)(portal [a-z].*)", line))]
    return "\n".join(match[1] for match in lines if not re.search(r"useradd|install -d|systemctl|git ", match.string))


def test_every_setting_exists_and_every_setting_is_told() -> None:
    named = set(re.findall(r"`(PORTAL_\w+|DATABASE_URL|VALKEY_URL)", PAGE))
    assert named == {f"PORTAL_{name}" for name in KNOWN} | ELSEWHERE


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"make ([a-z]+)", _every_line()))
    assert {"install", "update", "sbom", "licences"} <= targets
    assert sorted(target for target in targets if f"\n{target}:" not in makefile) == []


def _every_line() -> str:
    return "\n".join(re.findall(r"`([^`]+)`", PAGE)) + "\n".join(
        line for line in PAGE.splitlines() if line.startswith("    ")
    )


def test_units_and_containers_name_settings_that_exist() -> None:
    for file in UNITS:
        named = set(re.findall(r"\b(PORTAL_\w+)", file.read_text(encoding="utf-8")))
        assert named <= {f"PORTAL_{name}" for name in KNOWN}, file.name


def test_no_key_and_no_data_goes_into_the_image_or_the_repository() -> None:
    """`COPY . .` takes what is not left out; `.dockerignore` is the one name that Docker and Podman both read."""
    assert not (ROOT / ".containerignore").exists(), "Podman would read it instead"
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    kept_here = {path.split("/")[0] for path in re.findall(r"file: \./([\w./-]+)", compose)} | {"instance", ".env*"}
    assert kept_here == {"instance", "secrets", ".env*"}
    for name in (".dockerignore", ".gitignore"):
        left_out = {line.rstrip("/") for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
        assert kept_here <= left_out, name
