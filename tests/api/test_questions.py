"""The API gives the same results as the command line and the library."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer import load

KEYS = ["Red 0", "Red 5", "Green 3", "Blue 7"]
WHERE = ["", "year > 1993", "list_contains(genres, 'Red')", "n_ratings >= 50"]
NAME = "colours"


def told(response):
    assert response.status_code == 200, response.text
    return response.json()


def test_artifacts_are_listed_and_described(client, answer):
    assert told(client.get("/artifacts")) == answer("list")
    about = told(client.get(f"/artifacts/{NAME}"))
    assert about["items"] == 24 and about["dimensions"] == 4 and about["layouts"] == {"pca": [24, 2]}
    assert about["manifest"]["model"] == "made up" and about["columns"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(KEYS), st.integers(1, 30), st.sampled_from(["cosine", "dot", "euclidean"]), st.sampled_from(WHERE),
    st.sampled_from([0, 20]), st.sampled_from([[], ["year"]]),
)  # fmt: skip
def test_neighbors_equal_the_command_line(client, answer, key, k, metric, where, least, without):
    asked = {"key": key, "k": k, "metric": metric, "where": where, "min_ratings": least, "without": without}
    words = ["--k", k, "--metric", metric, "--where", where, "--min-ratings", least]
    expected = answer("neighbors", NAME, key, *words, *(f"--without={name}" for name in without))
    found = told(client.get(f"/artifacts/{NAME}/neighbors", params=asked))
    assert [one.pop("score") for one in found["results"]] == pytest.approx(
        [one.pop("score") for one in expected["results"]], abs=1e-6
    )
    assert found == expected


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(KEYS[:2]), min_size=1, max_size=2), st.lists(st.sampled_from(KEYS[2:]), max_size=2),
    st.integers(1, 8), st.sampled_from(WHERE),
)  # fmt: skip
def test_analogies_equal_the_command_line(client, answer, plus, minus, k, where):
    words = ["--positive", *plus, *(["--negative", *minus] if minus else []), "--k", k, "--where", where]
    asked = {"positive": plus, "negative": minus, "k": k, "where": where}
    assert told(client.post(f"/artifacts/{NAME}/analogy", json=asked)) == answer("analogy", NAME, *words)


def test_between_and_factors_equal_the_command_line(client, answer):
    asked = {"a": "Red 0", "b": "Blue 7", "at": 0.3, "k": 4}
    expected = answer("between", NAME, "Red 0", "Blue 7", "--at", 0.3, "--k", 4)
    assert told(client.get(f"/artifacts/{NAME}/between", params=asked)) == expected
    found = told(client.get(f"/artifacts/{NAME}/factors", params={"n_factors": 2, "k": 3}))
    assert found == answer("factors", NAME, "--factors", 2, "--k", 3)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1.0, 3.0, 4.5, 5.0]), min_size=1),
    st.sampled_from([None, "near", "stars"]), st.sampled_from([0.0, 1.0]),
)  # fmt: skip
def test_recommendations_equal_the_command_line(client, ask, rated, order, popularity):
    asked = {"ratings": rated, "order": order, "popularity": popularity, "k": 3}
    words = ["--rate", *(f"{key}={stars}" for key, stars in rated.items()), "--k", 3, "--popularity", popularity]
    status, out, err = ask("recommend", NAME, *words, *(["--order", order] if order else []), "--json")
    response = client.post(f"/artifacts/{NAME}/recommend", json=asked)
    if status:
        assert response.status_code == 400 and response.json()["detail"] in err
    else:
        assert told(response) == json.loads(out)


def test_likes_count_as_the_highest_rating(client):
    liked = told(client.post(f"/artifacts/{NAME}/recommend", json={"likes": ["Red 0"], "k": 3}))
    rated = told(client.post(f"/artifacts/{NAME}/recommend", json={"ratings": {"Red 0": 5}, "k": 3}))
    assert liked == rated and all(one["key"].startswith("Red") for one in liked["results"])


def test_query_by_vector_and_batch_queries_keep_their_order(client, folder):
    vectors = load(folder / NAME).vectors
    found = told(client.post(f"/artifacts/{NAME}/search", json={"vector": vectors[3].tolist(), "k": 1}))
    assert [one["results"][0]["key"] for one in found["answers"]] == [load(folder / NAME).items["key"][3]]
    both = {"vectors": [vectors[0].tolist(), vectors[20].tolist()], "k": 1}
    keys = [one["results"][0]["key"] for one in told(client.post(f"/artifacts/{NAME}/search", json=both))["answers"]]
    assert keys == load(folder / NAME).items["key"].iloc[[0, 20]].tolist()


@pytest.mark.parametrize("limit", [1, 5, 24])
def test_pages_of_items_contain_each_item_once(client, folder, limit):
    keys, after = [], None
    while True:
        page = told(
            client.get(f"/artifacts/{NAME}/items", params={"limit": limit, **({"after": after} if after else {})})
        )
        keys += [one["key"] for one in page["results"]]
        if (after := page["next"]) is None:
            break
    assert keys == load(folder / NAME).items["key"].tolist()


def test_items_can_be_searched_filtered_and_fetched(client, folder):
    found = told(client.get(f"/artifacts/{NAME}/items", params={"search": "red", "where": "n_ratings >= 20"}))
    assert found["results"] and all(one["key"].startswith("Red") and one["n_ratings"] >= 20 for one in found["results"])
    one = told(client.get(f"/artifacts/{NAME}/items/Red 0"))
    assert one["key"] == "Red 0" and np.allclose(one["vector"], load(folder / NAME).vector("Red 0"))


def test_vectors_and_layouts_are_returned_as_arrow(client, folder):
    embedding = load(folder / NAME)
    table = pa.ipc.open_stream(client.get(f"/artifacts/{NAME}/vectors").content).read_all()
    assert table["key"].to_pylist() == embedding.items["key"].tolist()
    assert np.array_equal(np.stack(table["vector"].to_numpy()), embedding.vectors)
    places = pa.ipc.open_stream(client.get(f"/artifacts/{NAME}/layouts/pca").content).read_all()
    assert np.array_equal(np.stack([places["x"], places["y"]], axis=1), embedding.layout("pca"))


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/artifacts/colors", 404, "Did you mean: colours"),
        ("/artifacts/..%2Fcolours/neighbors?key=Red 0", 404, ""),
        ("/artifacts/%2Fetc/items", 404, ""),
        ("/artifacts/colours/neighbors?key=Red", 404, "Did you mean: 'Red 0'"),
        ("/artifacts/colours/neighbors?key=Red 0&metric=cubic", 400, "cosine, dot, euclidean"),
        ("/artifacts/colours/neighbors?key=Red 0&k=0", 422, "k: "),
        ("/artifacts/colours/neighbors?key=Red 0&k=1001", 422, "k: "),
        ("/artifacts/colours/neighbors?key=Red 0&where=yaer>1", 400, "year"),
        ("/artifacts/colours/neighbors?key=Red 0&where=(SELECT content FROM read_text('/etc/passwd'))='x'", 400, ""),
        ("/artifacts/colours/neighbors?key=Red 0&min_ratings=nan", 422, "min_ratings"),
        ("/artifacts/colours/neighbors?key=Red 0&token=explorer_abc", 400, "URLs are logged"),
        ("/artifacts/colours/layouts/tsne", 400, "no 'tsne' layout"),
        ("/artifacts/colours/items?after=Red", 404, ""),
        ("/artifacts/colours/items?search=blue&after=Red 0", 400, "not among these"),
        ("/nothing", 404, ""),
        ("/jobs/..%2f..", 404, ""),
    ],
)
def test_errors_are_problem_documents(client, path, status, says):
    response = client.get(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status and says in document["detail"]
    assert str(client) not in document["detail"]
