"""Tests of the technician's page: its server over real sockets, and the page itself in a real browser."""
