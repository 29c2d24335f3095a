"""The Streamlit app. Nothing outside this package imports Streamlit."""

import logging

# Streamlit warns for the first function with a cache that is defined before the server runs, as all of ours are.
logging.getLogger("streamlit.runtime.caching.cache_data_api").setLevel(logging.ERROR)
