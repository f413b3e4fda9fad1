"""Asks for more than there is, and takes away what there should be: threads, memory, sockets, database
connections, room on the disk, the right time. Others are to be answered meanwhile, who asks too much
is to be told so by the right code, and afterwards all is as it was.

What is told of times are figures, not promises: they are those of the machine.
"""

import argparse
import asyncio
import collections
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from torture import ADMIN, APPLY, CONFIRM, PASSWORD, PLAN, Mail, Portal, address, company

SIGN_IN = """mutation($i: SessionCreateInput!) { done: sessionCreate(input: $i) {
  tokens { accessToken refreshToken } userErrors { code } } }"""
REFRESH = """mutation($i: SessionRefreshInput!) { done: sessionRefresh(input: $i) {
  tokens { accessToken refreshToken } userErrors { code } } }"""
VIEWER = "{ viewer { person { id } unreadNotificationCount } }"
# What a portal may take at most, whatever is asked of it. It takes 60 MB by itself.
MEMORY = 400


class Answer(collections.namedtuple("Answer", "status headers body seconds")):
    """What came back; the status is 0 where nothing did."""

    @property
    def code(self):
        try:
            told = json.loads(self.body)
        except ValueError:
            return f"HTTP {self.status}"
        if told.get("errors"):
            return told["errors"][0]["extensions"]["code"]
        done = (told.get("data") or {}).get("done") or {}
        return done["userErrors"][0]["code"] if done.get("userErrors") else "OK"

    @property
    def data(self):
        return json.loads(self.body)["data"]


def request(query, variables=None, token=None):
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    bearer = f"authorization: Bearer {token}\r\n" if token else ""
    return (f"POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{bearer}content-type: application/json"
            f"\r\ncontent-length: {len(body)}\r\n\r\n").encode() + body


async def send(port, raw, seconds=40):
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(raw)
            await writer.drain()
            told = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return Answer(0, "", b"", time.monotonic() - began)
    head, _, body = told.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1]) if head else 0
    return Answer(status, head.decode().lower(), body, time.monotonic() - began)


def ask(port, query, variables=None, token=None):
    return asyncio.run(send(port, request(query, variables, token)))


class Others:
    """Somebody who goes on working meanwhile, on a connection for each request."""

    def __init__(self, port, token):
        self.port, self.raw = port, request(VIEWER, token=token)
        self.answers, self.stopped = [], threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.stopped.is_set():
            self.answers.append(asyncio.run(send(self.port, self.raw)))
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()

    def told(self):
        times = sorted(it.seconds * 1000 for it in self.answers)
        last = times[int(len(times) * 0.99)] if times else 0
        return (f"{len(times)} answers for others meanwhile, median {statistics.median(times):.0f} ms, "
                f"99th of 100 {last:.0f} ms")

    def refused(self):
        return collections.Counter(it.code for it in self.answers if it.code != "OK")


