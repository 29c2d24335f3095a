"""Tables to plotly figures; nothing of Streamlit."""
