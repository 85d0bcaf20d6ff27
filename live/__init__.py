"""live: a self-hosted, real-time monitor for conversations between people and AI agents."""

__version__ = "0.1.0"
