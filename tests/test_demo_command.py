"""Starting the demonstration anew, and a service whose port is taken."""

import fcntl

import pytest
from aiohttp import web

from bot import commands
from bot.serving import serve
from tests.running import build_settings, open_runtime


def test_data_under_a_running_demonstration_are_not_deleted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo.db").write_bytes(b"kept")
    with (tmp_path / "var" / "demo.db.send-web.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        status = commands.demo(8099, is_fresh=True)

    assert status == 1
    assert "stop it first" in capsys.readouterr().err
    assert (tmp_path / "var" / "demo.db").read_bytes() == b"kept"


async def test_where_the_port_is_taken_no_worker_is_begun(tmp_path, aiohttp_server):
    taken = await aiohttp_server(web.Application())
    settings = build_settings(f"sqlite:///{tmp_path}/a.db", web={"host": "127.0.0.1", "port": taken.port})
    with open_runtime(tmp_path, settings) as runtime:
        with pytest.raises(OSError, match="address already in use"):
            await serve(runtime, ("web", "send", "schedule"))

        assert runtime.bells == {}
