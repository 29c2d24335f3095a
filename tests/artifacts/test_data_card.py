"""The card of an artifact."""

from explorer.artifacts.data_card import training_card


def test_layouts_are_listed_with_their_trustworthiness_where_it_has_been_measured():
    layouts = {"pca": {"trustworthiness": 0.9}, "tsne": {}}
    assert "Layouts: pca (trustworthiness 0.900), tsne." in training_card("a", "", {"layouts": layouts}, 3, 2)
    assert "Layouts: none yet." in training_card("a", "", {"layouts": {}}, 3, 2)
