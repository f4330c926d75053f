#!/usr/bin/python3
"""Serves the certificates of make_judged.py, each on a port of 127.0.0.1 of its own:

    serve_judged.py DIRECTORY COUNT

Prints "NUMBER KIND PORT" for each, then "ready", and serves until its standard input ends. Whoever gets
through the handshake is told "hello" over HTTP. Nothing is too weak for this server.
"""

import os
import socket
import ssl
import sys
import threading

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
SECONDS = 20


def context(base):
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.set_ciphers("DEFAULT@SECLEVEL=0")
    settings.load_cert_chain(base + ".pem", base + ".key")
    return settings


def answer(connection, settings):
    connection.settimeout(SECONDS)
    try:
        with settings.wrap_socket(connection, server_side=True) as stream:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = stream.recv(4096)
                if not piece:
                    return
                request += piece
            stream.sendall(ANSWER)
            stream.unwrap()
    except (OSError, ValueError):
        pass  # the client has left, which is what it should do mostly
    finally:
        connection.close()


def serve(listener, settings):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, settings), daemon=True).start()


def main(directory, count):
    for number in range(1, count + 1):
        for kind in ("bad", "good"):
            settings = context("%s/%d-%s" % (directory, number, kind))
            listener = socket.create_server(("127.0.0.1", 0))
            threading.Thread(target=serve, args=(listener, settings), daemon=True).start()
            print(number, kind, listener.getsockname()[1])
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)


main(sys.argv[1], int(sys.argv[2]))
