"""`python -m explorer serve`: several processes started, supervised and stopped together."""

import os
import signal
import socket
import time

import pytest

from explorer import serving
from tests import PATIENCE
from tests.deployed import free_ports, healthy, served


def until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"still not so after {seconds:.0f} s"
        time.sleep(0.1)


def test_port_in_use_is_refused_before_any_process_starts(ask):
    with socket.socket() as other:
        other.bind(("localhost", 0))
        other.listen()
        port = other.getsockname()[1]
        status, out, err = ask("serve", "--workers", "2", "--port", port - 1)
    assert status == 2
    assert out == ""
    assert f"port {port} of localhost" in err
    assert "--port" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("asked", "named"), [(("--workers", 0), "0 processes"), (("--port", 70000), "70000")])
def test_invalid_numbers_are_refused(ask, asked, named):
    status, _, err = ask("serve", *asked)
    assert status == 2
    assert named in err


def test_address_of_another_machine_is_refused(ask):
    status, _, err = ask("serve", "--address", "192.0.2.1")
    assert status == 2
    assert "192.0.2.1" in err


@pytest.mark.slow
def test_dead_process_is_restarted_and_all_stop_together(colours_path):
    with served(colours_path.parent, workers=2) as app:
        first, second = app.ports
        assert healthy(first)
        assert healthy(second)
        killed, other = app.pid(first), app.pid(second)
        os.kill(killed, signal.SIGKILL)
        until(lambda: app.pid(first) not in (None, killed) and healthy(first))
        assert app.pid(second) == other
        app.watcher.send_signal(signal.SIGTERM)
        assert app.watcher.wait(PATIENCE) == 0
        assert not healthy(first)
        assert not healthy(second)


@pytest.mark.slow
def test_process_that_cannot_start_is_reported_and_all_are_stopped(ask, monkeypatch, tmp_path):
    (tmp_path / "streamlit.py").write_text("raise SystemExit(7)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    status, _, err = ask("serve", "--port", free_ports(1)[0])
    assert status == 2
    assert "ended with status 7" in err


@pytest.mark.parametrize("name", ["EXPLORER_ARTIFACTS", "EXPLORER_CACHE", "EXPLORER_DATA", "EXPLORER_TOKENS"])
@pytest.mark.parametrize("place", ["here/x", "./x.db", "/there", "http://localhost:19530"])
def test_relative_places_mean_the_same_to_the_server(monkeypatch, tmp_path, name, place):
    """The server runs in another folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, place)
    started = []
    monkeypatch.setattr(serving.subprocess, "Popen", lambda *_, env, **__: started.append(env))
    serving.Worker(1, "localhost").start()
    assert started[0][name] == (place if ":" in place else str(tmp_path / place))
