"""Peers of a virtual line that no server of Debian can be made to be: each is a child of its own, on one interface."""
