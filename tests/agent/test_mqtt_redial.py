"""A broker is called again after a pause that grows, and only the connection that stands is heard."""

from dataclasses import replace
from pathlib import Path

from agent.config_broker import MqttSettings
from agent.mqtt_link import Connected, Event, Lost
from agent.mqtt_redial import Redial
from tests.agent.broker import Broker
from tests.peers import free_port


def heard(redial: Redial) -> Event:
    """The next event; patient by number, not by time."""
    for _ in range(60):
        event = redial.next(1.0)
        if event is not None:
            return event
    raise AssertionError("nothing happened")


def test_the_pause_grows_with_connections_that_came_to_nothing_and_begins_anew_after_one_of_use() -> None:
    asked: list[int] = []

    def pause(failures: int) -> float:
        asked.append(failures)
        return 0.0

    nobody = MqttSettings(host="127.0.0.1", port=free_port(), tenant="north")
    redial = Redial(nobody, client_id="s", pause=pause)
    for _ in range(3):
        assert isinstance(heard(redial), Lost)
        assert redial.link is None
    redial.settled()
    assert isinstance(heard(redial), Lost)
    redial.close()
    assert asked == [0, 1, 2, 0]


def test_what_an_older_connection_still_says_is_not_heard(broker: Broker) -> None:
    redial = Redial(broker.settings, client_id="s", pause=lambda failures: 0.0)
    for _ in range(5):
        assert isinstance(heard(redial), Connected)
        redial.hang_up()  # its Lost comes, and is of a connection that counts no more
    redial.close()


def test_a_password_file_that_vanished_meanwhile_is_told_and_tried_again(tmp_path: Path, broker: Broker) -> None:
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text("secret")
    settings = replace(broker.settings, username="s", password_file=secret)
    redial = Redial(settings, client_id="s", pause=lambda failures: 0.0)
    secret.rename(tmp_path / "away")
    lost = heard(redial)
    assert isinstance(lost, Lost) and "a password file that cannot be read" in lost.why
    (tmp_path / "away").rename(secret)
    while isinstance(event := heard(redial), Lost):
        pass
    assert isinstance(event, Connected)
    redial.close()
