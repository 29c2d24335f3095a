"""The theme that Streamlit sends at the start of every run, made once: it reads some 300 options for it each time."""

from __future__ import annotations

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def make_theme_once() -> None:
    """Keep the theme that Streamlit reads from its configuration from now on."""
    populate = app_session._populate_theme_msg
    made: dict[str, CustomThemeConfig] = {}

    def populate_from_kept(msg: CustomThemeConfig, section: str = "theme") -> None:
        if section not in made:
            found = CustomThemeConfig()
            populate(found, section)
            made[section] = found
        if made[section].ByteSize():  # merging an empty theme would say that there is one
            msg.MergeFrom(made[section])

    app_session._populate_theme_msg = populate_from_kept
