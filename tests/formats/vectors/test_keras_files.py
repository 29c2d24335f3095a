"""Keras models, compared with Keras's own weights; no code of a model is run."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from explorer.errors import BadData
from explorer.formats import Limits, choices, detect, read


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One model with two embedding layers saved in every format; `films.npy` has the weights of one layer."""
    from explorer.training.optim.tensorflow import tensorflow

    tensorflow()
    import keras

    path = tmp_path_factory.mktemp("keras")
    user, film = (keras.Input((1,), dtype="int32", name=name) for name in ("user", "film"))
    users = keras.layers.Embedding(9, 4, name="users")(user)
    films = keras.layers.Embedding(7, 4, name="films")(film)
    stars = keras.layers.Dense(50, name="dense")(keras.layers.Flatten()(keras.layers.Multiply()([users, films])))
    model = keras.Model([user, film], stars)
    model.compile("adam", "mse")
    model.fit([np.zeros((2, 1)), np.zeros((2, 1))], np.zeros((2, 50)), verbose=0)
    for name in ("m.keras", "m.h5"):
        model.save(path / name)
    model.save_weights(path / "m.weights.h5")
    model.export(path / "saved", verbose=False)
    np.save(path / "films.npy", model.get_layer("films").get_weights()[0])
    return path


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_layers_are_offered_with_embeddings_first(folder, name):
    path = folder / name
    assert detect(path) == ("keras" if name == "m.keras" else "h5")
    if name != "m.weights.h5":  # weights alone do not say which layer is an embedding
        assert choices(path) == ["users", "films", "dense"]
    assert set(choices(path)) == {"users", "films", "dense"}
    found = read(path, choice="films")
    np.testing.assert_array_equal(found.vectors, np.load(folder / "films.npy"))
    assert (found.name, list(found.items)) == ("films", [])
    with pytest.raises(BadData, match="'films'"):
        read(path, choice="actors")


@pytest.mark.slow
def test_saved_model_and_its_archive(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for file in (folder / "saved").rglob("*"):
            archive.write(file, f"s/{file.relative_to(folder / 'saved')}")
    assert detect(folder / "saved") == detect(tmp_path / "s.zip") == "saved-model"
    assert choices(tmp_path / "s.zip") == ["users/embeddings", "films/embeddings", "dense/kernel"]
    found = read(folder / "saved", choice="films/embeddings")
    np.testing.assert_array_equal(found.vectors, np.load(folder / "films.npy"))


@pytest.mark.slow
def test_damaged_saved_model_is_refused(folder, tmp_path):
    raw = bytearray((folder / "saved" / "variables" / "variables.index").read_bytes())
    raw[len(raw) // 2] ^= 255
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "variables.index").write_bytes(raw)
    with pytest.raises(BadData, match="TensorFlow cannot read"):
        read(tmp_path)


@pytest.fixture
def keras_2(tmp_path):
    """The file layout of Keras 2."""
    path = tmp_path / "old.h5"
    layer = {"class_name": "Embedding", "config": {"name": "words"}}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}})
        file.attrs["keras_version"] = b"2.15.0"
        file["model_weights/words/words/embeddings:0"] = np.arange(12, dtype="f4").reshape(6, 2)
        file["model_weights/out/out/kernel:0"] = np.ones((40, 40), "f4")
        file["optimizer_weights/Adam/words/embeddings/m:0"] = np.ones((60, 20), "f4")
    return path


def test_file_of_keras_2_is_read(keras_2):
    assert choices(keras_2) == ["words", "out"]
    np.testing.assert_array_equal(read(keras_2).vectors, np.arange(12).reshape(6, 2))


def test_custom_code_is_not_run(tmp_path, folder):
    """A Lambda layer contains marshalled code; here the bytes are invalid, which is not noticed because they are not
    run.
    """
    with zipfile.ZipFile(folder / "m.keras") as source, zipfile.ZipFile(tmp_path / "l.keras", "w") as target:
        config = json.loads(source.read("config.json"))
        code = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
        custom = {"module": "os", "class_name": "system", "config": {"name": "echo", "function": code}}
        config["config"]["layers"].append(custom)
        target.writestr("config.json", json.dumps(config))
        target.writestr("metadata.json", "{}")
        target.writestr("model.weights.h5", source.read("model.weights.h5"))
    np.testing.assert_array_equal(read(tmp_path / "l.keras", choice="films").vectors, np.load(folder / "films.npy"))


def test_links_to_other_files_are_not_followed(tmp_path, keras_2):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.ones((3, 3))
    np.ones((3, 3)).tofile(tmp_path / "raw")
    with h5py.File(tmp_path / "l.h5", "w") as file:
        file["external"] = h5py.ExternalLink("other.h5", "/secret")
        file["soft"] = h5py.SoftLink("/external")
        file.create_dataset("raw", (3, 3), "f8", external=[(str(tmp_path / "raw"), 0, 72)])
        layout = h5py.VirtualLayout((3, 3), "f8")
        layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "secret", (3, 3))
        file.create_virtual_dataset("virtual", layout)
    assert choices(tmp_path / "l.h5") == []
    with pytest.raises(BadData, match="no matrix"):
        read(tmp_path / "l.h5")


def test_declared_sizes_larger_than_the_file_are_refused(tmp_path):
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("a/embeddings", (10**6, 10**3), "f4", chunks=(10**4, 10**3), compression="gzip")
        file.create_dataset("b/embeddings", (10**6, 100), "f4")
    for name in choices(tmp_path / "b.h5"):
        with pytest.raises(BadData, match="damaged"):
            read(tmp_path / "b.h5", choice=name)


def test_larger_models_than_the_limits_are_refused(keras_2):
    with pytest.raises(BadData, match="6 rows; at most 5"):
        read(keras_2, limit=Limits(rows=5))
