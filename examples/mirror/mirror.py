"""Keeps an exact copy of a sync profile's records in an SQLite file: the cursor is all that it needs.

    TOKEN=… SECRET=whsec_… python mirror.py https://connect.example.com 7 copy.db --port 8080

With --port it receives webhooks there, and then asks at once; they may be lost, doubled or late, since each is only a
hint. It can be stopped at any moment, also by `kill -9`. With --once, it ends when it has all records.
"""

import argparse
import json
import logging
import os
import sqlite3
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import requests
from standardwebhooks import Webhook, WebhookVerificationError

log = logging.getLogger(__name__)
SCHEMA = """
    CREATE TABLE IF NOT EXISTS record (list TEXT, key INTEGER, fields TEXT, PRIMARY KEY (list, key));
    CREATE TABLE IF NOT EXISTS place (cursor TEXT)
"""
STORE = "INSERT OR REPLACE INTO record VALUES (?, ?, ?)"
# Seconds: how long we wait for a change without webhooks, for a webhook, and for the server after a failure.
WAIT, MINUTE, PAUSE = 20, 60, 5
hint = Event()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            Webhook(os.environ["SECRET"]).verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.send_error(401)
            return
        hint.set()
        self.send_response(204)
        self.end_headers()


def main(options: argparse.Namespace) -> None:
    copy = sqlite3.connect(options.file)
    copy.executescript(SCHEMA)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
    url = f"{options.site}/api/v1/sync-profiles/{options.profile}/records"
    if options.port:
        Thread(target=HTTPServer(("", options.port), Receiver).serve_forever, daemon=True).start()
    parameters = {"limit": options.limit, "wait": 0 if options.once or options.port else WAIT}

    while True:
        hint.clear()  # before asking: a hint that comes while we read counts
        try:
            has_more = follow(session, url, parameters, copy)
        except requests.RequestException as error:
            log.warning(error)
            time.sleep(PAUSE)
            continue
        if options.once and not has_more:
            return
        if options.port and not has_more:
            hint.wait(MINUTE)


def follow(session: requests.Session, url: str, parameters: dict[str, int], copy: sqlite3.Connection) -> bool:
    """Read one page and apply it. Returns whether more can be read at once. Raises RequestException."""
    place = copy.execute("SELECT cursor FROM place").fetchone() or [None]
    response = session.get(url, params={**parameters, "cursor": place[0]}, timeout=WAIT + 30)
    # The records and the cursor in one transaction: after a kill, either both are there or none.
    with copy:
        copy.execute("DELETE FROM place")
        if response.status_code == requests.codes.gone:  # deletions since then are forgotten: start again
            copy.execute("DELETE FROM record")
            return True
        response.raise_for_status()
        page = response.json()
        for item in page["data"]:
            if item["change"] == "deleted":
                copy.execute("DELETE FROM record WHERE list = ? AND key = ?", [item["list"], item["key"]])
            else:
                copy.execute(STORE, [item["list"], item["key"], json.dumps(item["fields"])])
        copy.execute("INSERT INTO place VALUES (?)", [page["next_cursor"]])
    return bool(page["has_more"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("profile", type=int)
    parser.add_argument("file")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--port", type=int)
    main(parser.parse_args())
