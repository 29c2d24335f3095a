"""numpy files, compared with numpy."""

import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from explorer.errors import BadData
from explorer.formats import Limits, choices, detect, read

VECTORS = np.random.default_rng(0).standard_normal((6, 3))


@pytest.mark.parametrize("kind", ["<f4", ">f4", "f2", "f8", "i1", "u8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_of_any_dtype(tmp_path, kind, order):
    array = np.asarray(10 * VECTORS, dtype=kind, order=order)
    np.save(tmp_path / "v.npy", array)
    found = read(tmp_path / "v.npy")
    assert found.vectors.dtype == np.float32
    np.testing.assert_array_equal(found.vectors, np.load(tmp_path / "v.npy").astype(np.float32))


def test_float32_is_memory_mapped(tmp_path):
    np.save(tmp_path / "v.npy", VECTORS.astype(np.float32))
    found = read(tmp_path / "v.npy").vectors
    base = found
    while base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_uses_the_largest_matrix_and_the_lists_beside_it(tmp_path, save):
    keys = np.array(list("abcdef"))
    save(tmp_path / "v.npz", small=VECTORS[:, :2], large=VECTORS, words=keys, count=np.arange(6), other=np.zeros(3))
    assert detect(tmp_path / "v.npz") == "npz"
    assert choices(tmp_path / "v.npz") == ["large", "small"]
    found = read(tmp_path / "v.npz")
    np.testing.assert_array_equal(found.vectors, VECTORS.astype(np.float32))
    assert found.items["words"].tolist() == keys.tolist()
    assert found.items["count"].tolist() == list(range(6))
    assert read(tmp_path / "v.npz", choice="small").vectors.shape == (6, 2)
    with pytest.raises(BadData, match="'large', 'small'"):
        read(tmp_path / "v.npz", choice="other")


NO_TABLES = [
    *(np.array([{}]), np.array([[None]]), np.zeros(()), np.zeros((2, 2, 2)), np.zeros((0, 3))),
    *(np.zeros((2, 2), complex), np.array([["a"]]), np.zeros((2, 2), [("a", "f4")])),
]


@pytest.mark.parametrize("array", NO_TABLES)
def test_array_that_is_no_matrix_of_numbers(tmp_path, array):
    np.save(tmp_path / "v.npy", array, allow_pickle=True)
    with pytest.raises(BadData, match=r"v\.npy"):
        read(tmp_path / "v.npy")
    np.savez(tmp_path / "v.npz", v=array)
    with pytest.raises(BadData, match=r"v\.npz"):
        read(tmp_path / "v.npz")


class Trap:
    """A pickle payload that would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["model", "v.npy", "v.csv", "v.bin", "v.kv"])
def test_pickle_is_detected_by_content_and_never_loaded(tmp_path, protocol, name):
    (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "made"), protocol))
    with pytest.raises(BadData, match=r"is a pickle.*save_word2vec_format"):
        read(tmp_path / name)
    assert not (tmp_path / "made").exists()


def test_object_arrays_are_never_unpickled(tmp_path):
    np.save(tmp_path / "v.npy", np.array([[Trap(tmp_path / "made")]], dtype=object), allow_pickle=True)
    with pytest.raises(BadData, match="Python objects"):
        read(tmp_path / "v.npy")
    assert not (tmp_path / "made").exists()


def npy(shape: tuple[int, ...], body: bytes = b"") -> bytes:
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + body


@pytest.mark.filterwarnings("error")
def test_file_of_python_2(tmp_path):
    raw = npy((6, 3), VECTORS.astype("<f4").tobytes()).replace(b"(6, 3), }\n", b"(6L, 3L)}\n")
    (tmp_path / "v.npy").write_bytes(raw)
    np.testing.assert_array_equal(read(tmp_path / "v.npy").vectors, VECTORS.astype(np.float32))
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        archive.writestr("v.npy", raw)
    assert choices(tmp_path / "v.npz") == ["v"]
    assert read(tmp_path / "v.npz").vectors.shape == (6, 3)


@pytest.mark.parametrize("shape", [(10**9, 64), (2**62, 2**62), (3, 10**6), (-1, 4), (100, 4)])
def test_declared_sizes_larger_than_the_file_are_refused(tmp_path, shape):
    (tmp_path / "v.npy").write_bytes(npy(shape, bytes(100)))
    with pytest.raises(BadData):
        read(tmp_path / "v.npy")
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        archive.writestr("v.npy", npy(shape, bytes(100)))
    with pytest.raises(BadData):
        read(tmp_path / "v.npz")


def test_archive_bomb_is_stopped_at_the_limit(tmp_path):
    packed = io.BytesIO()
    np.savez_compressed(packed, v=np.zeros((100_000, 10), np.float32))
    assert packed.tell() < 10_000
    (tmp_path / "v.npz").write_bytes(packed.getvalue())
    with pytest.raises(BadData, match="at most 1,000,000"):
        read(tmp_path / "v.npz", limit=Limits(bytes=1_000_000))
