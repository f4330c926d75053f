"""Certificates with something odd in them, for tests of what is read from a certificate.

    names        every kind of alternative name
    subjects     attributes in several encodings, one twice, one without a name
    plain        no extension at all
    ed25519, ed448, dsa, pss, small   other keys
    negative, zero, odd-serial        serial numbers
    far          times beyond 2050, which are written in another form
"""

import subprocess
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from pki import days, ec_key, issue, subject

ASN1_UTF8, ASN1_IA5, ASN1_INTEGER = b"\x0c", b"\x16", b"\x02"


def other_name(oid, tag, value):
    return x509.OtherName(x509.ObjectIdentifier(oid), tag + bytes([len(value)]) + value)


def alternative_names():
    return [
        x509.DNSName("one.test"), x509.DNSName("*.two.test"), x509.DNSName("nul\0in.test"),
        x509.RFC822Name("someone@mail.test"), x509.UniformResourceIdentifier("https://uri.test/path"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
        x509.IPAddress(ip_address("2001:db8::5")),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")), x509.DirectoryName(subject("inside")),
        other_name("1.3.6.1.5.5.7.8.5", ASN1_UTF8, "xmpp.tést".encode()),
        other_name("1.3.6.1.5.5.7.8.5", ASN1_UTF8, b"second.test"),
        other_name("1.3.6.1.5.5.7.8.7", ASN1_IA5, b"_xmpp-client.srv.test"),
        other_name("1.2.3.4.5.6", ASN1_UTF8, b"unknown oid"),
    ]


def subjects():
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lua é moonlight"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "first"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "second"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "Ünits", _type=_ASN1Type.BMPString),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "nul\0inside"),
        x509.NameAttribute(x509.ObjectIdentifier("1.2.3.4.5.7"), "nameless"),
        x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "test", _type=_ASN1Type.IA5String),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.test", _type=_ASN1Type.IA5String),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, "12-34", _type=_ASN1Type.PrintableString),
    ])


def bare(key, digest, name, serial):
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(serial).not_valid_before(days(-1)).not_valid_after(days(365)).sign(key, digest))


def by_command(directory, name, key, *arguments):
    """What the Python library refuses to make."""
    base = "%s/%s" % (directory, name)
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", *key, "-keyout", base + ".key", "-out",
                    base + ".pem", "-subj", "/CN=" + name, "-days", "365", *arguments],
                   check=True, capture_output=True)


def make(directory, issuer):
    def save(name, certificate):
        with open("%s/%s.pem" % (directory, name), "wb") as file:
            file.write(certificate.public_bytes(Encoding.PEM))

    sha256 = hashes.SHA256()
    save("names", issue("names", issuer, names=alternative_names()).certificate)
    save("integer-name", issue("integer", issuer, names=[
        x509.DNSName("one.test"), other_name("1.2.3.4.5.8", ASN1_INTEGER, b"\x2a")]).certificate)
    save("subjects", bare(ec_key(), sha256, subjects(), 0x1234567890ABCDEF))
    save("plain", bare(ec_key(), sha256, subject("plain"), 5))
    save("odd-serial", bare(ec_key(), sha256, subject("odd"), 0xABC))
    save("ed25519", bare(ed25519.Ed25519PrivateKey.generate(), None, subject("ed25519"), 1))
    save("ed448", bare(ed448.Ed448PrivateKey.generate(), None, subject("ed448"), 1))
    save("sha512", bare(ec_key(), hashes.SHA512(), subject("sha512"), 0x80))
    save("far", issue("far", valid=(12000, 20000)).certificate)
    curve = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    by_command(directory, "negative", curve, "-set_serial", "-5")
    by_command(directory, "zero", curve, "-set_serial", "0")
    by_command(directory, "pss", ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:1024"])
    save("dsa", bare(dsa.generate_private_key(1024), sha256, subject("dsa"), 1))
