"""An authority of the tests' own, and what it signed."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def certificates(folder: Path, *hosts: str) -> Path:
    """`ca.pem`, `cert.pem` of these names and addresses, and `key.pem`, in that folder, for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ours, theirs = _name("an authority of the tests"), _name(hosts[0] if hosts else "a machine")
    basic = x509.BasicConstraints(ca=True, path_length=None)
    usage = x509.KeyUsage(*(one in {5, 6} for one in range(9)))  # to sign certificates, and lists of revoked ones
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    root = _builder(ours, ours, root_key).add_extension(basic, critical=True).add_extension(usage, critical=True)
    leaf = _builder(theirs, ours, key).add_extension(signed_by, critical=False)
    if hosts:
        leaf = leaf.add_extension(x509.SubjectAlternativeName([_host(one) for one in hosts]), critical=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(pem))
    (folder / "cert.pem").write_bytes(leaf.sign(root_key, hashes.SHA256()).public_bytes(pem))
    (folder / "key.pem").touch(0o600)
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
