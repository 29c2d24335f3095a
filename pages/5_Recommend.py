"""Recommendations for the visitor, or for a user of the training data."""

from explorer.webapp.components import widgets
from explorer.webapp.page import page
from explorer.webapp.views import recommend, recommend_ratings

MODES = {"you": "You", "somebody": "A dataset user"}

with page("Recommend", "Rate a few {items} to get recommendations.") as embedding:
    recommend_ratings.needs_ratings(embedding)
    if widgets.one_of("For", "who", "you", MODES, label_visibility="collapsed") == "you":
        recommend.for_visitor(embedding)
    else:
        recommend.for_dataset_user(embedding)
