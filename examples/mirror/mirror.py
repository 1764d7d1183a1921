"""Keeps an exact copy of a sync profile's records in an SQLite file, with nothing but a cursor.

    TOKEN=… python mirror.py https://connect.example.com 7 copy.db

It can be stopped at any moment, also by `kill -9`, and goes on where it was. With --once, it ends when it has all
records.
"""

import argparse
import json
import logging
import os
import sqlite3
import time

import requests

log = logging.getLogger(__name__)
SCHEMA = """
    CREATE TABLE IF NOT EXISTS record (list TEXT, key INTEGER, fields TEXT, PRIMARY KEY (list, key));
    CREATE TABLE IF NOT EXISTS place (cursor TEXT)
"""
STORE = "INSERT OR REPLACE INTO record VALUES (?, ?, ?)"
REMOVE = "DELETE FROM record WHERE list = ? AND key = ?"
GONE = 410
# Seconds: how long the server waits for a change, and how long we wait for the server after a failure.
WAIT = 20
PAUSE = 5


def main(options: argparse.Namespace) -> None:
    copy = sqlite3.connect(options.file)
    copy.executescript(SCHEMA)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
    url = f"{options.site}/api/v1/sync-profiles/{options.profile}/records"
    parameters = {"limit": options.limit, "wait": 0 if options.once else WAIT}

    while True:
        try:
            has_more = follow(session, url, parameters, copy)
        except requests.RequestException as error:
            log.warning(error)
            time.sleep(PAUSE)
            continue
        if options.once and not has_more:
            return


def follow(session: requests.Session, url: str, parameters: dict[str, int], copy: sqlite3.Connection) -> bool:
    """Read one page and apply it. Returns whether more can be read at once. Raises RequestException."""
    place = copy.execute("SELECT cursor FROM place").fetchone()
    cursor = {"cursor": place[0]} if place else {}
    response = session.get(url, params={**parameters, **cursor}, timeout=WAIT + 30)
    if response.status_code == GONE:
        start_again(copy)
        return True
    response.raise_for_status()
    page = response.json()

    # The records and the cursor in one transaction: after a kill, either both are there or none.
    with copy:
        for item in page["data"]:
            apply(item, copy)
        move_to(page["next_cursor"], copy)
    return bool(page["has_more"])


def apply(item: dict[str, object], copy: sqlite3.Connection) -> None:
    if item["change"] == "deleted":
        copy.execute(REMOVE, [item["list"], item["key"]])
    else:
        copy.execute(STORE, [item["list"], item["key"], json.dumps(item["fields"])])


def move_to(cursor: str, copy: sqlite3.Connection) -> None:
    copy.execute("DELETE FROM place")
    copy.execute("INSERT INTO place VALUES (?)", [cursor])


def start_again(copy: sqlite3.Connection) -> None:
    """Forget all: records that were deleted since the old cursor are not reported any more."""
    with copy:
        copy.execute("DELETE FROM record")
        copy.execute("DELETE FROM place")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("profile", type=int)
    parser.add_argument("file")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--limit", type=int, default=1000)
    main(parser.parse_args())
