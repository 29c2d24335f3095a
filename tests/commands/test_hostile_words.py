"""Invalid names, numbers and outputs: exit status 2 with one line, or a silent exit; never a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import PATIENCE, ROOT

LONG = "x" * 300
EXPLORER = [sys.executable, "-m", "explorer"]


def run(*words, **how):
    return subprocess.run([*EXPLORER, *words], cwd=ROOT, capture_output=True, timeout=PATIENCE, check=False, **how)


@pytest.mark.parametrize(
    "words",
    [
        ("neighbors", "ARTIFACT", LONG), ("neighbors", LONG, "Red 0"), ("check", LONG), ("factors", LONG),
        ("export", "ARTIFACT", "--format", "csv", "--out", LONG), ("import", LONG, "--out", "a"),
        ("train", "movielens", "--data", LONG, "--out", "a"), ("train", "movielens", "--data", "FIFO", "--out", "a"),
        ("train", "movielens", "--data", "/dev/zero", "--out", "a"), ("import", "FIFO", "--out", "a"),
        ("train", "sequences", "--data", "FIFO", "--out", "a"), ("train", "graph", "--data", "/dev/zero", "--out", "a"),
        ("train", "categories", "--data", "FIFO", "--out", "a"), ("train", "books", "--data", "FIFO", "--out", "a"),
        ("project", "ARTIFACT", "--method", "pca", "--seed", "-1"), ("diagnose", "ARTIFACT", "--seed", "-1"),
        ("train", "movielens", "--data", ".", "--seed", "1.5", "--out", "a"),
        ("diagnose", "ARTIFACT", "--report", "/"), ("diagnose", "ARTIFACT", "--report", LONG),
        ("publish", "ARTIFACT", "--to", "http://[bad"), ("publish", "ARTIFACT", "--to", "http://x:99999999"),
        ("check", "a\udcff"), ("neighbors", "ARTIFACT", "\udcff\udcfe"), ("import", "\udcff.npy", "--out", "a"),
        ("neighbors", "ARTIFACT", "Red 0", "--k", "-1"), ("factors", "ARTIFACT", "--n", "-1"),
    ],
)  # fmt: skip
def test_invalid_arguments_are_refused_in_one_line(ask, words, colours_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    named = {"ARTIFACT": str(colours_path), "FIFO": str(tmp_path / "pipe")}
    status, out, err = ask(*[named.get(word, word) for word in words])
    assert (status, out) == (2, "")
    assert err.startswith("explorer: ") and err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("train", "ratings", "--data", "FIFO"), ("train", "interactions", "--data", "FIFO"),
        ("train", "sequences", "--data", "FIFO"), ("train", "graph", "--data", "/dev/zero"),
        ("train", "categories", "--data", "/dev/zero"), ("train", "books", "--data", "FIFO"),
        ("train", "ratings", "--data", "TABLE", "--items", "FIFO"), ("import", "FIFO"), ("import", "/dev/zero"),
    ],
)  # fmt: skip
def test_pipes_and_devices_are_named_in_the_error(ask, words, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "r.csv").write_text("user,item,rating\na,b,1\nb,a,2\n")
    named = {"TABLE": str(tmp_path / "r.csv"), "FIFO": str(tmp_path / "pipe")}
    status, _, err = ask(*[named.get(word, word) for word in words], "--out", tmp_path / "a")
    assert status == 2
    assert ("pipe: " in err or "/dev/zero: " in err) and "neither a file nor a folder" in err


@pytest.mark.parametrize(
    "words",
    [
        ("export", "ARTIFACT", "--format", "csv", "--out", "LOOP"), ("neighbors", "LOOP", "a"),
        ("train", "ratings", "--data", "LOOP", "--out", "OUT"),
        ("import", "LOOP", "--out", "OUT"), ("import", "TABLE", "--out", "LOOP"),
    ],
)  # fmt: skip
def test_link_to_itself_is_named_in_the_error(ask, words, colours_path, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    np.savez(tmp_path / "v.npz", v=np.eye(3))
    named = {"LOOP": "loop", "OUT": "new", "TABLE": "v.npz"}
    named = {name: str(tmp_path / path) for name, path in named.items()} | {"ARTIFACT": str(colours_path)}
    status, _, err = ask(*[named.get(word, word) for word in words])
    assert status == 2 and "loop" in err and err.count("\n") == 1
    assert (tmp_path / "loop").is_symlink() and not (tmp_path / "new").exists()


@pytest.mark.parametrize(("stdin", "message"), [("<&-", "is closed"), ("< /dev/zero", "has more than 1,000,000 bytes")])
def test_endless_and_closed_standard_input_end_with_a_message(tmp_path, stdin, message):
    code = "import shutil, sys; shutil.disk_usage = lambda _: type('D', (), {'free': 2_000_000}); "
    code += "from explorer.cli import main; sys.exit(main(['open', '-', '--no-browser']))"
    command = f'{sys.executable} -c "{code}" {stdin}'
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False, env=env
    )
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_report_replaces_no_pipe_or_device_and_writes_through_a_link(ask, colours_path, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "page.html").write_text("old")
    (tmp_path / "link.html").symlink_to("page.html")
    (tmp_path / "to the pipe").symlink_to("pipe")
    for name in ("pipe", "to the pipe"):
        status, _, error = ask("diagnose", colours_path, "--report", tmp_path / name)
        assert status == 2 and "not a regular file" in error and (tmp_path / "pipe").is_fifo()
    assert ask("diagnose", colours_path, "--report", tmp_path / "link.html")[0] == 0
    assert (tmp_path / "link.html").is_symlink() and "quality card" in (tmp_path / "page.html").read_text()


def test_closed_pipe_is_no_error(colours_path):
    for words in (["list", "--json"], ["neighbors", str(colours_path), "Red 0", "--k", "20"]):
        process = subprocess.Popen([*EXPLORER, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_full_output_device_is_reported(colours_path):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*EXPLORER, "list"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2 and done.stderr == "explorer: No space left on device.\n"


def test_closed_stdout_is_silent():
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m explorer list >&-'], cwd=ROOT, stderr=subprocess.PIPE, check=False
    )
    assert done.stderr == b""


def test_ascii_output_is_escaped():
    done = run("neighbors", "movielens", "Amelie (Le Fabuleux destin d'Amélie Poulain)", "--json",
               env={**os.environ, "PYTHONIOENCODING": "ascii"})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"Am\xe9lie" in done.stdout


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2])
def test_ctrl_c_at_any_time_is_silent(seconds):
    """At each step from the first import: imports, the command, its output, exit."""
    script = f"""
