"""Writes `docs/licences.md` from the metadata of what is installed: `python docs/licences.py`."""

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of what the portal stands on

Written by `make licences` from the metadata of the installed packages; a test holds it against them. What a package
says of itself is passed on as it is. Versions and hashes are in `requirements/`.
"""
LONGEST = 80  # characters; some put the whole text where its name belongs


def locked(name: str) -> list[str]:
    """The packages of a lock file."""
    content = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([a-z0-9][\w.-]*)==", content, re.MULTILINE)))


def licence_of(package: str) -> str:
    told = metadata.metadata(package)
    if expression := told.get("License-Expression"):
        return str(expression)
    classified = [
        line.split(" :: ")[-1] for line in (told.get_all("Classifier") or []) if line.startswith("License ::")
    ]
    named = [name for name in classified if name != "OSI Approved"]
    if named:
        return ", ".join(named)
    free = str(told.get("License") or "").strip().splitlines()
    if free:
        return free[0][:LONGEST]
    texts = [file.read_text() for file in metadata.files(package) or [] if "LICENSE" in file.name.upper()]
    return "MIT" if any("Permission is hereby granted, free of charge" in text for text in texts) else "not told"


def page() -> str:
    run = locked("run")
    parts = (("Running", run), ("Testing and building", [name for name in locked("test") if name not in run]))
    lines = [HEAD]
    for title, packages in parts:
        lines += [f"## {title}", "", "| package | licence |", "|---|---|"]
        lines += [f"| {name} | {licence_of(name)} |" for name in packages]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write("docs/licences.md is written\n")
