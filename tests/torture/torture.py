"""Lives the beginning of the story with many clients while it breaks what it can, and then proves
from the outside that nothing was lost: every acknowledged write is there, every promised letter
came, and nothing happened twice.

It kills servers with -9 and starts them again, cuts clients off in the middle of a request by RST,
has the mail server refuse for a while and hang up in the middle of letters, and, on PostgreSQL,
stops the database at once. A letter may come once more for each time that a server was killed or a
mail connection was cut: whether the mail server had taken it, nobody could know.
"""

import argparse
import collections
import email
import email.policy
import json
import os
import random
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

APPLY = """mutation($i: PartnerApplyInput!) {
  done: partnerApply(input: $i) { userErrors { code message } } }"""
CONFIRM = """mutation($i: PartnerApplicationConfirmInput!) {
  done: partnerApplicationConfirm(input: $i) { userErrors { code message } } }"""
SIGN_IN = """mutation($i: SessionCreateInput!) {
  done: sessionCreate(input: $i) { tokens { accessToken } userErrors { code message } } }"""
REVIEWABLE = """{ partnerApplications(first: 100, filter: { state: { in: [APPLIED, IN_REVIEW] },
  emailConfirmedAt: { isNull: false } }) { nodes { id version contactEmail } } viewer { person { id } } }"""
APPROVE = """mutation($i: PartnerApplicationApproveInput!) {
  done: partnerApplicationApprove(input: $i) { partner { id } userErrors { code message } } }"""
PLAN = """slug: torture
name: Torture
locale: en
steps:
  - {key: hello, title: Hello, performer: VENDOR, dueDays: 7, rule: {kind: MANUAL_SIGN_OFF}}
  - {key: agreement, title: Agreement, performer: PARTNER, dueDays: 7, requires: [hello],
     rule: {kind: AGREEMENT_ACCEPTED, agreement: terms, version: "1"}}
"""
ADMIN, PASSWORD = "admin@northwind.example", "tidal-quorum-97-lantern"


