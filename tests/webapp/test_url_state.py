"""URL and widgets stay equal, whichever of the two changes."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode

import pytest

from explorer.webapp import url_state


class Params(dict):
    """`st.query_params` that counts changes, because each is an entry in the browser's history."""

    steps = 0

    def get_all(self, name: str) -> list[str]:
        value = self.get(name, [])
        return list(value) if isinstance(value, list) else [value]

    def from_dict(self, values: dict[str, object]) -> None:
        self.steps += 1
        self.clear()
        self.update(values)

    def __setitem__(self, name: str, value: object) -> None:
        self.steps += 1
        super().__setitem__(name, value)

    def pop(self, name: str, *default: object) -> object:
        self.steps += 1
        return super().pop(name, *default)


@pytest.fixture
def st(monkeypatch) -> SimpleNamespace:
    fake = SimpleNamespace(session_state={}, query_params=Params())
    monkeypatch.setattr(url_state, "st", fake)
    return fake


def arrive(st, page: str, **url: object) -> None:
    """Open a page by URL; like Streamlit, drop the widgets of the previous page."""
    for key in [key for key in st.session_state if ":" in key]:
        del st.session_state[key]
    st.query_params = Params(url)
    url_state.enter(page)


def draw(st, name: str, default: object, **kwargs: object) -> object:
    """A widget that shows its session value."""
    return url_state.bind(lambda _, key, **__: st.session_state[key], "", name, default, **kwargs)


@pytest.mark.parametrize(
    ("default", "text", "value"),
    [("a", "b", "b"), (None, "b", "b"), (1, "2", 2), (0.5, "0.25", 0.25), (False, "1", True), (True, "0", False),
     ([], ["b", "c"], ["b", "c"]), (["a"], "", []), ((1980, 1990), ["1985", "1986"], (1985, 1986))],
)  # fmt: skip
def test_url_sets_the_widget_and_is_unchanged(st, default, text, value):
    arrive(st, "Home", name=text)
    assert draw(st, "name", default) == value
    assert st.query_params.steps == 0


@pytest.mark.parametrize(
    ("default", "text"),
    [(1, "x"), (1, ""), (1, "9"), (0.5, "nan?"), ((1, 2), ["1"]), ((1, 2), ["1", "x"]), ("a", "b")],
)
def test_invalid_url_value_counts_as_the_default(st, default, text):
    allowed = [1, 2, 3, 0.5, "a"]
    arrive(st, "Home", name=text)
    assert draw(st, "name", default, allowed=allowed) == default
    assert "name" not in st.query_params


@pytest.mark.parametrize(
    ("default", "text", "value"),
    [(0.5, "0.75", 0.75), (1, "2", 2), *((default, text, default) for default in (0.5, 1) for text in
     ("inf", "-inf", "1e400", "nan", "-1", "3", "9" * 5_000, "0x1", "", "[]"))],
)  # fmt: skip
def test_number_outside_the_limits_of_a_control_counts_as_the_default(st, default, text, value):
    arrive(st, "Home", name=text)
    assert draw(st, "name", default, min_value=0, max_value=2) == value


def test_list_keeps_allowed_values_once_up_to_its_limit(st):
    arrive(st, "Home", names=["a", "x", "b", "a", "c", "d"])
    assert draw(st, "names", [], allowed=["a", "b", "c", "d"], max_selections=3) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("default", "value", "text"),
    [("a", "b", ["b"]), (1, 2, ["2"]), (False, True, ["1"]), (True, False, ["0"]), ([], ["b", "c"], ["b", "c"]),
     (["a"], [], [""]), ((1, 9), (2, 3), ["2", "3"])],
)  # fmt: skip
def test_changed_widget_writes_the_url_once_and_default_clears_it(st, default, value, text):
    arrive(st, "Home")
    draw(st, "name", default)
    st.session_state["Home:name"] = value
    assert draw(st, "name", default) == value
    assert (st.query_params.get_all("name"), st.query_params.steps) == (text, 1)
    assert draw(st, "name", default) == value
    assert st.query_params.steps == 1
    st.session_state["Home:name"] = default
    assert draw(st, "name", default) == default
    assert "name" not in st.query_params


