"""An SMTP server that keeps what it gets.

It prints the port that it listens on, writes every message as `<number>.eml` into the folder and
adds a line of JSON with sender, receivers and file to `index.jsonl` there. It runs until it is
told to stop.
"""

import argparse
import asyncio
import json
import random
import signal
import ssl
import subprocess
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Keeper:
    """Writes messages down in the order in which they come."""

    def __init__(self, folder: Path, trouble: bool):
        self.folder = folder
        self.trouble = trouble
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        if self.trouble:
            lot = random.random()
            if lot < 0.02:
                return "451 Try again later"
            if lot < 0.03:
                # Gone in the middle of the letter.
                server.transport.abort()
                return "421 Gone"
            if lot < 0.032:
                await asyncio.sleep(3)
        self.count += 1
        name = f"{self.count:04}.eml"
        (self.folder / name).write_bytes(envelope.content)
        line = {
            "file": name,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "signedIn": bool(session.authenticated),
        }
        # Last, so that whoever reads the line finds the file.
        with (self.folder / "index.jsonl").open("a", encoding="utf-8") as index:
            index.write(json.dumps(line) + "\n")
        return "250 OK"


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody trusts unless told to: `certificate.pem`."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--starttls", action="store_true", help="demand STARTTLS")
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="demand this sign-in")
    parser.add_argument("--trouble", action="store_true",
                        help="refuse for a while, hang up and fall silent, now and then")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    settings = {}
    if options.starttls:
        settings |= {"tls_context": self_signed(options.folder), "require_starttls": True}
    if options.auth:
        user, password = options.auth.encode().split(b":", 1)

        def authenticator(server, session, envelope, mechanism, data):
            known = isinstance(data, LoginPassword) and (data.login, data.password) == (user, password)
            return AuthResult(success=known, handled=False)

        settings |= {
            "authenticator": authenticator,
            "auth_required": True,
            "auth_require_tls": options.starttls,
        }

    asyncio.run(serve(Keeper(options.folder, options.trouble), settings))


async def serve(keeper: Keeper, settings: dict):
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told_to_stop.set)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="localhost", loop=loop, **settings), "127.0.0.1", 0
    )
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await told_to_stop.wait()


if __name__ == "__main__":
    main()
