"""Bytes of government portals to text, tables and metadata: pure, no network, no clock, no database."""
