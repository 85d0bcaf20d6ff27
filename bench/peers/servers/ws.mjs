// Node's ws behind a Redis subscription: `serve PORT REDIS_URL`, `publish REDIS_URL RATE SECONDS`.
import { createClient } from "redis";
import { WebSocket, WebSocketServer } from "ws";

import { publish } from "./card.mjs";

const [what, ...args] = process.argv.slice(2);
if (what === "serve") {
  const server = new WebSocketServer({ port: Number(args[0]), host: "127.0.0.1", perMessageDeflate: false });
  const redis = await createClient({ url: args[1] }).connect();
  await redis.subscribe("ws", (text) => {
    const frame = Buffer.from(text);
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(frame, { binary: false });
    }
  });
} else {
  const redis = await createClient({ url: args[0] }).connect();
  await publish(Number(args[1]), Number(args[2]), (text) => redis.publish("ws", text));
  await redis.close();
}
