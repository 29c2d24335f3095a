"""The Map page: all items as points; similar items are close together."""

from explorer.webapp.page import page
from explorer.webapp.views.map import parts as map_page

with page("Map", "All {n} {items}. Those {alike} are close together.") as embedding:
    chosen = map_page.controls(embedding)
    selected = map_page.charts(chosen)
    map_page.details(chosen, selected)
    map_page.lists(chosen, selected)