def test_explicit_default_in_the_url_stays(st):
    arrive(st, "Home", artifact="movielens")
    assert draw(st, "artifact", "movielens") == "movielens"
    assert (st.query_params, st.query_params.steps) == ({"artifact": "movielens"}, 0)


def test_browser_back_restores_the_previous_value(st):
    arrive(st, "Home")
    draw(st, "k", 10)
    st.session_state["Home:k"] = 5
    draw(st, "k", 10)
    st.query_params = Params()
    assert draw(st, "k", 10) == 10
    st.query_params = Params(k="5")
    assert draw(st, "k", 10) == 5


class Told(Params):
    """`st.query_params` of a run whose context has the query string."""

    def __init__(self, query_string: str, back: bool = False) -> None:
        super().__init__(parse_qs(query_string))
        self.is_history_navigation = back
        self.session_state = SimpleNamespace(get_widget_states=list)

    def __bool__(self) -> bool:
        return True

    @property
    def query_string(self) -> str:
        return urlencode(self, doseq=True)

    def from_dict(self, params: dict[str, list[str]]) -> None:
        self.clear()
        self.update(params)


def run(st, monkeypatch, query_string: str, back: bool = False, **changed: object) -> tuple[object, object, str]:
    """One run of a page with two controls: their values, and the URL afterwards."""
    st.query_params = Told(query_string, back)
    monkeypatch.setattr(url_state, "get_script_run_ctx", lambda: st.query_params)
    st.session_state.update({f"Home:{name}": value for name, value in changed.items()})
    url_state.enter("Home")
    return draw(st, "k", 10), draw(st, "metric", "cosine"), st.query_params.query_string


def test_stale_url_does_not_undo_a_change(st, monkeypatch):
    assert run(st, monkeypatch, "") == (10, "cosine", "")
    assert run(st, monkeypatch, "", k=5) == (5, "cosine", "k=5")
    assert run(st, monkeypatch, "", k=20) == (20, "cosine", "k=20")
    assert run(st, monkeypatch, "", metric="dot") == (20, "dot", "k=20&metric=dot")
    assert run(st, monkeypatch, "k=5", metric="cosine") == (20, "cosine", "k=20")
    assert run(st, monkeypatch, "k=20", k=10) == (10, "cosine", "")
    assert run(st, monkeypatch, "k=5", metric="dot") == (10, "dot", "metric=dot")


def test_browser_back_and_links_are_not_stale(st, monkeypatch):
    run(st, monkeypatch, "")
    assert run(st, monkeypatch, "", k=5) == (5, "cosine", "k=5")
    assert run(st, monkeypatch, "", back=True) == (10, "cosine", "")
    assert run(st, monkeypatch, "k=5", back=True) == (5, "cosine", "k=5")
    assert run(st, monkeypatch, "k=50&metric=dot") == (50, "dot", "k=50&metric=dot")
    monkeypatch.setattr(url_state, "FLIGHT", 0.0)  # long ago
    assert run(st, monkeypatch, "k=50&metric=dot", k=20) == (20, "dot", "k=20&metric=dot")
    assert run(st, monkeypatch, "k=50&metric=dot") == (50, "dot", "k=50&metric=dot")


def test_control_changed_in_a_later_run_keeps_its_change_without_a_new_history_entry(st):
    arrive(st, "Map")
    draw(st, "title", "")
    st.session_state["Map:title"] = "Alien"  # as in a fragment, which reruns without the page around it
    assert draw(st, "title", "") == "Alien"


def test_item_is_passed_between_pages_and_other_state_remembered(st):
    arrive(st, "Home", artifact="a", item="Alien")
    draw(st, "artifact", "a")
    draw(st, "item", None)
    draw(st, "k", 10)
    st.session_state["Home:k"] = 5
    draw(st, "k", 10)
    assert url_state.shared() == {"artifact": "a", "item": "Alien"}
    arrive(st, "Neighbors", **url_state.shared())
    assert url_state.remember("item") == "Alien"
    assert draw(st, "k", 10) == 5


