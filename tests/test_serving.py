"""`python -m explorer serve`: several processes started, supervised and stopped together."""

import os
import signal
import socket
import time

import pytest

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
