"""The Recommend page: recommendations for the visitor, or for a user of the training data."""

from explorer.core.recommend import ranks_for_users
from explorer.webapp.components import widgets
from explorer.webapp.page import page
from explorer.webapp.views.recommend.dataset_user import for_dataset_user
from explorer.webapp.views.recommend.visitor import for_visitor

MODES = {"you": "You", "somebody": "A dataset user"}

with page("Recommend", "Rate a few {items} to get recommendations.") as embedding:
    modes = MODES if ranks_for_users(embedding) else {"you": "You"}
    if widgets.one_of("For", "who", "you", modes, label_visibility="collapsed") == "you":
        for_visitor(embedding)
    else:
        for_dataset_user(embedding)
