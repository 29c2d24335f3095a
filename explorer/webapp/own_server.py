"""Whether our own server serves the pages (webapp/server.py), which can do more than plain `streamlit run app.py`."""

_ours = False


def mark_own_server() -> None:
    """Said by our server when it starts."""
    global _ours
    _ours = True


def is_own_server() -> bool:
    """Whether it does."""
    return _ours
