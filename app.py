"""Home: one search box, and one item with its neighbors and its place on the map."""

from explorer.webapp.page import page
from explorer.webapp.views import home

with page("Home", "Similar {items} are close together. Search for one and look around.") as embedding:
    key, found, by = home.search_box(embedding)
    home.opened_item(embedding, key, found, by)
    home.about(embedding)
