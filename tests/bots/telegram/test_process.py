"""``python -m bots telegram`` as an operator starts it, and as a power cut ends it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.bots.telegram.harness import ANN, ROOT
from tests.bots.telegram.loopback import TOKEN, BotApi


async def _start(api: BotApi, folder: Path) -> asyncio.subprocess.Process:
    """Start the bot with a store of its own."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SKINGEN_", "REDIS_"))}
    own = {
        "SKINGEN_TELEGRAM_TOKEN": TOKEN,
        "SKINGEN_TELEGRAM_API_URL": api.url,
        "SKINGEN_TELEGRAM_POLL_TIMEOUT_S": "1",
        "SKINGEN_DATA_FOLDER": str(folder),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bots",
        "telegram",
        cwd=ROOT,
        env=inherited | own,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def test_the_process_answers_survives_a_kill_and_ends_in_good_order(
    api: BotApi, tmp_path: Path
) -> None:
    """It answers; killed, it answers what came meanwhile, once; told to stop, it ends with 0."""
    chat = api.world.chat(ANN)
    process = await _start(api, tmp_path)
    try:
        api.world.say(ANN, "/start")
        await api.until(lambda: any("agree" in text for text in chat.texts()), timeout_s=60)
        process.kill()
        await process.wait()
        api.world.say(ANN, "/privacy")
        process = await _start(api, tmp_path)
        await api.until(lambda: any("What I keep" in text for text in chat.texts()), timeout_s=60)
        await api.until(lambda: not api.world.updates, timeout_s=60)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert sum("agree" in text for text in chat.texts()) == 1
    assert sum("What I keep" in text for text in chat.texts()) == 1
