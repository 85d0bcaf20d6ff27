"""python-socketio with its Redis manager, under uvicorn: `serve PORT REDIS_URL`, `publish REDIS_URL RATE SECONDS`."""

import asyncio
import json
import sys

import socketio
import uvicorn
from card import card, due


def serve(port: str, redis_url: str) -> None:
    """One process."""
    manager = socketio.AsyncRedisManager(redis_url)
    server = socketio.AsyncServer(async_mode="asgi", client_manager=manager, transports=["websocket"])
    uvicorn.run(
        socketio.ASGIApp(server), host="127.0.0.1", port=int(port), log_level="warning", access_log=False,
        ws_per_message_deflate=False,
    )  # fmt: skip


async def publish(redis_url: str, rate: str, seconds: str) -> None:
    """As another process does it."""
    manager = socketio.AsyncRedisManager(redis_url, write_only=True)
    for count in due(int(rate), float(seconds)):
        for _ in range(count):
            await manager.emit("card", json.loads(card()))
        await asyncio.sleep(0.001)


if __name__ == "__main__":
    what, *args = sys.argv[1:]
    serve(*args) if what == "serve" else asyncio.run(publish(*args))
