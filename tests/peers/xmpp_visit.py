#!/usr/bin/python3
"""Logs in to an XMPP server of 127.0.0.1 over STARTTLS, with SCRAM bound to the TLS connection (RFC 5802):

    xmpp_visit.py PORT CA_FILE USER PASSWORD

Both ends take the value of tls-unique from their TLS library; they agree or there is no way in. Prints
"welcome" once the server has proved that it knows the password, too; or else what went wrong.
"""

import base64
import hashlib
import hmac
import re
import socket
import ssl
import sys

STREAM = ("<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
          "xmlns:stream='http://etherx.jabber.org/streams'>")
SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"


def ask(connection, text, pattern):
    """Sends the text, and reads until the pattern or a failure comes: what the pattern holds."""
    connection.sendall(text.encode())
    answer = ""
    while True:
        found = re.search(pattern, answer)
        if found:
            return found.group(1)
        piece = b"" if "</failure>" in answer else connection.recv(65536)
        if not piece:
            raise OSError("no %s in %s" % (pattern, answer))
        answer += piece.decode()


def encode(text):
    return base64.b64encode(text).decode()


def digest(key, text):
    return hmac.new(key, text, "sha1").digest()


def log_in(connection, user, password):
    features = ask(connection, STREAM, "(?s)(<stream:features.*</stream:features>)")
    if "<mechanism>SCRAM-SHA-1-PLUS<" not in features:
        raise OSError("not offered in " + features)
    header = b"p=tls-unique,,"
    opening = b"n=%s,r=nonce-of-the-client" % user.encode()
    challenge = base64.b64decode(ask(
        connection, "<auth %s mechanism='SCRAM-SHA-1-PLUS'>%s</auth>" % (SASL, encode(header + opening)),
        "<challenge[^>]*>(.*)</challenge>"))
    nonce, salt, rounds = re.match(b"r=(.*),s=(.*),i=(.*)$", challenge).groups()
    salted = hashlib.pbkdf2_hmac("sha1", password.encode(), base64.b64decode(salt), int(rounds))
    binding = encode(header + connection.get_channel_binding("tls-unique")).encode()
    closing = b"c=%s,r=%s" % (binding, nonce)
    everything = b",".join((opening, challenge, closing))
    key = digest(salted, b"Client Key")
    signature = digest(hashlib.sha1(key).digest(), everything)
    proof = bytes(left ^ right for left, right in zip(key, signature))
    verdict = ask(
        connection, "<response %s>%s</response>" % (SASL, encode(closing + b",p=" + encode(proof).encode())),
        "<success[^>]*>(.*)</success>")
    if base64.b64decode(verdict) != b"v=" + encode(digest(digest(salted, b"Server Key"), everything)).encode():
        raise OSError("the server does not know the password")


def visit(port, authority, user, password):
    context = ssl.create_default_context(cafile=authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # TLS 1.3 has no tls-unique
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as connection:
        ask(connection, STREAM, "(</stream:features>)")
        ask(connection, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "(<proceed )")
        with context.wrap_socket(connection, server_hostname="localhost") as secure:
            log_in(secure, user, password)
            ask(secure, STREAM, "(</stream:features>)")
            ask(secure, "</stream:stream>", "(</stream:stream>)")


try:
    visit(*sys.argv[1:])
    print("welcome")
except OSError as failure:
    print("failed:", failure)
