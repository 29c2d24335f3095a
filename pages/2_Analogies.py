"""The Analogies page: items added and subtracted, and the items between two."""

from explorer.webapp.components import widgets
from explorer.webapp.page import page
from explorer.webapp.views import analogies

MODES = {"equation": "Equation", "between": "Between two"}

with page("Analogies", "Add and subtract {items}: the answer is the nearest to the sum of their vectors.") as embedding:
    if widgets.one_of("Mode", "mode", "equation", MODES, label_visibility="collapsed") == "equation":
        analogies.equation(embedding)
    else:
        analogies.between(embedding)
