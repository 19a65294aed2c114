#!/usr/bin/env python3
"""Checks that every relative link in the Markdown files under version control leads to a file, and every #anchor to a
heading. Usage: check_links.py"""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")


def anchors(text):
    """The anchors that GitHub makes of a file's headings."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower()).replace(" ", "-")
        found.add(name)
    return found


def problems(root, names):
    for name in names:
        path = root / name
        text = path.read_text()
        for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            aim = (path.parent / file) if file else path
            if not aim.exists():
                yield f"{name}: the link to {target} leads nowhere"
            elif anchor and aim.suffix == ".md" and anchor not in anchors(aim.read_text()):
                yield f"{name}: {file or name} has no heading #{anchor}"


def main():
    listed = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split("\n")
    found = list(problems(pathlib.Path("."), [name for name in listed if name and pathlib.Path(name).exists()]))
    print("\n".join(found) or "links ok")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
