#!/usr/bin/python3
"""Asks a TLS server of 127.0.0.1 for a path, by Python's ssl, and prints the body:

    tls_visit.py PORT CA_FILE NAME PATH [VERSION [CERTIFICATE KEY]]

VERSION is TLSv1_2 or TLSv1_3. A server that leaves without close_notify is an error, and so is any other
failure: its text is printed.
"""

import socket
import ssl
import sys


def visit(port, authority, name, path, version=None, certificate=None, key=None):
    context = ssl.create_default_context(cafile=authority)
    if version:
        context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    if certificate:
        context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as connection:
        with context.wrap_socket(connection, server_hostname=name, suppress_ragged_eofs=False) as stream:
            stream.sendall(("GET %s HTTP/1.1\r\n\r\n" % path).encode())
            answer = b""
            while True:
                piece = stream.recv(65536)
                if not piece:
                    break
                answer += piece
    return answer.partition(b"\r\n\r\n")[2]


try:
    sys.stdout.buffer.write(visit(*sys.argv[1:]))
except OSError as error:
    print("failed:", getattr(error, "reason", error))
