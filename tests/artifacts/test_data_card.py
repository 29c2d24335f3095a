"""Data card of an artifact."""

from explorer.artifacts.data_card import training_card


def test_card_lists_the_measured_trustworthiness_of_layouts():
    layouts = {"pca": {"trustworthiness": 0.9}, "tsne": {}}
    assert "Layouts: pca (trustworthiness 0.900), tsne." in training_card("a", "", {"layouts": layouts}, 3, 2)
    assert "Layouts: none yet." in training_card("a", "", {"layouts": {}}, 3, 2)
