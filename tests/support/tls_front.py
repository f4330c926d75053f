#!/usr/bin/python3
"""Speaks TLS to clients and plain text to a server of 127.0.0.1:

    tls_front.py CERTIFICATE KEY PORT [truncate] [REQUIRED_CLIENT_CA]

Prints its port and its process id, and serves until it is killed. The server sees nothing of a client before
its handshake is over. When the server closes, the client is told so by close_notify, unless `truncate` is
given.
"""

import os
import select
import socket
import ssl
import sys
import threading

SECONDS = 30


def pump(client, server, truncate):
    while True:
        readable = [client] if client.pending() else select.select([client, server], [], [], SECONDS)[0]
        if not readable:
            return
        if client in readable:
            data = client.recv(65536)
            if not data:
                return
            server.sendall(data)
        if server in readable:
            data = server.recv(65536)
            if not data:
                if not truncate:
                    client.unwrap()
                return
            client.sendall(data)


def attend(connection, context, port, truncate):
    connection.settimeout(SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with context.wrap_socket(connection, server_side=True) as client, \
                socket.create_connection(("127.0.0.1", port)) as server:
            pump(client, server, truncate)
    except OSError:
        pass  # the client left, or refused
    finally:
        connection.close()


def main(certificate, key, port, *options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for option in options:
        if option != "truncate":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(option)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], os.getpid(), flush=True)
    while True:
        connection, _ = listener.accept()
        arguments = (connection, context, int(port), "truncate" in options)
        threading.Thread(target=attend, args=arguments, daemon=True).start()


main(*sys.argv[1:])
