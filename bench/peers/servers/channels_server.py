"""Django Channels with channels_redis, under daphne: `serve PORT REDIS_URL`, `publish REDIS_URL RATE SECONDS`.

The layer is the one over pub/sub, which its makers call the faster of their two.
"""

import asyncio
import sys

import django
from card import card, due
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from django.conf import settings
from django.urls import path

GROUP = "cards"


class Viewer(AsyncWebsocketConsumer):
    """One who watches."""

    async def connect(self) -> None:
        """Join."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave."""
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def card(self, event: dict[str, str]) -> None:
        """A card came."""
        await self.send(text_data=event["text"])


def configure(redis_url: str) -> None:
    """Django with nothing but the layer."""
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis_url]}}
    settings.configure(INSTALLED_APPS=["channels"], CHANNEL_LAYERS={"default": layer})
    django.setup()


def serve(port: str, redis_url: str) -> None:
    """One process."""
    configure(redis_url)
    application = ProtocolTypeRouter({"websocket": URLRouter([path("", Viewer.as_asgi())])})
    endpoints = build_endpoint_description_strings(host="127.0.0.1", port=int(port))
    Server(application, endpoints=endpoints, signal_handlers=True, verbosity=0).run()


async def publish(redis_url: str, rate: str, seconds: str) -> None:
    """As another process does it."""
    configure(redis_url)
    layer = get_channel_layer()
    for count in due(int(rate), float(seconds)):
        for _ in range(count):
            await layer.group_send(GROUP, {"type": "card", "text": card()})
        await asyncio.sleep(0.001)


if __name__ == "__main__":
    what, *args = sys.argv[1:]
    serve(*args) if what == "serve" else asyncio.run(publish(*args))
