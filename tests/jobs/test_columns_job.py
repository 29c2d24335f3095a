"""Columns measured in a job: results are in the manifest, and the artifact stays valid."""

import numpy as np
import pandas as pd

from explorer import artifacts
from explorer.jobs.columns_job import PROBES, ProbeRequest, probe_columns


def test_encoded_column_is_found_noise_is_not_and_wrong_label_is_listed_first(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 5)).astype(np.float32)
    brand = np.where(vectors[:, 1] > 0, "Acme", "Bolt").astype(object)
    wrong = int(vectors[:, 1].argmax())
    brand[wrong] = "Bolt"
    noise = rng.choice(["a", "b"], 200)
    keys = [f"p{n}" for n in range(200)]
    artifacts.save(tmp_path / "shop", vectors, pd.DataFrame({"key": keys, "brand": brand, "noise": noise}), {})
    told = []
    probe_columns(ProbeRequest(str(tmp_path / "shop")), told.append)
    found = artifacts.load("shop").manifest[PROBES]
    p = {one["column"]: one["p"] for one in found["columns"]}
    assert p["brand"] < 0.01 and p["noise"] > 0.05
    assert found["misfits"]["brand"][0]["key"] == keys[wrong]
    assert told[-1] == {"phase": "storing", "done": 1, "total": 1}
    artifacts.check("shop")
