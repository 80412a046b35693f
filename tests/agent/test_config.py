"""A configuration says everything exactly, or one line names the file, the key and the remedy."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import load_acceptor, load_station
from agent.config_broker import TlsSettings
from agent.config_ledger import PostgresSettings
from agent.toml_table import ConfigError

STATION = """
[station]
name = "station-1"
state_dir = "state"
key = "keys/station.jwk"
trust = "trust.jwks"
[line]
interface = "eth1"
namespace = "customer"
gateway = "192.0.2.1"
[ont]
address = "192.0.2.1"
transport = "ssh"
logins = "/etc/prooflight/logins.toml"
[mqtt]
host = "broker.example.net"
tenant = "north"
username = "station-1"
password_file = "mqtt.password"
[mqtt.tls]
ca = "ca.pem"
"""
ACCEPTOR = """
[acceptor]
name = "desk"
key = "acceptor.jwk"
trust = "trust.jwks"
database = "ledger.sqlite"
[mqtt]
host = "localhost"
port = 1884
tenant = "north"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "station.toml"
    path.write_text(text)
    return path


def test_paths_are_relative_to_the_file_and_absent_values_have_their_defaults(tmp_path: Path) -> None:
    made = load_station(written(tmp_path, STATION), {})
    assert made.key == tmp_path / "keys/station.jwk"
    assert made.line is not None
    assert made.line.namespace == "customer"
    assert made.ont is not None
    assert (made.ont.port, made.ont.transport, made.ont.logins) == (0, "ssh", Path("/etc/prooflight/logins.toml"))
    assert made.mqtt is not None
    assert made.mqtt.port == 8883
    assert made.mqtt.tls is not None
    assert made.mqtt.tls.certificate is None


def test_certificates_of_the_broker_s_connection_are_files(tmp_path: Path) -> None:
    more = 'ca = "ca.pem"\ncertificate = "own.pem"\nkey = "own.key"\ncrl = "/etc/crl.pem"'
    made = load_station(written(tmp_path, STATION.replace('ca = "ca.pem"', more)), {})
    assert made.mqtt is not None
    files = {"certificate": tmp_path / "own.pem", "key": tmp_path / "own.key", "crl": Path("/etc/crl.pem")}
    assert made.mqtt.tls == TlsSettings(ca=tmp_path / "ca.pem", **files)


def test_a_station_without_line_and_broker_can_still_read_its_journal(tmp_path: Path) -> None:
    made = load_station(written(tmp_path, STATION.split("[line]")[0]), {})
    assert (made.line, made.ont, made.mqtt) == (None, None, None)


def test_an_acceptor_closes_nothing_unanchored_unless_it_is_told_to(tmp_path: Path) -> None:
    assert load_acceptor(written(tmp_path, ACCEPTOR), {}).close_unanchored is False
    switched = ACCEPTOR.replace("[mqtt]", "close_unanchored = true\n[mqtt]")
    assert load_acceptor(written(tmp_path, switched), {}).close_unanchored is True


