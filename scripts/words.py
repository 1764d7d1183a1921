"""Fail on words that our style bans, in whatever a person reads: code, comments, test names, templates and docs.

`scripts/check` runs it. Each word has a plain one beside it. French texts have words of their own and are left out.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# What is banned, as a regular expression, and what to write.
BANNED = {
    r"mend(s|ed|ing)?": "fix",
    r"who(m)?(so)?ever": "the user, or who it is",
    r"whatever": "anything that, or what it is",
    r"lest": "so that … not",
    r"anew": "again",
    r"in vain": "without success",
    r"told": "reported, shown",
    r"tell(s|ing)? apart": "distinguish",
    r"(some|no)body": "a user, no user",
    r"thereof|whence|therein|herein": "of it, from where, in it",
    r"lends?": "gives",
    r"meanwhile": "while",
    r"com(e|es|ing) to an end|came to an end": "end",
    r"is to be": "must be, will be",
    r"are to": "must, will",
    r"of which": "and … of them",
    r"that is had": "that exists",
    r"for good": "permanently",
    r"at hand": "available",
}
PATTERN = re.compile(rf"\b(?:{'|'.join(BANNED)})\b", re.IGNORECASE)
SUFFIXES = {".py", ".html", ".txt", ".md", ".css", ".js", ".toml", ".yml", ".yaml", ".sh", ""}
# The list itself, and what others wrote: Intacct's schema and its recorded replies.
LEFT_OUT = ("scripts/words.py", "locale/", "static/vendor/", "CHANGELOG.md")


def banned_words(path: Path) -> Iterator[str]:
    """Each with its place and the plain word. An underscore divides words as a space does."""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        for word in PATTERN.finditer(line.replace("_", " ")):
            yield f"{path}:{number}: “{word[0]}”: write {_plain_word(word[0])}"


def _plain_word(word: str) -> str:
    return next(plain for pattern, plain in BANNED.items() if re.fullmatch(pattern, word, re.IGNORECASE))


def main() -> int:
    names = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    read = [Path(name) for name in names if not name.startswith(LEFT_OUT) and Path(name).suffix in SUFFIXES]
    problems = [problem for path in read if path.is_file() for problem in banned_words(path)]

    print(*problems, sep="\n")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
