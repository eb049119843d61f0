"""Real processes say how they are."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import emptied
from tests.redis_servers import RedisServer, free_port

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = {"worker": ["workers"], "web": ["bots", "web"]}


async def page(port: int, path: str) -> tuple[int, str]:
    """Return status and body, status 0 while nobody listens."""
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}{path}") as response,
        ):
            return response.status, await response.text()
    except aiohttp.ClientError:
        return 0, ""


@pytest.mark.parametrize("name", PROCESSES)
async def test_process_becomes_ready_and_drains(
    name: str, redis_session: RedisServer, tmp_path: Path
) -> None:
    """Ready once it can work, metrics without a name or a token, and a clean end on SIGTERM."""
    port = free_port()
    environment = os.environ | {
        "REDIS_URL": emptied(redis_session).url,
        "SKINGEN_DATA_FOLDER": str(tmp_path),
        "SKINGEN_OPS_PORT": str(port),
        "SKINGEN_WEB_PORT": "0",
        "SKINGEN_WORKER_VLM": "instant",
        "SKINGEN_WORKER_GENERATOR": "instant",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *PROCESSES[name], cwd=ROOT, env=environment,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(90):
            while (await page(port, "/readyz"))[0] != 200:
                assert process.returncode is None
                await asyncio.sleep(0.1)
        assert (await page(port, "/healthz"))[0] == 200
        told = (await page(port, "/metrics"))[1]
        assert "skingen_ready 1.0" in told
        (tasks,) = [line for line in told.splitlines() if line.startswith("skingen_tasks ")]
        assert 1 < float(tasks.split()[1]) < 100
        assert 'skingen_queue_jobs{model="vlm"} 0.0' in told
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, errors.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
