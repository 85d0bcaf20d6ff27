"""The floor in Python, websockets' broadcast behind a Redis subscription: `serve PORT URL`, `publish URL RATE S`."""

import asyncio
import sys

from card import card, due
from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as listen


async def serve(port: str, redis_url: str) -> None:
    """One process."""

    async def stay(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with listen(stay, "127.0.0.1", int(port), compression=None) as server:
        subscription = Redis.from_url(redis_url).pubsub()
        await subscription.subscribe("websockets")
        async for message in subscription.listen():
            if message["type"] == "message":
                broadcast(server.connections, message["data"].decode())


async def publish(redis_url: str, rate: str, seconds: str) -> None:
    """As another process does it."""
    redis = Redis.from_url(redis_url)
    for count in due(int(rate), float(seconds)):
        for _ in range(count):
            await redis.publish("websockets", card())
        await asyncio.sleep(0.001)
    await redis.aclose()


if __name__ == "__main__":
    what, *args = sys.argv[1:]
    asyncio.run((serve if what == "serve" else publish)(*args))
