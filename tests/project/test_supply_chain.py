"""What the portal stands on is locked, listed and licensed."""

import re
import subprocess
from pathlib import Path

from docs.licences import PAGE, locked, page
from requirements.tidy_sbom import tidied

ROOT = Path(__file__).resolve().parents[2]


def test_every_locked_package_has_its_hashes() -> None:
    for name in ("run", "test"):
        content = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        for entry in re.split(r"\n(?=[a-z0-9])", content):
            assert "--hash=sha256:" in entry, entry[:60]
    assert "flask" in locked("run")


def test_the_page_of_licences_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make licences`"
    assert "| flask | BSD-3-Clause |" in page()


def test_the_bill_of_materials_tells_no_place_it_was_made_at() -> None:
    told = tidied(
        {
            "metadata": {"component": {"bom-ref": "root-component", "name": "portal"}},
            "components": [
                {
                    "bom-ref": "requirements-L1",
                    "name": "flask",
                    "purl": "pkg:pypi/flask@3.1.3",
                    "description": "requirements line 1: flask==3.1.3",
                    "externalReferences": [
                        {
                            "type": "distribution",
                            "url": "https://registry.example/simple/flask/",
                            "hashes": [{"alg": "SHA-256", "content": "ab"}],
                        }
                    ],
                }
            ],
        }
    )
    assert told["components"] == [
        {
            "bom-ref": "pkg:pypi/flask@3.1.3",
            "name": "flask",
            "purl": "pkg:pypi/flask@3.1.3",
            "hashes": [{"alg": "SHA-256", "content": "ab"}],
        }
    ]
    assert told["dependencies"] == [
        {"ref": "root-component", "dependsOn": ["pkg:pypi/flask@3.1.3"]},
        {"ref": "pkg:pypi/flask@3.1.3"},
    ]


def test_no_file_of_the_project_names_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    files = [
        ROOT / name for name in listed.decode().split("\0") if name and name != "tests/project/test_supply_chain.py"
    ]
    hosts = re.compile(rb"https?://[^\s\"']*/simple\b|--index-url|--extra-index-url|--find-links|--trusted-host")
    assert [file.name for file in files if file.is_file() and hosts.search(file.read_bytes())] == []
