"""The bare server that `benchmarks.web` compares with: ``python -m benchmarks._web_echo``.

It writes its address to standard output as soon as it listens.
"""

import asyncio
import json
import uuid

from aiohttp import web


async def serve() -> None:
    """Serve the least that could work: a queue per session, and every message comes back."""
    queues: dict[str, asyncio.Queue[str]] = {}

    async def session(_: web.Request) -> web.Response:
        response = web.json_response({"csrf": ""})
        response.set_cookie("sid", name := uuid.uuid4().hex)
        queues[name] = asyncio.Queue()
        return response

    async def message(request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        entry = {"author": "assistant", "stage": "final", "blocks": [{"text": text}]}
        queues[request.cookies["sid"]].put_nowait(json.dumps(entry))
        return web.json_response({}, status=202)

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            data = await queues[request.cookies["sid"]].get()
            await response.write(f"event: entry\ndata: {data}\n\n".encode())

    app = web.Application()
    app.router.add_get("/api/session", session)
    app.router.add_get("/api/cases/1/events", events)
    app.router.add_post("/api/cases/1/messages", message)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
