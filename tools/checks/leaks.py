"""Checks that no file names a folder of somebody's machine or a package index; run as `python -m checks.leaks`."""

import re

from checks.trees import ROOT, fail, listed_files

# Written so that this file does not match itself.
PATTERNS = {
    "a path of one machine": re.compile(r"(?<![\w.~}-])/(?:work|root|home|Users)/\S*"),
    "a package index or download address": re.compile(
        r"pypi\.org/(?:simple|pypi)\S*|pythonhosted\.(?:org)\S*|registry\.(?:npmjs|yarnpkg)\S*"
        r"|--?(?:extra-)?index-(?:url)\b.*|--find-(?:links)\b.*|https?://\S+\.(?:whl|tgz|tar\.gz)\b"
    ),
}


def main() -> None:
    """Exit with 1 where a text file, tracked or about to be, holds such a string."""
    faults = []
    for path in listed_files():
        data = (ROOT / path).read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            for what, pattern in PATTERNS.items():
                if match := pattern.search(line):
                    faults.append(f"{path}:{number}: {what}: {match.group(0)[:80]}")
    fail("check-leaks", faults, "name things relative to the checkout, and packages by name and version only.")


if __name__ == "__main__":
    main()
