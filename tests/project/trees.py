"""A copy of the tree in which the steps of a guide are taken."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("portal", "templates", "static", "translations", "tests")


def copied(folder: Path) -> Path:
    for part in PARTS:
        # another test may be writing bytecode just now
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def told_in(guide: str, language: str) -> list[str]:
    """The pieces of a guide of docs/ that are written in that language, without their indentation."""
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    pieces = re.findall(rf"^   ```{language}\n(.*?)^   ```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(r"^   ", "", piece, flags=re.MULTILINE) for piece in pieces]


def run_in(tree: Path, *module: str) -> str:
    """What `python -m` prints there; it must end well."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environ |= {"PORTAL_INSTANCE": str(tree / "instance"), "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, "-m", *module], check=False, cwd=tree, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
