"""What is known of the items, and how much of it the vectors know."""

from explorer.webapp.page import page
from explorer.webapp.views import columns

with page("Columns", "What is known of the {items}, and how much of it the vectors tell.") as embedding:
    if name := columns.chosen_column(embedding):
        columns.show(embedding, name)
