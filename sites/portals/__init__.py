"""Portals as facts: one TOML file each."""
