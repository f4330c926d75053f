"""Makes keys, certificates and revocation lists for tests, the wrong ones included.

An Identity is a certificate and its key. Keys are on the curve P-256 unless something else is asked for,
because those take no time to make.
"""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.utcnow().replace(microsecond=0)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
CA_USAGE = {"key_cert_sign", "crl_sign"}
LEAF_USAGE = {"digital_signature", "key_encipherment"}
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


@dataclass
class Identity:
    certificate: x509.Certificate
    key: object

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password=None):
        protection = (serialization.BestAvailableEncryption(password.encode()) if password
                      else serialization.NoEncryption())
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      protection)


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def days(count):
    return NOW + datetime.timedelta(days=count)


def general_name(text):
    """An address is an iPAddress and anything else a dNSName; "DNS:" in front makes it one in any case."""
    if text.startswith("DNS:"):
        return x509.DNSName(text[4:])
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def subject(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Moontide tests"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key_usage(wanted):
    return x509.KeyUsage(**{name: name in wanted for name in USAGES})


def issue(common_name, issuer=None, *, key=None, names=(), valid=(-1, 365), ca=False, path_length=None,
          usage=None, purposes=(SERVER, CLIENT), digest=None, more=(), serial=None):
    """A certificate for `common_name`, signed by `issuer` or by itself.

    `valid` are the days from now of its beginning and its end, `names` its alternative names, `more` pairs
    of an extension and whether it is critical.
    """
    key = key or ec_key()
    name = subject(common_name)
    signer = issuer or Identity(None, key)
    builder = (x509.CertificateBuilder()
               .subject_name(name)
               .issuer_name(issuer.certificate.subject if issuer else name)
               .public_key(key.public_key())
               .serial_number(serial or x509.random_serial_number())
               .not_valid_before(days(valid[0])).not_valid_after(days(valid[1]))
               .add_extension(x509.BasicConstraints(ca, path_length), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                              critical=False)
               .add_extension(key_usage(usage or (CA_USAGE if ca else LEAF_USAGE)), critical=True))
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([n if isinstance(n, x509.GeneralName) else general_name(n)
                                         for n in names]), critical=False)
    if purposes and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    return Identity(builder.sign(signer.key, digest or hashes.SHA256()), key)


def revocation_list(issuer, revoked=(), valid=(-1, 30)):
    """The CRL of `issuer` as PEM."""
    builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
               .last_update(days(valid[0])).next_update(days(valid[1])))
    for identity in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(identity.certificate.serial_number)
            .revocation_date(days(-1)).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
