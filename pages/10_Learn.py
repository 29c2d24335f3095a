"""The Learn page: an embedding layer is a lookup, shown with numbers that the visitor can change."""

from explorer.webapp.page import page, show_errors
from explorer.webapp.views import learn

PARTS = (learn.same_rows, learn.costs, learn.parameters, learn.by_hand, learn.distances)

with page("Learn", "An embedding layer is a lookup: see it, change it, time it.") as embedding:
    for part in PARTS:
        with show_errors(stop=False):
            part(embedding)
