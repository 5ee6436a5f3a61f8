"""Reading reports: pages to kinds, bodies, years, cells and findings. Pure."""
