"""An SMTP server for the tests of socket.smtp, on aiosmtpd:

    smtpd.py READY_FILE SPOOL_DIRECTORY CERTIFICATE KEY

Listens on free ports and writes them to READY_FILE, one a line: in the clear at 127.0.0.1 and at ::1, with
STARTTLS, without which nobody may log in, and over TLS from the start. Each mail goes to
SPOOL_DIRECTORY/NUMBER as it came, behind a line with the sender, one with the recipients, one with the
authenticated user and an empty one. Recipients at refused.example are refused.
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

from smtpd_auth import PASSWORD, USER, Mechanisms


class Handler(Mechanisms):
    def __init__(self, spool):
        self.spool = spool
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        user = (session.auth_data or b"").decode()
        head = f"{envelope.mail_from}\n{' '.join(envelope.rcpt_tos)}\n{user}\n\n"
        name = os.path.join(self.spool, str(self.count))
        with open(name + ".new", "wb") as file:
            file.write(head.encode() + envelope.original_content)
        os.rename(name + ".new", name)
        return f"250 queued as {self.count}"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=good, auth_data=data.login if good else None, handled=False)


async def main(ready, spool, certificate, key):
    handler = Handler(spool)
    loop = asyncio.get_running_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    ports = []

    async def listen(address, tls=None, **options):
        server = await loop.create_server(
            lambda: SMTP(handler, hostname="peer.example", authenticator=authenticate, loop=loop, **options),
            address, 0, ssl=tls)
        ports.append(server.sockets[0].getsockname()[1])

    await listen("127.0.0.1", auth_require_tls=False)
    await listen("::1", auth_require_tls=False)
    await listen("127.0.0.1", tls_context=context)
    await listen("127.0.0.1", tls=context, auth_require_tls=False)
    with open(ready + ".new", "w") as file:
        file.write("".join(f"{port}\n" for port in ports))
    os.rename(ready + ".new", ready)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:5]))
