"""Takes out of a CycloneDX document what tells where it was made: standard input to standard output."""

import json
import sys
from typing import Any


def tidied(document: dict[str, Any]) -> dict[str, Any]:
    """Hashes move from the addresses they were found at to the component; lock lines and addresses of registries go."""
    for component in document.get("components", []):
        component.pop("description", None)
        hashes = {
            (one["alg"], one["content"])
            for reference in component.pop("externalReferences", [])
            for one in reference.get("hashes", [])
        }
        component["hashes"] = [{"alg": alg, "content": content} for alg, content in sorted(hashes)]
        component["bom-ref"] = component["purl"]
    for tool in document.get("metadata", {}).get("tools", {}).get("components", []):
        tool.pop("externalReferences", None)
    refs = [component["bom-ref"] for component in document.get("components", [])]
    root = document.get("metadata", {}).get("component", {}).get("bom-ref")
    ours = [{"ref": root, "dependsOn": sorted(refs)}] if root else []
    document["dependencies"] = [*ours, *({"ref": ref} for ref in refs)]
    return document


if __name__ == "__main__":
    json.dump(tidied(json.load(sys.stdin)), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