class Portal:
    """One process over SQLite; over PostgreSQL two that serve and two that keep promises."""

    def __init__(self, options, mail_port):
        self.binary, self.admin = options.entente, options.database
        self.database = self.plain() if self.admin else ""
        self.data = options.folder / "data"
        self.ports = [free_port() for _ in range(2 if self.database else 1)]
        self.servers = [None] * (4 if self.database else 1)
        self.kills = 0
        self.errors = collections.Counter()
        self.log = (options.folder / "server.log").open("a")
        self.environment = os.environ | {
            "ENTENTE_DATA": str(self.data),
            "ENTENTE_DATABASE_URL": self.database,
            "ENTENTE_MAIL_TRANSPORT": "smtp",
            "ENTENTE_MAIL_SMTP_URL": f"smtp+plain://127.0.0.1:{mail_port}",
            "ENTENTE_IDENTITY_TRIES_PER_NETWORK": "0",
            "ENTENTE_JOBS_POLL": "50",
            "ENTENTE_JOBS_ATTEMPTS": "50",
        }

    def plain(self):
        """A database and a role that owns it and may no more, so that no wall is passed by."""
        for sql in ("CREATE ROLE torture LOGIN", "CREATE DATABASE torture OWNER torture"):
            subprocess.run(["psql", "-q", self.admin, "-c", sql], check=True)
        self.admin = self.admin.rsplit("/", 1)[0] + "/torture"
        return re.sub(r"//[^@/]*@", "//torture@", self.admin)

    def run(self, *words, given=None):
        done = subprocess.run([self.binary, *words], env=self.environment, input=given, text=True,
                              capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"{words}: {done.stderr}")

    def start(self, index):
        if index < len(self.ports):
            words = ["serve", "--listen", f"127.0.0.1:{self.ports[index]}"]
            # Alone it keeps promises as well, as in the siege.
            words += ["--no-jobs"] if len(self.ports) > 1 else []
        else:
            words = ["work"]
        self.servers[index] = subprocess.Popen([self.binary, *words], env=self.environment,
                                               stdout=self.log, stderr=self.log)

    def wait_ready(self, index, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.servers[index].poll() is not None:
                self.start(index)  # It found no database, and ended: whoever runs it starts it again.
            if index >= len(self.ports):
                time.sleep(0.3)
                if self.servers[index].poll() is None:
                    return
                continue
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[index]}/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("a process does not come up again")

    def kill(self, index):
        self.servers[index].kill()
        self.servers[index].wait()
        self.kills += 1
        self.start(index)

    def ask(self, query, variables=None, token=None, key=None):
        """The data, or none where no answer came: then nobody knows what happened."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if key:
            headers["idempotency-key"] = key
        url = f"http://127.0.0.1:{random.choice(self.ports)}/graphql"
        try:
            request = urllib.request.Request(url, body, headers)
            with urllib.request.urlopen(request, timeout=20) as answer:
                told = json.loads(answer.read())
            self.errors.update(error["extensions"]["code"] for error in told.get("errors", []))
            return told.get("data")
        except urllib.error.HTTPError as error:
            self.errors[f"HTTP {error.code}"] += 1
            return None
        except (OSError, ValueError, EOFError):
            return None
        except Exception as error:  # http.client has errors of its own for what was cut off.
            if type(error).__module__ == "http.client":
                return None
            raise

    def cut_off(self, query, variables, key):
        """Sends a request and resets the connection before the answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        try:
            with socket.create_connection(("127.0.0.1", random.choice(self.ports)), timeout=2) as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                             b"idempotency-key: %s\r\ncontent-length: %d\r\n\r\n"
                             % (key.encode(), len(body)) + body)
                time.sleep(random.random() * 0.02)
        except OSError:
            pass

    def rows(self, sql):
        if self.database:
            done = subprocess.run(["psql", "-qtAF", "\t", self.admin, "-c", sql], text=True,
                                  capture_output=True, check=True)
            return [tuple(line.split("\t")) for line in done.stdout.splitlines()]
        with sqlite3.connect(f"file:{self.data}/entente.db?mode=ro", uri=True, timeout=20) as line:
            return [tuple(map(str, row)) for row in line.execute(sql)]


class Mail:
    """What the mail server took."""

    def __init__(self, folder):
        self.folder, self.seen = folder, 0
        self.letters, self.tokens = collections.Counter(), {}
        self.foreign = []

    def read(self):
        index = self.folder / "index.jsonl"
        if not index.exists():
            return
        lines = index.read_text().splitlines()
        for line in lines[self.seen:]:
            entry = json.loads(line)
            raw = (self.folder / entry["file"]).read_bytes()
            letter = email.message_from_bytes(raw, policy=email.policy.default)
            to, kind = entry["to"][0], letter["X-Entente-Letter"]
            self.letters[letter["Message-ID"], to, kind] += 1
            text = letter.get_body(("plain",)).get_content()
            for number in re.findall(r"Company (\d+)", text):
                own = re.match(r"ana(\d+)@", to)
                if own and own[1] != number:
                    self.foreign.append((to, number))
            if token := re.search(r"/confirm#(?:token=)?([\w-]+)", text):
                self.tokens[to] = token[1]
        self.seen = len(lines)


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def company(number):
    return {
        "company": {
            "legalName": f"Company {number}", "website": f"https://c{number}.example",
            "country": "DE", "kind": "RESELLER", "regions": ["EMEA"], "timeZone": "Europe/Berlin",
            "locale": "en", "contactName": f"Ana {number}", "why": "We sell.",
        },
        "contactEmail": address(number), "acceptsTerms": True, "termsVersion": "1",
    }


def address(number):
    return f"ana{number}@c{number}.example"


