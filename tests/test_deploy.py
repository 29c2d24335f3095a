"""The files under deploy/ are valid for nginx, systemd and Docker."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.deployed import DEPLOY, NGINX, ROOT, configured

CONFIG = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")


def run(*command: object) -> str:
    """Output of a program that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.skipif(not NGINX, reason="needs nginx")
def test_nginx_accepts_its_configuration(tmp_path):
    whole = configured(tmp_path, [18501, 18502], 18443, 18080)
    assert "warn" not in run(NGINX, "-t", "-c", whole, "-p", tmp_path, "-e", tmp_path / "error.log")


def test_nginx_upload_limit_equals_that_of_streamlit():
    most = int(re.search(r"maxUploadSize = (\d+)", CONFIG)[1])
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert re.findall(r"client_max_body_size (\d+)m;", site) == [str(most + 1)]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_accepts_the_unit_and_rates_it_secure():
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder) / "explorer.service"
        there = (DEPLOY / "explorer.service").read_text(encoding="utf-8")
        unit.write_text(there.replace("/opt/explorer/.venv/bin/python", "/usr/bin/env"), encoding="utf-8")
        assert run("systemd-analyze", "verify", unit) == ""
        said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    exposure = re.search(r"Overall exposure level for explorer.service: ([\d.]+)", said)
    assert float(exposure[1]) < 2


def test_dockerfile_passes_the_linter():
    assert run(ROOT / ".venv/bin/hadolint", "--failure-threshold", "info", DEPLOY / "Dockerfile") == ""


def test_every_file_copied_into_the_container_exists():
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1] if word[0] != "-"]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(one == name or one.startswith(f"{name}/") for one in let_in), name
    tracked = run("git", "-C", ROOT, "ls-files", "explorer", "pages", "app.py").split()
    assert {name.split("/")[0] for name in tracked} <= set(copied)
