"""An FTP server for the tests of socket.ftp, on pyftpdlib:

    ftpd.py READY_FILE DIRECTORY [CERTIFICATE KEY]

Serves DIRECTORY to the users ftp, as socket.ftp calls itself by default, moon, password t:de, and user,
password secret, on free ports of 127.0.0.1 and ::1, which it writes to READY_FILE, one a line. With a
certificate it is to be asked for TLS by AUTH, and wants that for data, too.
"""
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
from pyftpdlib.authorizers import DummyAuthorizer  # noqa: E402
from pyftpdlib import handlers  # noqa: E402
from pyftpdlib.ioloop import IOLoop  # noqa: E402
from pyftpdlib.servers import FTPServer  # noqa: E402

logging.basicConfig(level=logging.WARNING)
ready, directory = sys.argv[1:3]
authorizer = DummyAuthorizer()
authorizer.add_user("ftp", "anonymous@anonymous.org", directory, perm="elradfmw")
authorizer.add_user("moon", "t:de", directory, perm="elradfmw")
authorizer.add_user("user", "secret", directory, perm="elradfmw")


class Handler(handlers.TLS_FTPHandler if len(sys.argv) > 3 else handlers.FTPHandler):
    auth_failed_timeout = 0


if len(sys.argv) > 3:
    Handler.certfile, Handler.keyfile = sys.argv[3:5]
    Handler.tls_control_required = Handler.tls_data_required = True
Handler.authorizer = authorizer
loop = IOLoop()
servers = [FTPServer((address, 0), Handler, ioloop=loop) for address in ("127.0.0.1", "::1")]
with open(ready + ".new", "w") as file:
    file.write("".join(f"{server.address[1]}\n" for server in servers))
os.rename(ready + ".new", ready)
servers[0].serve_forever(handle_exit=False)
