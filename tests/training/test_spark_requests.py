"""Requests that are refused before Spark starts; no pyspark needed."""

import socket

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, artifacts, load
from explorer.training.spark import session
from explorer.training.spark.filesystem import stack_users
from explorer.training.spark.request import DEFAULTS, MODELS, Request, on_this_machine


def java(folder, version):
    """A folder with bin/java that prints this version."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("version", "old"), [("1.8.0_412", "8"), ("11.0.2", "11"), ("16", "16")])
@pytest.mark.parametrize("by", ["JAVA_HOME", "PATH"])
def test_too_old_java_is_named(monkeypatch, tmp_path, version, old, by):
    java(tmp_path, version)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv(by, str(tmp_path if by == "JAVA_HOME" else tmp_path / "bin"))
    with pytest.raises(
        BadRequest, match=rf"needs Java 17 or newer, and {tmp_path}/bin/java is Java {old}\. Install it"
    ):
        session.check_java()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_recent_java_is_accepted(monkeypatch, tmp_path, version):
    java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    session.check_java()


def test_missing_java_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadRequest, match=r"no java on the PATH.*openjdk-17-jre-headless.*JAVA_HOME"):
        session.check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BadRequest, match=rf"JAVA_HOME is {tmp_path}, and there is no bin/java in it"):
        session.check_java()


def test_missing_pyspark_is_reported_in_one_line(monkeypatch, ask, tmp_path):
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    status, out, err = ask("train", "movielens", "--engine", "spark", "--data", tmp_path, "--out", tmp_path / "a")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert 'pyspark, which is not installed. Install it with: pip install "embedding-explorer[spark]"' in err
    assert not list(tmp_path.iterdir())


def test_unreachable_master_is_named():
    with socket.socket() as taken:  # bound but not listening, so no other process gets the port
        taken.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BadRequest, match=f"No Spark master answers at {master}"):
            session.check_master(master)
        taken.listen()
        session.check_master(master)
    session.check_master("local[2]")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model": "mf"}, "Spark has no model 'mf'; choose one of als, als-implicit, item2vec"),
        ({"options": {"rate": 0.1}}, "--rate has no effect on als"),
        ({"model": "item2vec", "options": {"l2": 0.1}}, "--l2 has no effect on item2vec"),
        ({"options": {"size": 0}}, "size is 0; it must be between 1 and 512"),
        ({"master": "spark://10.0.0.1:7077"}, "Give --scratch, a folder that the driver and all workers share"),
        ({"master": "yarn"}, "Give --scratch"),
    ],
)
def test_invalid_request_is_refused_immediately(wrong, message):
    with pytest.raises(BadRequest, match=message):
        Request(**{"data": "nowhere", "out": "a", **wrong}).validate()


def test_every_model_has_defaults_and_given_options_override_them():
    assert DEFAULTS.keys() == MODELS.keys()
    asked = Request("d", "o", "als", options={"size": 7, "epochs": None}).recipe()
    assert (asked.size, asked.epochs) == (7, DEFAULTS["als"].epochs)
    Request("d", "o", master="spark://10.0.0.1:7077", scratch="hdfs://name/tmp").validate()
    here = ["local[*]", "spark://127.0.0.1:7077", "spark://localhost:1"]
    assert [on_this_machine(master) for master in [*here, "spark://10.0.0.1:7077", "yarn"]] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--engine", "dask"), "There is no engine 'dask'; choose one of local, spark"),
        (("--master", "local[2]"), "--master is for Spark; add --engine spark"),
        (("--engine", "spark", "--conf", "memory"), "'memory' is not a setting; write KEY=VALUE"),
    ],
)
def test_command_line_refuses_incompatible_options(ask, tmp_path, words, message):
    status, out, err = ask("train", "movielens", "--data", "d", "--out", tmp_path / "a", *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_users_in_several_files_become_one_mapped_array_in_order(tmp_path, colours):
    vectors = np.arange(32, dtype=np.float32).reshape(8, 4)
    (tmp_path / "users").mkdir()
    for part, rows in enumerate((slice(0, 5), slice(5, 8))):
        table = {"user": range(8)[rows], "vector": list(vectors[rows]), "bias": -vectors[rows, 0]}
        pd.DataFrame(table).to_parquet(tmp_path / "users" / f"part-{part:05}.parquet")
    users = stack_users(tmp_path / "users", tmp_path / "users.npy", 8, 4)
    assert isinstance(users, np.memmap)
    path = artifacts.save(tmp_path / "a", colours.vectors, colours.items, {"model": "als"}, users=users)
    artifacts.check(path)
    np.testing.assert_array_equal(load(path).users, np.column_stack([vectors, -vectors[:, 0]]))
