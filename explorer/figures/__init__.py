"""Plotly figures, independent of Streamlit."""
