"""MongoDB, as a replica set of one."""

from collections.abc import Sequence

from live.embedded.directory import writable
from live.embedded.programs import NoServer, in_wheel, on_path
from live.embedded.server import Server
from live.errors import StoreAway
from live.storage import mongo

REPLICA_SET = "live"


def address(port: int) -> str:
    """For LIVE_MONGODB_URL."""
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


class Mongod(Server):
    """A replica set of one: without one there is no majority to acknowledge a write."""

    program = "mongod"

    def _command(self) -> Sequence[str]:
        binary = on_path("mongod") or in_wheel("fiftyone", "db/bin/mongod")
        if binary is None:
            raise NoServer("mongod (MongoDB)", "mongodb-org-server (mongodb.com)", "LIVE_MONGODB_URL")
        data = self.directory / "db"
        with writable(data):
            return [
                binary, "--dbpath", str(data), "--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket",
                "--replSet", REPLICA_SET, "--oplogSize", "512", "--wiredTigerCacheSizeGB", "0.5", "--quiet",
                "--setParameter", "diagnosticDataCollectionEnabled=false",
                "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",  # nobody else to hand over to
            ]  # fmt: skip

    @property
    def url(self) -> str:
        """For LIVE_MONGODB_URL."""
        return address(self.port)

    async def _ready(self) -> bool:
        try:
            await mongo.make_replica_set(self.port, name=REPLICA_SET)
        except StoreAway:
            return False
        return True
