"""The Factors page: PCA factors of the items, and the item bias."""

from explorer.webapp.components import widgets
from explorer.webapp.page import page
from explorer.webapp.views import factors

VIEWS = {"one": "One factor", "two": "Two factors", "bias": "Bias"}

with page("Factors", "The directions in which the {items} differ most, and the items at both ends.") as embedding:
    view = widgets.one_of("Show", "view", "one", VIEWS, label_visibility="collapsed")
    n_items, filtered, by = factors.settings(embedding)
    if view == "bias":
        factors.bias(embedding, n_items)
    elif view == "two":
        factors.two_factors(embedding, factors.found_factors(embedding, n_items, filtered), by)
    else:
        factors.one_factor(embedding, factors.found_factors(embedding, n_items, filtered), by)
