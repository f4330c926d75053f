"""The table of certificates that a client must refuse, each with a twin that it must accept.

Every function below adds cases to a Table. A case has the host that the client asks for, what it trusts,
and two identities: `bad`, which has one fault, and `good`, which differs in that alone. `reason` is how
OpenSSL 3.0 names the fault.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from pki import CLIENT, SERVER, Identity, ec_key, issue, revocation_list, rsa_key

HOST = "www.moontide.test"
MISMATCH = "hostname mismatch"
ADDRESS_MISMATCH = "IP address mismatch"


@dataclass
class Side:
    identity: Identity
    chain: list          # identities sent behind it
    trust: list          # PEM texts: authorities and revocation lists


@dataclass
class Case:
    name: str
    reason: str
    bad: Side
    good: Side
    host: str
    good_host: str
    settings: dict = field(default_factory=dict)


class Table:
    def __init__(self):
        self.root = issue("Moontide root", ca=True)
        self.middle = issue("Moontide intermediate", self.root, ca=True)
        self.rsa = rsa_key(2048)
        self.cases = []

    def leaf(self, issuer=None, names=(HOST,), **changes):
        return issue(changes.pop("common_name", HOST), issuer or self.middle, names=names, **changes)

    def side(self, identity, chain=None, trust=None):
        return Side(identity, [self.middle] if chain is None else chain,
                    [self.root.pem()] if trust is None else trust)

    def add(self, name, reason, bad, good=None, host=HOST, good_host=None, **settings):
        """`settings`: crl, crl_chain (what the client checks) and lenient (openssl s_client accepts it)."""
        bad = bad if isinstance(bad, Side) else self.side(bad)
        good = good or self.leaf()
        good = good if isinstance(good, Side) else self.side(good)
        self.cases.append(Case(name, reason, bad, good, host, good_host or host, settings))


def times(table):
    expired, early = (-30, -1), (1, 30)
    table.add("expired", "certificate has expired", table.leaf(valid=expired))
    table.add("not yet valid", "certificate is not yet valid", table.leaf(valid=early))
    for name, reason, valid in (("expired intermediate", "certificate has expired", expired),
                                ("intermediate not yet valid", "certificate is not yet valid", early)):
        key = ec_key()
        middle = issue("Another intermediate", table.root, ca=True, valid=valid, key=key)
        fresh = issue("Another intermediate", table.root, ca=True, key=key)
        leaf = table.leaf(middle)
        table.add(name, reason, table.side(leaf, [middle]), table.side(leaf, [fresh]))
    key = ec_key()
    old = issue("An old root", ca=True, valid=expired, key=key)
    renewed = issue("An old root", ca=True, key=key)
    leaf = table.leaf(old)
    table.add("expired root", "certificate has expired", table.side(leaf, [], [old.pem()]),
              table.side(leaf, [], [renewed.pem()]))


def names(table):
    def mismatch(name, wrong, right, host=HOST, **settings):
        table.add(name, MISMATCH, table.leaf(names=wrong, common_name="x"),
                  table.leaf(names=right, common_name="x"), host=host, **settings)

    mismatch("wrong name", ["mail.moontide.test"], [HOST])
    mismatch("name of the parent domain", ["moontide.test"], [HOST])
    mismatch("name is only the end", ["otherwww.moontide.test"], ["WWW.Moontide.Test"])
    mismatch("name is only the beginning", [HOST + ".other.test"], [HOST])
    mismatch("NUL in the name", ["DNS:" + HOST + "\0.other.test"], [HOST])
    mismatch("name with a space behind it", ["DNS:" + HOST + " "], [HOST])
    mismatch("name in a URI only",
             [x509.UniformResourceIdentifier("https://" + HOST + "/")], [HOST])
    mismatch("name in a mail address only", [x509.RFC822Name("postmaster@" + HOST)], [HOST])
    table.add("common name only", MISMATCH, table.leaf(names=()), lenient=True)
    table.add("right common name, wrong alternative name", MISMATCH, table.leaf(names=["other.test"]))
    table.add("NUL in the common name", MISMATCH, table.leaf(names=(), common_name=HOST + "\0.other.test"))


def wildcards(table):
    def wildcard(name, pattern, host=HOST, right="*.moontide.test", good_host=HOST, **settings):
        table.add("wildcard " + name, MISMATCH, table.leaf(names=["DNS:" + pattern], common_name="x"),
                  table.leaf(names=[right], common_name="x"), host=host, good_host=good_host, **settings)

    wildcard("for two labels", "*.moontide.test", host="a.www.moontide.test")
    wildcard("for no label", "*.moontide.test", host="moontide.test")
    wildcard("in the middle", "www.*.test")
    wildcard("twice", "*.*.test")
    wildcard("for a top-level domain", "*.test", host="moontide.test")
    wildcard("alone", "*")
    wildcard("in part of a label, at its end", "ww*.moontide.test", lenient=True)
    wildcard("in part of a label, at its start", "*w.moontide.test", lenient=True)
    wildcard("in an internationalised label", "xn--w*.moontide.test", host="xn--ww.moontide.test")
    table.add("wildcard in the common name only", MISMATCH,
              table.leaf(names=(), common_name="*.moontide.test"), lenient=True)


def addresses(table):
    def address(name, wrong, right, host="127.0.0.1", reason=ADDRESS_MISMATCH, **settings):
        table.add(name, reason, table.leaf(names=wrong, common_name=host),
                  table.leaf(names=right, common_name=host), host=host, **settings)

    address("address as a DNS name", ["DNS:127.0.0.1"], ["127.0.0.1"])
    address("address in the common name only", (), ["127.0.0.1"])
    address("another address", ["127.0.0.2"], ["127.0.0.2", "127.0.0.1"])
    address("wildcard for an address", ["DNS:*.0.0.1"], ["127.0.0.1"])
    address("name, but the address is asked for", [HOST], [HOST, "127.0.0.1"])
    address("address, but the name is asked for", ["127.0.0.1"], ["127.0.0.1", HOST], host=HOST,
            reason=MISMATCH, lenient=True)
    address("IPv4 address mapped into IPv6", ["::ffff:127.0.0.1"], ["127.0.0.1"])


def trust(table):
    key = ec_key()
    alone = issue(HOST, names=[HOST], key=key)
    table.add("self-signed", "self-signed certificate", table.side(alone, []),
              table.side(alone, [], [alone.pem()]))
    stranger = issue("Unknown root", ca=True)
    foreign = table.leaf(stranger)
    table.add("unknown root", "unable to get local issuer certificate", table.side(foreign, []),
              table.side(foreign, [], [table.root.pem(), stranger.pem()]))
    table.add("unknown root that is sent along", "self-signed certificate in certificate chain",
              table.side(foreign, [stranger]), table.side(foreign, [stranger], [stranger.pem()]))
    double = issue("Moontide root", ca=True)
    table.add("root of the same name with another key", "unable to get local issuer certificate",
              table.side(table.leaf(double), []), table.side(table.leaf(table.root), []))
    leaf = table.leaf()
    table.add("missing intermediate", "unable to get local issuer certificate", table.side(leaf, []),
              table.side(leaf, [table.middle]))
    last = issue("Last intermediate", table.middle, ca=True)
    deep = table.leaf(last)
    table.add("missing one of two intermediates", "unable to get local issuer certificate",
              table.side(deep, [last]), table.side(deep, [table.middle, last]))
    table.add("intermediate in front of the leaf", "unsuitable certificate purpose",
              table.side(table.middle, [leaf]), table.side(leaf, [table.middle]))
    table.add("tampered", "certificate signature failure", tampered(leaf), leaf)


def tampered(identity):
    """The same certificate with a bit of its signature changed."""
    der = bytearray(identity.certificate.public_bytes(Encoding.DER))
    der[-1] ^= 1  # the signature is what ends it
    return Identity(x509.load_der_x509_certificate(bytes(der)), identity.key)


def authorities(table):
    def through(name, reason, middle, good_middle, host=HOST):
        table.add(name, reason, table.side(table.leaf(middle, names=[host]), [middle]),
                  table.side(table.leaf(good_middle, names=[host]), [good_middle]), host=host)

    leaf = table.leaf()
    key = ec_key()
    table.add("issued by a leaf", "invalid CA certificate",
              table.side(table.leaf(leaf), [leaf, table.middle]),
              table.side(table.leaf(table.middle), [table.middle]))
    through("authority that may not sign certificates", "invalid CA certificate",
            issue("No signer", table.root, ca=True, usage={"crl_sign"}, key=key),
            issue("No signer", table.root, ca=True, key=key))
    chains = []
    for allowed in (0, 1):
        upper = issue("Upper", table.root, ca=True, path_length=allowed)
        lower = issue("Lower", upper, ca=True)
        chains.append(table.side(table.leaf(lower), [lower, upper]))
    table.add("path length exceeded", "path length constraint exceeded", *chains)

    def constrained(permitted=None, excluded=None):
        return issue("Constrained", table.root, ca=True,
                     more=[(x509.NameConstraints(permitted, excluded), True)])

    def dns(*names_of):
        return [x509.DNSName(name) for name in names_of]

    through("outside the permitted names", "permitted subtree violation", constrained(dns("other.test")),
            constrained(dns("moontide.test")))
    through("among the excluded names", "excluded subtree violation",
            constrained(excluded=dns("moontide.test")), constrained(excluded=dns("other.test")))
    through("outside the permitted addresses", "permitted subtree violation",
            constrained([x509.IPAddress(ip_network("10.0.0.0/8"))]),
            constrained([x509.IPAddress(ip_network("127.0.0.0/8"))]), host="127.0.0.1")


def purposes(table):
    wrong = "unsuitable certificate purpose"
    table.add("client certificate", wrong, table.leaf(purposes=[CLIENT]), table.leaf(purposes=[SERVER]))
    table.add("key usage without signatures", wrong, table.leaf(usage={"content_commitment"}),
              table.leaf(usage={"digital_signature"}))
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    table.add("unknown critical extension", "unhandled critical extension",
              table.leaf(more=[(unknown, True)]), table.leaf(more=[(unknown, False)]))


def weakness(table):
    strong = table.leaf(key=table.rsa)
    for bits in (768, 1024):  # 512 are too few for a signature of TLS 1.3
        table.add("RSA key of %d bits" % bits, "EE certificate key too weak",
                  table.leaf(key=rsa_key(bits)), strong)
    middle = issue("Weak intermediate", table.root, ca=True, key=rsa_key(1024))
    better = issue("Weak intermediate", table.root, ca=True, key=table.rsa)
    table.add("authority's RSA key of 1024 bits", "CA certificate key too weak",
              table.side(table.leaf(middle), [middle]), table.side(table.leaf(better), [better]))
    root = issue("RSA root", ca=True, key=table.rsa)
    for name, digest in (("MD5", hashes.MD5()), ("SHA-1", hashes.SHA1())):
        table.add("signed with " + name, "CA signature digest algorithm too weak",
                  table.side(table.leaf(root, digest=digest), [], [root.pem()]),
                  table.side(table.leaf(root), [], [root.pem()]))


def revocation(table):
    root, middle, leaf = table.root, table.middle, table.leaf()
    clean = revocation_list(middle)

    def listed(name, reason, bad, good, **settings):
        table.add(name, reason, table.side(leaf, trust=[root.pem()] + bad),
                  table.side(leaf, trust=[root.pem()] + good), crl=True, **settings)

    other = table.leaf()
    listed("revoked", "certificate revoked", [revocation_list(middle, [leaf])],
           [revocation_list(middle, [other])])
    listed("expired revocation list", "CRL has expired", [revocation_list(middle, valid=(-30, -1))], [clean])
    listed("revocation list of the future", "CRL is not yet valid",
           [revocation_list(middle, valid=(1, 30))], [clean])
    listed("missing revocation list", "unable to get certificate CRL", [revocation_list(root)], [clean])
    forged = Identity(middle.certificate, ec_key())
    listed("forged revocation list", "CRL signature failure", [revocation_list(forged)], [clean])
    listed("revoked intermediate", "certificate revoked", [clean, revocation_list(root, [middle])],
           [clean, revocation_list(root)], crl_chain=True)


def judged():
    table = Table()
    for add in (times, names, wildcards, addresses, trust, authorities, purposes, weakness, revocation):
        add(table)
    return table.cases
