"""TLS to a server of ours: whom we believe, who we are, and in one plain line why a handshake failed.

TLS 1.2 or newer, the host's name always checked, only the authority that was named. A private key that others could
read is not used; one with a password is refused, since nobody sits there to type it.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agent.config_broker import TlsSettings, require_private
from agent.toml_table import ConfigError

Tell = Callable[[ssl.SSLError], None]

_UNKNOWN = "its certificate is not signed by the authority in [mqtt.tls] ca"
_VERIFYING = {
    3: "no revocation list of the authority is in [mqtt.tls] crl; fetch it",
    7: _UNKNOWN,
    9: "its certificate is not valid yet; see whether this machine's clock is right",
    10: "its certificate has expired; renew it, or set this machine's clock",
    12: "the revocation list in [mqtt.tls] crl has expired; fetch the new one",
    18: "its certificate is signed by itself, and not the one in [mqtt.tls] ca",
    19: _UNKNOWN,
    20: _UNKNOWN,
    21: _UNKNOWN,
    23: "its certificate has been revoked",
    62: "its certificate is for another host; see [mqtt] host",
    64: "its certificate is for another host; see [mqtt] host",
}
_REASONS = {
    "CERTIFICATE_REQUIRED": "it wants a certificate of ours; see [mqtt.tls] certificate and key",
    "HANDSHAKE_FAILURE": "it refuses the handshake; it may want a certificate, see [mqtt.tls] certificate and key",
    "UNKNOWN_CA": "it does not know the authority that signed our certificate",
    "CERTIFICATE_EXPIRED": "our certificate has expired; renew it",
    "CERTIFICATE_REVOKED": "our certificate has been revoked; ask for a new one",
    "BAD_CERTIFICATE": "it does not take our certificate: not valid yet, or not for a client",
    "UNSUPPORTED_CERTIFICATE": "it does not take our certificate: not for a client",
    "PROTOCOL_VERSION": "it offers no TLS 1.2 or newer",
    "UNSUPPORTED_PROTOCOL": "it offers no TLS 1.2 or newer",
    "WRONG_VERSION_NUMBER": "it speaks no TLS at this port; see [mqtt] port",
    "UNEXPECTED_EOF": "it hung up in the handshake; see whether it speaks TLS at this port",
}


def context(tls: TlsSettings | None, tell: Tell | None = None) -> ssl.SSLContext:
    """What a connection is wrapped in; ConfigError where a file cannot be used, named with its table and remedy.

    Without settings the system's authorities are believed. `tell` hears of the errors of a connection that stands
    already: what a server of TLS 1.3 says of our certificate.
    """
    made = _believing(tls) if tls else ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if tell is not None:
        made.sslsocket_class = _attentive(tell)
    return made


def _believing(tls: TlsSettings) -> ssl.SSLContext:
    with _using(tls, tls.ca, "ca"):
        made = ssl.create_default_context(cafile=str(tls.ca))
    if tls.crl is not None:
        with _using(tls, tls.crl, "crl"):
            made.load_verify_locations(str(tls.crl))
        made.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    if tls.certificate is not None and tls.key is not None:
        require_private(tls.key, "key")
        with _using(tls, tls.certificate, "certificate"):
            made.load_cert_chain(tls.certificate, tls.key, password=lambda: _no_password(tls))
    return made


def words(error: ssl.SSLError) -> str:
    """What an error of TLS with the broker means here, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFYING.get(error.verify_code, f"its certificate is not believed: {error.verify_message}")
    reason = error.reason or "UNEXPECTED_EOF"
    known = next((said for name, said in _REASONS.items() if name in reason), None)
    return known or f"the TLS handshake failed: {reason.lower().replace('_', ' ')}"


@contextlib.contextmanager
def _using(tls: TlsSettings, path: Path, key: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            told = f"[{tls.table}] key: is not the key of {path}; name the two that belong together"
            raise ConfigError(told) from error
        beside = " or the key beside it" if key == "certificate" else ""
        raise ConfigError(f"[{tls.table}] {key}: {path}{beside} is not a whole PEM file; copy it again") from error
    except OSError as error:
        raise ConfigError(f"[{tls.table}] {key}: {path}: {error.strerror}; name the file") from error


def _no_password(tls: TlsSettings) -> str:
    raise ConfigError(f"[{tls.table}] key: {tls.key} wants a password; store it without one, mode 0600")


def _attentive(tell: Tell) -> type[ssl.SSLSocket]:
    """A socket that tells what the other side said; whoever reads from it may call every error the same.

    A server of TLS 1.3 looks at our certificate only after the handshake, says no, and hangs up. When that is noticed
    in writing, its words are still there to be read.
    """

    class Attentive(ssl.SSLSocket):
        """The socket of one connection."""

        def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
            """Read, as ever."""
            with _telling(tell):
                return super().recv(buflen, flags)

        def send(self, data: Any, flags: int = 0) -> int:
            """Write; where that fails, read first what was said before."""
            try:
                return super().send(data, flags)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except OSError:
                with contextlib.suppress(OSError):
                    self.recv(1)
                raise

    return Attentive


@contextlib.contextmanager
def _telling(tell: Tell) -> Iterator[None]:
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLEOFError):
        raise
    except ssl.SSLError as error:
        tell(error)
        raise