class Siege:
    def __init__(self, options, portal, mail):
        self.options, self.portal, self.mail = options, portal, mail
        self.port = portal.ports[0]
        self.passed = self.failed = 0

    def proves(self, name, against, figures=""):
        against = against or None
        self.passed, self.failed = self.passed + (not against), self.failed + bool(against)
        print(f"{'not ok' if against else 'ok'} - {name}{f': {against}' if against else ''}", flush=True)
        if figures:
            print(f"#   {figures}", flush=True)

    def sign_in(self):
        answer = ask(self.port, SIGN_IN, {"i": {"email": ADMIN, "password": PASSWORD}})
        assert answer.code == "OK", answer
        return answer.data["done"]["tokens"]

    def status(self, name):
        return next(int(line.split()[1]) // 1024 for line in
                    Path(f"/proc/{self.portal.servers[0].pid}/status").read_text().splitlines()
                    if line.startswith(f"{name}:"))

    def forget_peak(self):
        Path(f"/proc/{self.portal.servers[0].pid}/clear_refs").write_text("5")

    def memory(self):
        """What it took at most, in MB, and what speaks against that."""
        peak = self.status("VmHWM")
        return peak, ([f"{peak} MB"] if peak > MEMORY else [])

    async def all_at_once(self, requests):
        return await asyncio.gather(*(send(self.port, it) for it in requests))

    def flood(self, name, requests, allowed):
        """All at once; every answer is one of those allowed, and who has to wait is told how long."""
        self.forget_peak()
        with Others(self.port, self.sign_in()["accessToken"]) as others:
            answers = asyncio.run(self.all_at_once(requests))
        codes = collections.Counter(it.code for it in answers)
        peak, against = self.memory()
        against += [(code, count) for code, count in codes.items() if code not in allowed]
        against += [it.headers for it in answers if it.code == "RATE_LIMITED" and "retry-after: " not in it.headers]
        against += [f"others: {dict(others.refused())}"] if others.refused() else []
        self.proves(name, against[:5], f"{dict(codes)}; at most {peak} MB; {others.told()}")
        return answers

    def sign_ins(self):
        given = [{"i": {"email": f"nobody{n}@c{n}.example", "password": PASSWORD}} for n in range(200)]
        self.flood("200 sign-ins at once are answered or told to wait",
                   [request(SIGN_IN, it) for it in given], {"INVALID_CREDENTIALS", "RATE_LIMITED"})

    def refreshes(self):
        """Ten browsers with five tabs each, which wake up at once, over and over: all tabs of a browser
        bring the same token, and have to get the same next one."""
        browsers, tabs = 10, 5
        rounds = self.options.refreshes // (browsers * tabs)
        jars = [self.sign_in()["refreshToken"] for _ in range(browsers)]
        codes, parted = collections.Counter(), []

        async def browser(number):
            for _ in range(rounds):
                raw = request(REFRESH, {"i": {"refreshToken": jars[number]}})
                answers = await self.all_at_once([raw] * tabs)
                codes.update(it.code for it in answers)
                given = {it.data["done"]["tokens"]["refreshToken"] for it in answers if it.code == "OK"}
                if len(given) != 1:
                    parted.append((number, len(given)))
                    return
                jars[number] = given.pop()

        async def all_of_them():
            await asyncio.gather(*(browser(number) for number in range(browsers)))

        self.forget_peak()
        with Others(self.port, self.sign_in()["accessToken"]) as others:
            began = time.monotonic()
            asyncio.run(all_of_them())
            took = time.monotonic() - began
        peak, against = self.memory()
        branched = self.portal.rows(
            "SELECT session_id, count(*) FROM refresh_token WHERE used_at IS NULL "
            "GROUP BY session_id HAVING count(*) > 1")
        against += parted + branched
        against += [(code, count) for code, count in codes.items() if code != "OK"]
        against += [f"others: {dict(others.refused())}"] if others.refused() else []
        self.proves(f"{rounds * browsers * tabs} refreshes in fifty tabs keep all signed in and branch no chain",
                    against[:5], f"{dict(codes)} in {took:.1f} s; at most {peak} MB; {others.told()}")

    def bombs(self):
        spreads = "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(40))
        fragments = f"query {{ ...f0 }} {spreads} fragment f40 on Query {{ __typename }}"
        aliases = "{" + " ".join(f"a{n}: viewer {{ person {{ id }} }}" for n in range(1500)) + "}"
        deep = "{ partners { nodes " + "{ members { nodes { person { memberships { nodes { partner " * 30
        lists = "{" + " ".join(f"a{n}: partners(first: 100) {{ nodes {{ members(first: 100) {{ nodes {{ id }} }} }} }}"
                               for n in range(10)) + "}"
        token = self.sign_in()["accessToken"]
        bombs = [request(it, token=token) for it in (fragments, aliases, deep, lists)] * 25
        self.flood("100 bombs are refused", bombs, {"BAD_USER_INPUT", "COST_EXCEEDED"})

    def slow_bodies(self):
        async def dribble():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                         b"content-length: 1000\r\n\r\n")
            began = time.monotonic()
            while time.monotonic() - began < 30 and not reader.at_eof():
                try:
                    writer.write(b" ")
                    await writer.drain()
                    told = await asyncio.wait_for(reader.read(100), 1)
                    if told:
                        return told.split(b" ")[1], time.monotonic() - began
                except TimeoutError:
                    pass
                except OSError:
                    break
            return b"cut", time.monotonic() - began

        async def all_of_them():
            return await asyncio.gather(*(dribble() for _ in range(200)))

        with Others(self.port, self.sign_in()["accessToken"]) as others:
            answers = asyncio.run(all_of_them())
        statuses = collections.Counter(status.decode() for status, _ in answers)
        against = [statuses] if set(statuses) != {"408"} else []
        against += [f"others: {dict(others.refused())}"] if others.refused() else []
        longest = max(seconds for _, seconds in answers)
        self.proves("200 bodies of a byte a second are cut off", against,
                    f"{dict(statuses)}, the last after {longest:.1f} s; {others.told()}")

    def slow_connections(self):
        async def hold(count):
            lines = []
            for _ in range(count):
                try:
                    lines.append(await asyncio.open_connection("127.0.0.1", self.port))
                except OSError:
                    pass
            for _, writer in lines:
                writer.write(b"POST /graphql HTTP/1.1\r\nhost: ")

            async def until_cut(reader, writer):
                began = time.monotonic()
                while time.monotonic() - began < 30:
                    try:
                        writer.write(b"x")
                        if await asyncio.wait_for(reader.read(1000), 1) == b"":
                            return True
                    except TimeoutError:
                        continue
                    except OSError:
                        return True
                return False

            cut = await asyncio.gather(*(until_cut(*line) for line in lines))
            for _, writer in lines:
                writer.close()
            return len(lines), sum(cut)

        self.forget_peak()
        with Others(self.port, self.sign_in()["accessToken"]) as others:
            came, cut = asyncio.run(hold(2000))
        peak, against = self.memory()
        against += [f"{came - cut} of {came} are there still"] if cut < came else []
        against += [f"only {came} came"] if came < 2000 else []
        against += [f"others: {dict(others.refused())}"] if others.refused() else []
        self.proves("2,000 connections that do not come to the point are cut off", against,
                    f"at most {peak} MB; {others.told()}")

    def pool(self):
        """Somebody locks the table that all writes need: writers pile up until there are none left."""
        token = self.sign_in()["accessToken"]
        locker = subprocess.Popen(["psql", "-q", self.portal.database], stdin=subprocess.PIPE, text=True)
        locker.stdin.write("BEGIN; LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE;\n")
        locker.stdin.flush()
        time.sleep(0.5)
        self.number = getattr(self, "number", 500_000)
        given = [{"i": company(self.number + n)} for n in range(60)]
        with Others(self.port, token) as others:
            began = time.monotonic()
            answers = asyncio.run(self.all_at_once([request(APPLY, it) for it in given]))
            took = time.monotonic() - began
        locker.stdin.write("ROLLBACK;\n")
        locker.stdin.close()
        locker.wait()
        codes = collections.Counter(it.code for it in answers)
        against = [it for it in codes.items() if it[0] not in ("RATE_LIMITED", "UNAVAILABLE", "TIMEOUT")]
        against += [f"others: {dict(others.refused())}"] if others.refused() else []
        began = time.monotonic()
        after = ask(self.port, APPLY, {"i": company(self.number + 100)})
        against += [f"afterwards: {after.code}"] if after.code != "OK" else []
        self.proves("writers that wait for a lock are told to come again, and readers read", against,
                    f"{dict(codes)} within {took:.1f} s; the first write after it took "
                    f"{time.monotonic() - began:.2f} s; {others.told()}")

    def full_disk(self):
        """No room is left, for the database and for the mailbox: what is acknowledged then is there
        afterwards, and everything works again when there is room."""
        volume = self.options.volume
        balloon = volume / "balloon"
        acknowledged, codes = [], collections.Counter()

        def fill():
            try:
                with balloon.open("ab", buffering=0) as file:
                    while file.write(b"x" * (1 << 20)):
                        pass
            except OSError:
                pass

        def apply(count):
            for _ in range(count):
                self.number = getattr(self, "number", 600_000) + 1
                answer = ask(self.port, APPLY, {"i": company(self.number)})
                codes[answer.code] += 1
                if answer.code == "OK":
                    acknowledged.append(address(self.number))
                # The room that the database still had is used up in between.
                fill()

        token = self.sign_in()["accessToken"]
        apply_free = len(acknowledged)
        fill()
        apply(20)
        refused = sum(codes.values()) - codes["OK"]
        reads = ask(self.port, VIEWER, token=token)
        balloon.unlink()
        if self.options.pg_ctl:
            # PostgreSQL ends when it cannot write its log: whoever runs it starts it again.
            subprocess.run(self.options.pg_ctl.split(), check=False, capture_output=True)
        self.portal.wait_ready(0)
        before = len(acknowledged)
        for _ in range(50):
            self.number += 1
            answer = ask(self.port, APPLY, {"i": company(self.number)})
            if answer.code == "OK":
                acknowledged.append(address(self.number))
            if len(acknowledged) > before + 4:
                break
            time.sleep(0.2)
        there = {row[0] for row in self.portal.rows("SELECT contact_email FROM application")}
        against = [f"lost: {it}" for it in acknowledged if it not in there]
        against += ["it was never full"] if not refused else []
        against += ["it does not work again"] if len(acknowledged) <= before else []
        if not self.portal.database:
            against += [f"reads: {reads.code}"] if reads.code != "OK" else []
        self.proves("a disk that is full loses nothing that was acknowledged", against[:5],
                    f"{dict(codes)} while it was full ({apply_free} before)")

    def clock(self):
        """The clock goes a day forward, and back: sessions live on, letters leave, what is done every
        day is done once a day."""
        shift = self.options.folder / "clock"
        shift.write_text("+0d")
        usual = self.portal.environment
        self.portal.environment = usual | {
            "LD_PRELOAD": self.options.faketime, "FAKETIME_TIMESTAMP_FILE": str(shift),
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        self.restart()
        tokens = self.sign_in()
        first = ask(self.port, VIEWER, token=tokens["accessToken"]).code
        shift.write_text("+1d")
        time.sleep(2.5)
        stale = ask(self.port, VIEWER, token=tokens["accessToken"]).code
        later = ask(self.port, REFRESH, {"i": {"refreshToken": tokens["refreshToken"]}})
        ahead = later.data["done"]["tokens"] if later.code == "OK" else tokens
        self.number = getattr(self, "number", 700_000) + 1
        applied = ask(self.port, APPLY, {"i": company(self.number)}).code
        letter = self.came(address(self.number), "confirm_email")
        shift.write_text("+0d")
        time.sleep(2.5)
        early = ask(self.port, VIEWER, token=ahead["accessToken"]).code
        back = ask(self.port, REFRESH, {"i": {"refreshToken": ahead["refreshToken"]}})
        again = ask(self.port, VIEWER, token=back.data["done"]["tokens"]["accessToken"]).code \
            if back.code == "OK" else back.code
        self.number += 1
        applied_back = ask(self.port, APPLY, {"i": company(self.number)}).code
        letter_back = self.came(address(self.number), "confirm_email")
        self.portal.environment = usual
        self.restart()
        seen = [first, stale, later.code, applied, letter, early, again, applied_back, letter_back]
        expected = ["OK", "UNAUTHENTICATED", "OK", "OK", True, "UNAUTHENTICATED", "OK", "OK", True]
        self.proves("a clock that jumps a day ahead and back ends no session and holds up no letter",
                    [seen] * (seen != expected))

    def restart(self):
        self.portal.servers[0].terminate()
        self.portal.servers[0].wait()
        self.portal.start(0)
        self.portal.wait_ready(0)

    def came(self, to, kind, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.mail.read()
            if any(key[1:] == (to, kind) for key in self.mail.letters):
                return True
            time.sleep(0.2)
        return False

    def run(self):
        for attack in self.options.attack:
            getattr(self, attack)()
        errors = [line for line in Path(self.options.folder / "server.log").read_text(errors="replace").splitlines()
                  if "panicked" in line]
        self.proves("nothing panicked", errors[:3])


ATTACKS = ["sign_ins", "refreshes", "bombs", "slow_bodies", "slow_connections", "pool", "clock", "full_disk"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entente", required=True, help="the binary")
    parser.add_argument("--folder", required=True, type=Path, help="an empty folder")
    parser.add_argument("--database", default="", help="PostgreSQL; SQLite where it is left out")
    parser.add_argument("--pg-ctl", default="", help="what starts the cluster again")
    parser.add_argument("--volume", type=Path, help="a small volume with the database on it")
    parser.add_argument("--faketime", help="the library that moves the clock")
    parser.add_argument("--refreshes", type=int, default=10_000)
    parser.add_argument("attack", nargs="*", default=ATTACKS)
    options = parser.parse_args()
    left_out = {"pool": not options.database and "SQLite has one writer, which waits for nobody",
                "clock": not options.faketime and "libfaketime is not here",
                "full_disk": not options.volume and "a volume cannot be mounted here"}
    for attack, why in left_out.items():
        if why and attack in options.attack:
            print(f"# NOT RUN, {attack}: {why}")
    options.attack = [it for it in options.attack if not left_out.get(it)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    options.folder.mkdir(parents=True, exist_ok=True)
    mail = subprocess.Popen([sys.executable, "-W", "ignore", "tests/servers/smtp.py",
                             str(options.folder / "mail")], stdout=subprocess.PIPE, text=True)
    portal = Portal(options, mail.stdout.readline().strip())
    portal.ports = portal.ports[:1]
    if options.volume and not options.database:
        portal.environment["ENTENTE_DATA"] = str(options.volume / "data")
        portal.data = options.volume / "data"
    portal.run("migrate", "up")
    portal.run("admin", "create", "--email", ADMIN, "--name", "Ada Admin", given=PASSWORD)
    plan = options.folder / "plan.yaml"
    plan.write_text(PLAN)
    portal.run("plan", "publish", str(plan))
    portal.start(0)
    portal.wait_ready(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    siege = Siege(options, portal, Mail(options.folder / "mail"))
    siege.run()
    portal.servers[0].terminate()
    portal.servers[0].wait()
    mail.terminate()
    print(f"{siege.passed} passed, {siege.failed} failed")
    sys.exit(bool(siege.failed))


if __name__ == "__main__":
    main()
