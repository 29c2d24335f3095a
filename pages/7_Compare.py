"""The Compare page: two embeddings of the same items side by side."""

from explorer.webapp.page import page, show_errors
from explorer.webapp.views import compare, compare_quality

with page("Compare", "Two embeddings of the same {items}: their neighbors, and how many they share.") as embedding:
    other, key, first, k = compare.settings(embedding)
    compare.ready_pairs(embedding, other)
    if other is None:
        compare.nothing_to_compare(embedding)
    else:
        with show_errors(stop=False):
            found = compare.compared(embedding, other, k)
            compare.side_by_side(found, key or first)
            compare.overall_overlap(found, key)
            compare.popularity_comparison(found)
    compare_quality.quality_cards([embedding, *([other] if other else [])])
