"""A peer over python3-dkim, the module behind Debian's dkimverify and dkimsign.

dkimpy.py verify ZONE.json < message      one line for each signature: pass, or why not
dkimpy.py sign ALG HC/BC DOMAIN SELECTOR KEY < message     prints the field
"""

import json
import sys

import dkim


def verify(zone_file):
    with open(zone_file, encoding="utf-8") as file:
        zone = json.load(file)

    def query(name, timeout=5):
        records = zone.get(name.decode().rstrip(".").lower())
        return records[0].encode() if records else None

    message = sys.stdin.buffer.read()
    checker = dkim.DKIM(message, minkey=512)
    count = sum(1 for name, _ in checker.headers if name.lower() == b"dkim-signature")
    for index in range(count):
        try:
            passes = dkim.DKIM(message, minkey=512).verify(idx=index, dnsfunc=query)
            print("pass" if passes else "fail")
        except dkim.DKIMException as error:
            print(type(error).__name__, error)


def sign(algorithm, canonicalization, domain, selector, key_file):
    with open(key_file, "rb") as file:
        key = file.read()
    field = dkim.sign(
        sys.stdin.buffer.read(),
        selector.encode(),
        domain.encode(),
        key,
        canonicalize=tuple(part.encode() for part in canonicalization.split("/")),
        signature_algorithm=algorithm.encode(),
    )
    sys.stdout.buffer.write(field)


if sys.argv[1] == "verify":
    verify(*sys.argv[2:])
else:
    sign(*sys.argv[2:])
