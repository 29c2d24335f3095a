"""The theme message that is made once equals Streamlit's."""

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from explorer.webapp.theme_message import make_theme_once


def test_kept_theme_equals_streamlits_in_every_section(monkeypatch):
    original = app_session._populate_theme_msg
    monkeypatch.setattr(app_session, "_populate_theme_msg", original)
    monkeypatch.setattr(config, "_config_options", {**config.get_config_options()})
    config.set_option("theme.font", "serif")
    config.set_option("theme.light.primaryColor", "#123456")
    make_theme_once()
    for section in ("theme", "theme.light", "theme.dark", "theme.sidebar"):
        for _ in range(2):
            ours, streamlits = CustomThemeConfig(), CustomThemeConfig()
            app_session._populate_theme_msg(ours.dark, section)
            original(streamlits.dark, section)
            assert ours == streamlits
            assert ours.HasField("dark") == streamlits.HasField("dark")
