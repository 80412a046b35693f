"""Addresses of web servers in a configuration: what credentials or results go to must be protected on its way."""

import ipaddress
from urllib.parse import urlsplit

from agent.toml_table import TomlTable


def web_address(table: TomlTable, key: str) -> str:
    """The URL that a key states, without a slash at its end; https, or http to this very machine."""
    url = table.text(key).rstrip("/")
    if fault := fault_of(url):
        raise table.complain(key, fault)
    return url


def fault_of(url: str) -> str:
    """What is wrong with a URL that credentials or results go to; empty where nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not a URL"
    odd = not url.isascii() or not url.isprintable() or set(url) & set(' <>"\\^`{|}')
    if odd or not host or parts.query or parts.fragment or parts.username is not None:
        return "must be a URL like https://tickets.example/api, without user, query or fragment"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return ""
    return "must begin with https:// (http:// only to this very machine)"


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine, which no name server is asked about."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
