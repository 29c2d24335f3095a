"""Recommendations: what a user may like, from a few ratings, and why."""

from explorer.core.recommend.active_learning import suggestions
from explorer.core.recommend.explanation import Parts, contributions, score_parts
from explorer.core.recommend.new_user import fold_in
from explorer.core.recommend.orders import LIKED, ORDERS, liked, likely, near, orders_for, predictions
from explorer.core.recommend.ranking import (
    ADDED,
    direction,
    nearest_to_user,
    predicted,
    preferred_by_user,
    rated_table,
    recommend,
)
from explorer.core.recommend.steering import Steer
from explorer.core.recommend.user import (
    User,
    predicts,
    ranks_for_users,
    reject,
    scale,
    trained_user,
    user_without_model,
)

__all__ = [
    "ADDED", "LIKED", "ORDERS", "Parts", "Steer", "User", "contributions", "direction", "fold_in", "liked", "likely",
    "near", "nearest_to_user", "orders_for", "predicted", "predictions", "predicts", "preferred_by_user",
    "ranks_for_users", "rated_table", "recommend", "reject", "scale", "score_parts", "suggestions", "trained_user",
    "user_without_model",
]  # fmt: skip
