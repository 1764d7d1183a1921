"""Fail on words that our style bans, in everything that a person reads: code, comments, test names, templates and docs.

`python -m scripts.words` reads every file of the repository, `python -m scripts.words FILE…` reads some. Each banned
word is printed with its place and the plain word. In Markdown, struck-out text (~~like this~~) is a bad example and
may hold them. French texts have words of their own and are left out.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
# A phrase may go on in the next line, behind the sign of a comment or in the next part of a string, and around a tag.
BETWEEN = r"""(?:[\s#"'/*]|<[^<>]*>)+"""
PATTERN = re.compile(rf"\b(?:{'|'.join(BANNED)})\b".replace(" ", BETWEEN), re.IGNORECASE)
STRUCK_OUT = re.compile(r"~~[^~\n]+~~")
SUFFIXES = {
    *(".py", ".html", ".txt", ".md", ".css", ".js", ".mjs", ".svg"),
    *(".tsv", ".json", ".toml", ".yml", ".yaml", ".conf", ".sh", ""),
}
# The list itself with its tests, and French.
LEFT_OUT = ("scripts/words.py", "tests/local/test_checks.py", "locale/")


def main(names: Sequence[str]) -> int:
    names = names or files()
    paths = [Path(name) for name in names if not name.startswith(LEFT_OUT) and Path(name).suffix in SUFFIXES]
    problems = [problem for path in paths if path.is_file() for problem in banned_words(path)]

    for problem in problems:
        print(problem)
    return bool(problems)


def files() -> list[str]:
    """Return the files of the repository, and the new ones that are not added yet."""
    return subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], text=True
    ).splitlines()


def banned_words(path: Path) -> Iterator[str]:
    """Yield a line for each banned word: place, word, plain word. The file's own name is in line 0."""
    text = path.read_text()
    prose = STRUCK_OUT.sub("", text) if path.suffix == ".md" else text
    words = separated(f"{path.stem}\n{prose}")
    for match in PATTERN.finditer(words):
        word = re.sub(BETWEEN, " ", match[0])
        yield f"{path}:{words.count(chr(10), 0, match.start())}: “{word}”: write {plain_word(word)}"


def separated(names: str) -> str:
    """Return the text with spaces between the words of names such as `in_vain` and `InVain`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names.replace("_", " "))


def plain_word(word: str) -> str:
    return next(plain for pattern, plain in BANNED.items() if re.fullmatch(pattern, word, re.IGNORECASE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
