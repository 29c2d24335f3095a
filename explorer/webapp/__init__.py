"""The thin layer between the library and Streamlit: the only place that imports it."""
