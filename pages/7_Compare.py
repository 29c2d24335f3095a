"""The Compare page: two embeddings of the same items side by side."""

from explorer.webapp.components import widgets
from explorer.webapp.page import page, show_errors
from explorer.webapp.views import compare, compare_quality
from explorer.webapp.wording import item_noun

with page("Compare", "Two embeddings of the same {items}: their neighbors, and how many they share.") as embedding:
    other, key, first, k = compare.settings(embedding)
    compare.ready_pairs(embedding, other)
    if other is None:
        compare.nothing_to_compare(embedding)
    else:
        with show_errors(stop=False):
            found = compare.compared(embedding, other, k)
            compare.side_by_side(found, key or first)
            with widgets.folded_on_phones(f"All {item_noun(embedding)}"):
                compare.overall_overlap(found, key)
            with widgets.folded_on_phones("Popularity bias"):
                compare.popularity_comparison(found)
    with widgets.folded_on_phones("Quality"):
        compare_quality.quality_cards([embedding, *([other] if other else [])])
