"""Kits: signed bundles of firmware profiles and criteria, by which a back office keeps its stations up to date.

Nothing in a kit is believed before its signature is verified, none is taken into use before its profiles were read
against their own captures, and none while a test runs.
"""
