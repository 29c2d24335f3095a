"""The map as a widget for Jupyter notebooks. Needs the extra `notebook`."""