def test_the_environment_names_the_file_where_the_command_line_does_not(tmp_path: Path) -> None:
    path = written(tmp_path, STATION)
    assert load_station(None, {"PROOFLIGHT_CONFIG": str(path)}).file == path
    with pytest.raises(ConfigError, match=r"/etc/prooflight/station.toml: .*PROOFLIGHT_CONFIG"):
        load_station(None, {})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "station-1"', 'nmae = "station-1"', r"\[station\] name: is missing; was it mistyped as nmae\?"),
        ("gateway", "gatewya", r"\[line\] gatewya: is not known here; did you mean gateway\?"),
        ("[ont]", "[otn]", r"\[otn\]: is not known here; did you mean ont\?"),
        ("[mqtt.tls]", "[mqtt.tsl]", r"\[mqtt\] tsl: is not known here; did you mean tls\?"),
        ('"station-1"\nstate', '"a/b"\nstate', r"\[station\] name: must be at most 64"),
        ('"station-1"\nstate', "7\nstate", r"\[station\] name: must be text in quotes"),
        ('"ssh"', '"shs"', r"transport: must be one of telnet, ssh, snmp, none; did you mean ssh"),
        ('tenant = "north"', 'tenant = "north"\nport = "1883"', r"\[mqtt\] port: must be a whole number"),
        ('tenant = "north"', 'tenant = "north"\nport = 70000', r"\[mqtt\] port: must be a whole number"),
        ('username = "station-1"', "", r"password_file: needs a username"),
        ('ca = "ca.pem"', 'ca = "ca.pem"\nkey = "k.pem"', r"\[mqtt.tls\] certificate: certificate and key go together"),
        ("[line]", "[line", "not TOML"),
        ("[mqtt]\n", "[mqtt]\npassword = 'x'\n", r"\[mqtt\] password: is not known here"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_remedy(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in STATION
    path = written(tmp_path, STATION.replace(old, new))
    with pytest.raises(ConfigError, match=words) as caught:
        load_station(path, {})
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_password_comes_from_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    made = load_station(written(tmp_path, STATION), {})
    assert made.mqtt is not None
    secret = tmp_path / "mqtt.password"
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        made.mqtt.password()
    secret.chmod(0o600)
    assert made.mqtt.password() == "s3cret"
    assert "s3cret" not in repr(made)


@given(
    st.text(max_size=60)
    | st.sampled_from(STATION.splitlines()).flatmap(lambda line: st.just(STATION.replace(line, "")))
)
def test_garbage_is_refused_in_one_line_or_says_what_a_station_needs(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.toml"
    path.write_text(text, errors="surrogatepass")
    try:
        made = load_station(path, {})
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        assert made.name == "station-1"


def test_each_olt_is_a_table_of_its_own_and_an_ont_may_let_nobody_in(tmp_path: Path) -> None:
    olt = '\n[olt.HZW-OLT-03]\naddress = "192.0.2.9"\ntransport = "snmp"\nfamily = "vsol_olt"\n'
    file = tmp_path / "station.toml"
    station = '[station]\nname = "s"\nstate_dir = "x"\nkey = "k"\ntrust = "t"\n'
    file.write_text(f'{station}[ont]\naddress = "192.0.2.1"\ntransport = "none"\n{olt}')
    made = load_station(file, {})
    assert made.ont and made.ont.transport == "none"
    assert (made.olts["HZW-OLT-03"].address, made.olts["HZW-OLT-03"].family) == ("192.0.2.9", "vsol_olt")
    file.write_text(file.read_text().replace('transport = "snmp"', 'transport = "none"'))
    with pytest.raises(ConfigError, match=r"olt\.HZW-OLT-03\] transport: must be one of telnet, ssh, snmp"):
        load_station(file, {})


def with_ledger(table: str, *, database: bool = False) -> str:
    kept = (
        ACCEPTOR if database else "\n".join(line for line in ACCEPTOR.splitlines() if not line.startswith("database"))
    )
    return f"{kept}\n[ledger]\n{table}\n"


def test_the_ledger_is_a_file_or_a_server_and_the_server_is_told_without_its_password(tmp_path: Path) -> None:
    assert load_acceptor(written(tmp_path, ACCEPTOR), {}).database == tmp_path / "ledger.sqlite"
    served = load_acceptor(written(tmp_path, with_ledger('dsn = "host=db"\npassword_file = "secret"')), {}).database
    assert served == PostgresSettings(dsn="host=db", password_file=tmp_path / "secret")
    assert "host=db" not in repr(served)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (with_ledger('dsn = "host=db"', database=True), r"\[acceptor\] database: .*keep one of the two"),
        (with_ledger(""), r"\[acceptor\] database: is missing"),
        (with_ledger('dsn = "host=db"\nuser = "desk"'), r"\[ledger\] user: is not known here"),
        (with_ledger("dsn = 5"), r"\[ledger\] dsn: must be text"),
    ],
)
def test_a_ledger_that_is_not_told_once_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_acceptor(written(tmp_path, text), {})
