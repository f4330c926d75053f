#!/usr/bin/python3
"""Writes the table of judged.py into a directory that exists:

    make_judged.py DIRECTORY

Per case N: N-bad.pem, N-bad.key, N-bad-trust.pem, and the same for good. cases.lua lists them in order.
"""

import sys

from judged import judged


def write(path, *texts):
    with open(path, "wb") as file:
        for text in texts:
            file.write(text)


def quoted(text):
    return '"' + text + '"'


def main(directory):
    lines = ["return {\n"]
    for number, case in enumerate(judged(), 1):
        for kind, side in (("bad", case.bad), ("good", case.good)):
            base = "%s/%d-%s" % (directory, number, kind)
            write(base + ".pem", side.identity.pem(), *(link.pem() for link in side.chain))
            write(base + ".key", side.identity.key_pem())
            write(base + "-trust.pem", *side.trust)
        settings = "".join(", %s = true" % name for name in sorted(case.settings))
        lines.append("  { name = %s, reason = %s, host = %s, good_host = %s%s },\n" % (
            quoted(case.name), quoted(case.reason), quoted(case.host), quoted(case.good_host), settings))
    lines.append("}\n")
    write(directory + "/cases.lua", "".join(lines).encode())


main(sys.argv[1])
