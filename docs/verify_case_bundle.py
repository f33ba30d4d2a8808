"""Check a case bundle without the portal: `python verify.py BUNDLE.zip`. Needs Python and the package cryptography.

Prints what was found and ends with 0 when every event of the case stands in the signed chain, with 1 when not.
"""

import base64
import hashlib
import json
import sys
import zipfile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def digest(told: list) -> str:
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def flaws(bundle: zipfile.ZipFile) -> list[str]:
    found = []
    keys = json.loads(bundle.read("proof/keys.json"))
    signed = {}
    for line in bundle.read("proof/checkpoints.jsonl").splitlines():
        told = json.loads(line)
        parts = [told[name] for name in ("sequence", "event_hash", "count", "at", "previous", "key")]
        text = json.dumps(["audit-checkpoint", *parts], separators=(",", ":")).encode()
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys[told["key"]]))
            key.verify(base64.b64decode(told["signature"]), text)
        except (InvalidSignature, KeyError, ValueError):
            found.append(f"checkpoint {told['sequence']}: the signature does not hold")
        signed[told["sequence"]] = told["event_hash"]
    links, stretch, proven = {}, [], set()
    for line in bundle.read("proof/chain.jsonl").splitlines():
        link = json.loads(line)
        seq, own = link[0], link[6]
        if digest(link[:6]) != own:
            found.append(f"event {seq}: its hash is wrong")
        if stretch and links[stretch[-1]][6] != link[5]:
            found.append(f"event {seq}: it does not follow the one before it")
        links[seq] = link
        stretch.append(seq)
        if seq in signed:
            if signed[seq] == own:
                proven.update(stretch)
            else:
                found.append(f"event {seq}: it is not what was signed")
            stretch = []
    names = [name for name in bundle.namelist() if name.startswith("letters/")]
    letters = {hashlib.sha256(bundle.read(name)).hexdigest() for name in names}
    for event in json.loads(bundle.read("audit.json")):
        seq, link = event["seq"], links.get(event["seq"])
        if link is None or seq not in proven:
            found.append(f"event {seq}: nothing signed covers it")
        elif digest(event["detail"]) != link[4] or [event["action"], event["outcome"]] != link[2:4]:
            found.append(f"event {seq}: what it tells is not what was recorded")
        elif event["action"] == "letter:make" and event["detail"][7].split(":")[-1] not in letters:
            found.append(f"event {seq}: the letter is not the one that was sent")
    return found


def main() -> int:
    with zipfile.ZipFile(sys.argv[1]) as bundle:
        found = flaws(bundle)
        for name, key in json.loads(bundle.read("proof/keys.json")).items():
            print(f"key {name}: SHA-256 {hashlib.sha256(base64.b64decode(key)).hexdigest()}")
    print("\n".join(found) or "every event of the case stands in the signed chain")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
