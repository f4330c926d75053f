#!/usr/bin/python3
"""Writes certificates for ordinary tests into a directory that exists:

    make_basic.py DIRECTORY

    root, middle      the authority and an intermediate; trust.pem is the root alone
    server, ec        for localhost and 127.0.0.1, with an RSA key and an EC one, behind the intermediate
    second            the same for second.test
    client            of a client; clientonly and serveronly are good for one purpose
    alone             self-signed, trusted by nobody
    expired, revoked  as their names say; crl.pem is the root with the lists of both authorities

NAME.pem is a certificate, NAME-chain.pem with what belongs behind it, NAME.key its key. server-secret.key
is protected by the password "secret". capath/ is a hashed directory with the root. dh.pem holds
Diffie-Hellman parameters. empty.pem and text.pem hold nothing of use. odd.py adds odd certificates.
"""

import subprocess
import sys

from cryptography.hazmat.primitives.asymmetric import dh
from cryptography.hazmat.primitives.serialization import Encoding, ParameterFormat

import odd
from pki import CLIENT, SERVER, issue, revocation_list, rsa_key

LOCAL = ["localhost", "127.0.0.1", "::1"]
WRONG_PASSWORDS = ["wrong", "", "5", "x" * 1024]

# RFC 7919, appendix A.1.
FFDHE2048 = int("".join("""
    FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF9
    7D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935
    984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FB
    B96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F61
    9172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA
    886B423861285C97FFFFFFFFFFFFFFFF""".split()), 16)


def write(path, *texts):
    with open(path, "wb") as file:
        for text in texts:
            file.write(text)


def write_protected(path, identity):
    """The key of `identity` behind the password "secret", such that none of the wrong passwords that tests give
    leaves what looks like a key: one in 256 does, by chance of the padding, and lua-sec then has another reason.
    """
    def is_refused(password):
        result = subprocess.run(["openssl", "pkey", "-noout", "-in", path, "-passin", "pass:" + password],
                                stderr=subprocess.PIPE, check=False)
        return b"bad decrypt" in result.stderr

    for _ in range(1000):
        write(path, identity.key_pem("secret"))
        if all(is_refused(password) for password in WRONG_PASSWORDS):
            return
    raise RuntimeError("no protected key of which openssl says: bad decrypt")


def main(directory):
    def save(name, identity, *chain):
        write("%s/%s.pem" % (directory, name), identity.pem())
        write("%s/%s-chain.pem" % (directory, name), identity.pem(), *(link.pem() for link in chain))
        write("%s/%s.key" % (directory, name), identity.key_pem())

    root = issue("Moontide root", ca=True)
    middle = issue("Moontide intermediate", root, ca=True)
    rsa = rsa_key(2048)
    server = issue("localhost", middle, names=LOCAL, key=rsa)
    revoked = issue("revoked", middle, names=LOCAL)
    save("root", root)
    save("middle", middle, root)
    save("server", server, middle)
    save("ec", issue("localhost", middle, names=LOCAL), middle)
    save("second", issue("second.test", middle, names=["second.test"]), middle)
    save("client", issue("client", middle), middle)
    save("clientonly", issue("client", middle, purposes=[CLIENT]), middle)
    save("serveronly", issue("localhost", middle, names=LOCAL, purposes=[SERVER]), middle)
    save("expired", issue("localhost", middle, names=LOCAL, valid=(-30, -1)), middle)
    save("revoked", revoked, middle)
    save("alone", issue("alone", names=LOCAL))
    write_protected(directory + "/server-secret.key", server)
    write(directory + "/trust.pem", root.pem())
    write(directory + "/crl.pem", root.pem(), revocation_list(root), revocation_list(middle, [revoked]))
    write(directory + "/empty.pem")
    write(directory + "/text.pem", b"nothing of use\n")
    parameters = dh.DHParameterNumbers(FFDHE2048, 2).parameters()
    write(directory + "/dh.pem", parameters.parameter_bytes(Encoding.PEM, ParameterFormat.PKCS3))
    subprocess.run(["mkdir", directory + "/capath"], check=True)
    write(directory + "/capath/root.pem", root.pem())
    subprocess.run(["openssl", "rehash", directory + "/capath"], check=True)
    odd.make(directory, middle)


main(sys.argv[1])