class Storm:
    """Clients, and what is done to them."""

    def __init__(self, portal, mail, options):
        self.portal, self.mail, self.options = portal, mail, options
        self.end = time.monotonic() + options.seconds
        self.lock = threading.Lock()
        self.number = 0
        self.applied, self.confirmed, self.approved = set(), set(), set()
        self.unknown = self.refused = self.stops = 0
        self.wrong = []

    def settled(self, data, what, known, key):
        """Notes what was acknowledged; what was refused in the storm has to be a clear refusal."""
        done = (data or {}).get("done")
        with self.lock:
            if done is None:
                self.unknown += 1
            elif done["userErrors"]:
                self.refused += 1
                if what != "approve":
                    self.wrong.append((what, key, done["userErrors"]))
            else:
                known.add(key)

    def apply(self):
        while time.monotonic() < self.end:
            with self.lock:
                self.number += 1
                number = self.number
            given, key = {"i": company(number)}, f"apply-{number}"
            if random.random() < 0.05:
                self.portal.cut_off(APPLY, given, key)
            # Whoever got no answer asks again, under the same key.
            for _ in range(10):
                data = self.portal.ask(APPLY, given, key=key)
                self.settled(data, "apply", self.applied, number)
                if data is not None or time.monotonic() > self.end:
                    break
                time.sleep(0.1)

    def review(self):
        token, tried = None, set()
        while time.monotonic() < self.end:
            self.mail.read()
            # A few at a time, so that there is time for the next chapter.
            fresh = [it for it in self.mail.tokens.items() if it[0] not in tried][:8]
            for to, link in fresh:
                tried.add(to)
                data = self.portal.ask(CONFIRM, {"i": {"token": link}})
                self.settled(data, "confirm", self.confirmed, to)
            signed_in = self.portal.ask(SIGN_IN, {"i": {"email": ADMIN, "password": PASSWORD}})
            tokens = ((signed_in or {}).get("done") or {}).get("tokens")
            token = tokens["accessToken"] if tokens else token
            found = self.portal.ask(REVIEWABLE, token=token) or {}
            for row in (found.get("partnerApplications") or {}).get("nodes", []):
                if time.monotonic() >= self.end:
                    return
                given = {"id": row["id"], "expectedVersion": row["version"], "kind": "RESELLER",
                         "region": "EMEA", "owner": found["viewer"]["person"]["id"]}
                data = self.portal.ask(APPROVE, {"i": given}, token)
                self.settled(data, "approve", self.approved, row["contactEmail"])

    def break_things(self):
        while time.monotonic() < self.end:
            time.sleep(0.2 + random.random())
            index = random.randrange(len(self.portal.servers))
            self.portal.kill(index)
            if self.options.pg_ctl and random.random() < 0.15:
                subprocess.run(self.options.pg_ctl.split(),
                               check=True, capture_output=True)
                self.stops += 1
            self.portal.wait_ready(index)

    def run(self):
        threads = [threading.Thread(target=self.apply) for _ in range(6)]
        threads += [threading.Thread(target=self.review), threading.Thread(target=self.break_things)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def prove(storm):
    """Name of each promise, and what speaks against it."""
    portal, mail = storm.portal, storm.mail
    waiting = ("SELECT count(*) FROM outbox_message WHERE done_at IS NULL AND dead_at IS NULL "
               "AND kind NOT LIKE '%due%' AND kind NOT LIKE '%overdue%'")
    # A letter that was refused three times waits for minutes.
    for _ in range(300):
        left = int(portal.rows(waiting)[0][0])
        if not left:
            break
        time.sleep(1)
    mail.read()
    rows = dict(portal.rows("SELECT contact_email, state FROM application"))
    confirmed = {row[0] for row in portal.rows(
        "SELECT contact_email FROM application WHERE email_confirmed_at IS NOT NULL")}
    partners = collections.Counter(row[0] for row in portal.rows(
        "SELECT a.contact_email FROM partner p JOIN application a ON a.id = p.application_id"))
    came = collections.Counter()
    for (_, to, kind), _ in mail.letters.items():
        came[to, kind] += 1
    copies = sum(count - 1 for count in mail.letters.values())

    def without(people, kind):
        return [to for to in people if not came[to, kind]]

    def twice(sql):
        return portal.rows(f"SELECT * FROM ({sql}) AS t WHERE n > 1")

    return {
        "nothing waits any more": [left] if left else [],
        "no letter was given up": portal.rows(
            "SELECT id, last_error FROM outbox_message WHERE dead_at IS NOT NULL"),
        "every acknowledged application is there": [n for n in storm.applied if address(n) not in rows],
        "nobody applied twice": portal.rows("SELECT contact_email, count(*) AS n FROM application "
                                            "GROUP BY contact_email HAVING count(*) > 1"),
        "every acknowledged confirmation is there": sorted(storm.confirmed - confirmed),
        "every acknowledged approval made a partner": [to for to in storm.approved if not partners[to]],
        "nobody became a partner twice": [to for to, count in partners.items() if count > 1],
        "approved and partner are one": sorted(
            {to for to, state in rows.items() if state == "APPROVED"} ^ set(partners)),
        "every partner has its onboarding, once": portal.rows(
            "SELECT p.id FROM partner p LEFT JOIN onboarding o ON o.partner_id = p.id "
            "GROUP BY p.id HAVING count(o.id) <> 1"),
        "every onboarding has its steps, of which one is open": portal.rows(
            "SELECT onboarding_id FROM onboarding_step GROUP BY onboarding_id "
            "HAVING count(*) <> 2 OR sum(CASE WHEN state = 'OPEN' THEN 1 ELSE 0 END) <> 1"),
        "every application was asked to confirm": without(rows, "confirm_email"),
        "everybody who confirmed was told": without(confirmed, "application_received"),
        "every partner's contact was invited": without(partners, "invitation"),
        "no letter was promised twice": [key for key, count in came.items()
                                         if count > 1 and key[0] != ADMIN],
        "no fact is there twice": twice(
            "SELECT kind, subject_id, detail, count(*) AS n FROM fact GROUP BY kind, subject_id, detail"),
        "no letter tells of another company": mail.foreign,
        "extra copies are no more than were in flight": (
            [] if copies <= 20 * (portal.kills + storm.stops) else [copies]),
        "what was refused was refused for a reason": storm.wrong,
        "something happened": [] if storm.applied and storm.confirmed and storm.approved else ["nothing"],
    }, copies


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entente", required=True, help="the binary")
    parser.add_argument("--folder", required=True, type=Path, help="an empty folder")
    parser.add_argument("--database", default="", help="PostgreSQL; SQLite where it is left out")
    parser.add_argument("--pg-ctl", default="", help="what stops the cluster at once and starts it again")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    random.seed(options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen([sys.executable, "-W", "ignore", "tests/servers/smtp.py",
                               str(options.folder / "mail"), "--trouble"],
                              stdout=subprocess.PIPE, text=True)
    portal = Portal(options, server.stdout.readline().strip())
    portal.run("migrate", "up")
    portal.run("admin", "create", "--email", ADMIN, "--name", "Ada Admin", given=PASSWORD)
    plan = options.folder / "plan.yaml"
    plan.write_text(PLAN)
    portal.run("plan", "publish", str(plan))
    for index in range(len(portal.servers)):
        portal.start(index)
        portal.wait_ready(index)
    storm = Storm(portal, Mail(options.folder / "mail"), options)
    storm.run()
    for index in range(len(portal.servers)):
        portal.wait_ready(index)
    promises, copies = prove(storm)
    for running in portal.servers:
        running.terminate()
        running.wait()
    server.terminate()
    audit = subprocess.run([portal.binary, "audit", "verify"], env=portal.environment, text=True,
                           capture_output=True, check=False)
    promises["the audit's chains are whole"] = [audit.stdout + audit.stderr] if audit.returncode else []
    failed = 0
    for name, against in promises.items():
        failed += bool(against)
        print(f"{'not ok' if against else 'ok'} - {name}{f': {against[:5]}' if against else ''}")
    print(f"# seed {options.seed}: {storm.number} applications sent, {len(storm.applied)} acknowledged, "
          f"{len(storm.confirmed)} confirmed, {len(storm.approved)} approved, {storm.refused} refused, {storm.unknown} without "
          f"an answer, {portal.kills} kills, {storm.stops} stops of the database, "
          f"{sum(mail_count for mail_count in storm.mail.letters.values())} letters, {copies} extra copies; "
          f"errors: {dict(portal.errors)}")
    print(f"{len(promises) - failed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
