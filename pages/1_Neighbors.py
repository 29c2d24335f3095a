"""The Neighbors page: one to six items side by side with their neighbors."""

from explorer.webapp.page import page
from explorer.webapp.views import neighbors

with page("Neighbors", "The {items} nearest to the ones you choose, among {n}.") as embedding:
    keys = neighbors.chosen_items(embedding)
    metric, k, found, compared, by = neighbors.settings(embedding)
    neighbors.side_by_side(embedding, keys, metric, k, found, compared, by)
    if len(keys) == 2:
        neighbors.two_compared(compared, *keys)