import os, signal, sys, threading, time
from explorer.__main__ import run
def interrupt():
    time.sleep({seconds})
    os.kill(os.getpid(), signal.SIGINT)
class Start:
    def find_spec(name, path, target=None):
        if name == "explorer.cli":
            threading.Thread(target=interrupt, daemon=True).start()
sys.meta_path.insert(0, Start)
sys.argv = ["explorer", "neighbors", "movielens", "Toy Story"]
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(run())
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 130, -signal.SIGINT)
    assert done.stderr in ("", "explorer: stopped; nothing was written\n")


def test_ctrl_c_while_the_command_starts_is_silent():
    """The first import that takes long is interrupted, and nothing but our own files is imported before it."""
    script = """
import sys
class Interrupt:
    def find_spec(name, path, target=None):
        if name == "signal":
            print(*sorted(set(sys.modules) - before), flush=True)
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt)
before = set(sys.modules)
from explorer.__main__ import run
"""  # -S: what the installation imports is not imported yet
    done = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "__future__ explorer explorer.__main__\n", "")


@pytest.mark.parametrize("error", ["KeyboardInterrupt()", "ImportError('numpy._core.multiarray failed to import')"])
def test_ctrl_c_in_a_compiled_module_is_silent(error):
    """A compiled module may print the interrupt and raise another error."""
    script = f"""
import os, signal, sys
from explorer import cli
def run(args):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        sys.stdin.read()
    except KeyboardInterrupt:
        os.write(2, b"KeyboardInterrupt in C")
        raise {error}
signal.signal(signal.SIGINT, signal.SIG_DFL)
parsed = cli.parser().parse_args(["list"])
parsed.run = run
cli.parser = lambda: type("Parser", (), {{"parse_args": lambda self, argv: parsed}})()
sys.exit(cli.main())
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "explorer: stopped; nothing was written\n")


def test_process_terminated_while_writing_leaves_no_partial_files(colours_path, tmp_path):
    script = f"""
import sys, time
from explorer import cli
from explorer.formats import export
def slow(*_):
    print("writing", flush=True)
    time.sleep(60)
export._WRITERS["csv"] = slow
sys.exit(cli.main(["export", {str(colours_path)!r}, "--format", "csv", "--out", {str(tmp_path / "out" / "a.csv")!r}]))
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"writing\n"
    assert list((tmp_path / "out").iterdir())
    process.terminate()
    assert (process.wait(60), process.stderr.read()) == (143, b"")
    assert list((tmp_path / "out").iterdir()) == []
