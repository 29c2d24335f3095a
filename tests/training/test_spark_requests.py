"""What a training on Spark refuses before Spark is met: none of this needs pyspark."""

import socket

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, artifacts
from explorer.errors import BadArtifact, BadData
from explorer.training.spark import session
from explorer.training.spark.request import DEFAULTS, MODELS, Request, on_this_machine


def java(folder, version):
    """A folder bin/ with a java that says so."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("version", "old"), [("1.8.0_412", "8"), ("11.0.2", "11"), ("16", "16")])
@pytest.mark.parametrize("by", ["JAVA_HOME", "PATH"])
def test_java_that_is_too_old_is_named(monkeypatch, tmp_path, version, old, by):
    java(tmp_path, version)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv(by, str(tmp_path if by == "JAVA_HOME" else tmp_path / "bin"))
    with pytest.raises(
        BadRequest, match=rf"needs Java 17 or newer, and {tmp_path}/bin/java is Java {old}\. Install it"
    ):
        session.check_java()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_java_that_is_new_enough_is_taken(monkeypatch, tmp_path, version):
    java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    session.check_java()


def test_java_that_is_missing_is_said_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadRequest, match=r"no java on the PATH.*openjdk-17-jre-headless.*JAVA_HOME"):
        session.check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BadRequest, match=rf"JAVA_HOME is {tmp_path}, and there is no bin/java in it"):
        session.check_java()


def test_the_command_line_says_in_one_line_that_pyspark_is_missing(monkeypatch, ask, tmp_path):
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    status, out, err = ask("train", "movielens", "--engine", "spark", "--data", tmp_path, "--out", tmp_path / "a")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert 'pyspark, which is not installed. Install it with: pip install "embedding-explorer[spark]"' in err
    assert not list(tmp_path.iterdir())


def test_a_master_that_does_not_answer_is_named():
    with socket.socket() as taken:  # bound but not listening: nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BadRequest, match=f"No Spark master answers at {master}"):
            session.check_master(master)
        taken.listen()
        session.check_master(master)
    session.check_master("local[2]")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "mf"}, "Spark has no model 'mf'; choose one of als, als-implicit, item2vec"),
        ({"options": {"rate": 0.1}}, "--rate means nothing to als"),
        ({"model": "item2vec", "options": {"l2": 0.1}}, "--l2 means nothing to item2vec"),
        ({"options": {"size": 0}}, "size is 0; it must be between 1 and 512"),
        ({"master": "spark://10.0.0.1:7077"}, "give --scratch, a folder that the driver and all workers see"),
        ({"master": "yarn"}, "give --scratch"),
    ],
)
def test_what_would_fail_later_is_refused_at_once(wrong, said):
    with pytest.raises(BadRequest, match=said):
        Request(**{"data": "nowhere", "out": "a", **wrong}).validate()


def test_every_model_has_its_recipe_and_what_is_asked_for_wins():
    assert DEFAULTS.keys() == MODELS.keys()
    asked = Request("d", "o", "als", options={"size": 7, "epochs": None}).recipe()
    assert (asked.size, asked.epochs) == (7, DEFAULTS["als"].epochs)
    Request("d", "o", master="spark://10.0.0.1:7077", scratch="hdfs://name/tmp").validate()
    here = ["local[*]", "spark://127.0.0.1:7077", "spark://localhost:1"]
    assert [on_this_machine(master) for master in [*here, "spark://10.0.0.1:7077", "yarn"]] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--engine", "dask"), "There is no engine 'dask'; choose one of tensorflow, spark"),
        (("--master", "local[2]"), "--master is for Spark; add --engine spark"),
        (("--engine", "spark", "--conf", "memory"), "'memory' is no setting; write KEY=VALUE"),
    ],
)
def test_the_command_line_refuses_what_does_not_fit(ask, tmp_path, words, said):
    status, out, err = ask("train", "movielens", "--data", "d", "--out", tmp_path / "a", *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err


def users(folder, vectors, bias=0.5, name="part-00000.parquet"):
    folder.mkdir(exist_ok=True)
    table = {
        "user": [f"u{n}" for n in range(len(vectors))],
        "vector": list(vectors),
        "bias": [np.float32(bias)] * len(vectors),
    }
    pd.DataFrame(table).to_parquet(folder / name)
    return folder


def test_an_artifact_accounts_for_users_in_parts(tmp_path, colours):
    users(tmp_path / "users", np.ones((5, 4), np.float32))
    parts = users(tmp_path / "users", np.ones((3, 4), np.float32), name="part-00001.parquet")
    path = artifacts.save(tmp_path / "a", colours.vectors, colours.items, {"model": "als"}, users=parts)
    manifest = artifacts.check(path)
    assert manifest["users"] == 8
    assert {"users/part-00000.parquet", "users/part-00001.parquet"} <= manifest["files"].keys()
    artifacts.add_layout(path, "mine", np.zeros((24, 2)))
    assert artifacts.check(path)["users"] == 8
    (path / "users" / "part-00001.parquet").unlink()
    with pytest.raises(BadArtifact, match=r"part-00001.parquet is missing"):
        artifacts.check(path)


@pytest.mark.parametrize(
    ("vectors", "bias", "said"),
    [
        (np.ones((3, 3), np.float32), 0.5, "a vector of 4 numbers"),
        (np.full((3, 4), np.nan, np.float32), 0.5, "not finite"),
        (np.ones((3, 4), np.float32), np.inf, "not finite"),
    ],
)
def test_users_that_do_not_fit_are_refused_before_anything_is_written(tmp_path, colours, vectors, bias, said):
    parts = users(tmp_path / "users", vectors, bias)
    with pytest.raises(BadData, match=said):
        artifacts.save(tmp_path / "a", colours.vectors, colours.items, {}, users=parts)
    assert not (tmp_path / "a").exists()
