// Node's socket.io with its Redis adapter: `serve PORT REDIS_URL`, `publish REDIS_URL RATE SECONDS`.
import { createServer } from "node:http";

import { createAdapter } from "@socket.io/redis-adapter";
import { Emitter } from "@socket.io/redis-emitter";
import { createClient } from "redis";
import { Server } from "socket.io";

import { publish } from "./card.mjs";

const [what, ...args] = process.argv.slice(2);
if (what === "serve") {
  const redis = await createClient({ url: args[1] }).connect();
  const subscriber = await redis.duplicate().connect();
  const http = createServer();
  new Server(http, { transports: ["websocket"], perMessageDeflate: false, adapter: createAdapter(redis, subscriber) });
  http.listen(Number(args[0]), "127.0.0.1");
} else {
  const redis = await createClient({ url: args[0] }).connect();
  const emitter = new Emitter(redis);
  await publish(Number(args[1]), Number(args[2]), (text) => emitter.emit("card", JSON.parse(text)));
  await redis.close();
}
