"""Mechanisms of authentication that aiosmtpd does not have, for the handler of smtpd.py: CRAM-MD5, SCRAM and
XOAUTH2. They know one user, whom MAIL_USER and MAIL_PASSWORD of the environment may name."""
import base64
import hashlib
import hmac
import os

from aiosmtpd.smtp import MISSING, AuthResult

USER = os.environ.get("MAIL_USER", "moon")
PASSWORD = os.environ.get("MAIL_PASSWORD", "t\xefde")
TOKEN = "ya29.token"
GOOD, BAD = AuthResult(success=True, auth_data=USER.encode()), AuthResult(success=False, handled=False)


async def first_words(server, args):
    """What the client said with AUTH, or says when it is asked."""
    if len(args) > 1:
        return base64.b64decode(args[1], validate=True)
    return await server.challenge_auth("")


class Mechanisms:
    async def auth_CRAM__MD5(self, server, args):
        challenge = b"<%s@peer.example>" % os.urandom(8).hex().encode()
        answer = await server.challenge_auth(challenge)
        digest = hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()
        return GOOD if answer == f"{USER} {digest}".encode() else BAD

    async def auth_XOAUTH2(self, server, args):
        words = await first_words(server, args)
        if words == f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode():
            return GOOD
        await server.challenge_auth('{"status":"401"}')
        return BAD

    async def auth_SCRAM__SHA__1(self, server, args):
        return await self.scram("sha1", server, args)

    async def auth_SCRAM__SHA__256(self, server, args):
        return await self.scram("sha256", server, args)

    async def scram(self, name, server, args):
        def mac(key, text):
            return hmac.new(key, text, name).digest()

        words = (await first_words(server, args)).decode()
        header, first = words[:3], words[3:]
        fields = dict(part.split("=", 1) for part in first.split(","))
        if header != "n,," or fields["n"] != USER:
            return BAD
        nonce = fields["r"] + base64.b64encode(os.urandom(12)).decode()
        salt = os.urandom(16)
        challenge = f"r={nonce},s={base64.b64encode(salt).decode()},i=5000"
        answer = await server.challenge_auth(challenge)
        if answer is MISSING:
            return BAD
        last, proof = answer.decode().rsplit(",p=", 1)
        salted = hashlib.pbkdf2_hmac(name, PASSWORD.encode(), salt, 5000)
        text = f"{first},{challenge},{last}".encode()
        stored = hashlib.new(name, mac(salted, b"Client Key")).digest()
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), mac(stored, text)))
        if last != f"c=biws,r={nonce}" or hashlib.new(name, key).digest() != stored:
            return BAD
        signature = base64.b64encode(mac(mac(salted, b"Server Key"), text))
        return GOOD if await server.challenge_auth(b"v=" + signature) == b"" else BAD
