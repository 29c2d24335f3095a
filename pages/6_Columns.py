"""The Columns page: the columns of the items, and how well the vectors predict each."""

from explorer.webapp.page import page
from explorer.webapp.views import columns

with page("Columns", "The columns of the {items}, and how well the vectors predict each of them.") as embedding:
    if name := columns.chosen_column(embedding):
        columns.show(embedding, name)
