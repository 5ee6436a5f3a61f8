"""A year in a county of six portals: what they publish, edit, remove, move, redesign and break, by a script."""