def test_default_that_was_not_chosen_is_not_passed_on(st):
    arrive(st, "Home")
    draw(st, "item", "Toy Story")
    url_state.enter("Home")
    assert url_state.shared() == {}
    arrive(st, "Map", **url_state.shared())
    assert draw(st, "item", None) is None
    assert st.query_params == {}


def test_default_that_replaces_another_item_is_passed_on(st):
    arrive(st, "Home", item="Alien")
    draw(st, "item", "Toy Story")
    st.session_state["Home:item"] = "Toy Story"
    draw(st, "item", "Toy Story")
    assert st.query_params == {"item": ["Toy Story"]}
    assert url_state.shared() == {"item": "Toy Story"}


def test_default_of_one_page_does_not_override_that_of_another(st):
    arrive(st, "Neighbors", artifact="a")
    assert draw(st, "min_ratings", 100) == 100
    arrive(st, "Map", artifact="a")
    assert draw(st, "min_ratings", 50) == 50
    assert st.query_params.steps == 0


def test_browser_back_to_a_url_without_parameters_restores_defaults(st):
    arrive(st, "Home", artifact="a", item="Alien")
    draw(st, "item", "Toy Story")
    arrive(st, "Home2")
    assert draw(st, "item", "Toy Story") == "Toy Story"


def test_links_name_the_item_that_was_just_chosen(st):
    arrive(st, "Home", artifact="a", item="Alien")
    draw(st, "item", None)
    st.session_state["Home:item"] = "Aliens"  # a control: known before it is drawn
    url_state.enter("Home")
    assert url_state.shared()["item"] == "Aliens"
    draw(st, "item", None)
    st.query_params["item"] = "Alien"  # browser back
    assert url_state.shared()["item"] == "Alien"


def test_put_takes_effect_in_the_next_run(st):
    arrive(st, "Analogies")
    draw(st, "plus", [])
    url_state.put("plus", ["Scream"])
    assert draw(st, "plus", []) == ["Scream"]
    url_state.put("plus", [])
    assert draw(st, "plus", ["Scream"]) == []


def test_several_values_are_one_entry_in_the_history(st):
    arrive(st, "Analogies")
    url_state.put_all({"plus": ["Scream"], "minus": ["Psycho"]})
    assert (draw(st, "plus", []), draw(st, "minus", [])) == (["Scream"], ["Psycho"])
    assert st.query_params.steps == 1


@pytest.mark.parametrize(("put", "shown"), [(None, "pca"), ("made", "made")])
def test_put_overrides_the_url_of_a_new_session(st, monkeypatch, put, shown):
    """As when a layout finishes while the page has no server: the first run finds it."""
    monkeypatch.setattr(url_state, "_sent", lambda: {"Map:method"})
    arrive(st, "Map", method="tsne")
    st.session_state["Map:method"] = "pca"
    if put:
        url_state.put("method", put)
    assert draw(st, "method", "tsne") == shown
    assert st.query_params["method"] == [shown]


def test_value_is_sent_until_the_browser_confirms_it(st, monkeypatch):
    given = []

    class Session(dict):
        def __setitem__(self, key, value):
            given.append(key)
            super().__setitem__(key, value)

    st.session_state = Session()
    told: set[str] = set()
    monkeypatch.setattr(url_state, "_sent", lambda: told)
    for last, expected in (([], True), ([], True), (["Map:min_ratings"], False)):
        told.clear()
        told.update(last)
        url_state.enter("Map")
        given.clear()
        assert draw(st, "min_ratings", 50) == 50
        assert ("Map:min_ratings" in given) == expected


def test_several_lists_change_in_one_history_entry(st):
    arrive(st, "Recommend")
    for _ in range(2):
        url_state.keep_lists({"rated": ["Alien=5"], "not": ["Heat"]})
        assert st.query_params.steps == 1
    url_state.keep_lists({"rated": [], "not": []})
    assert dict(st.query_params) == {}
