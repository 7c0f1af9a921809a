// Uses a stack's outputs as they stand: publishes to its HTTP endpoint and connects to its realtime one. Its
// argument is JSON with `http`, `realtime`, `key`, `ca` and `body`; prints what came back, as JSON. Names below
// `localhost` are this machine (RFC 6761), which not every system's resolver knows.
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { WebSocket } from "ws";

const { http, realtime, key, ca, body } = JSON.parse(process.argv[2]);
const local = (name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const options = { ca: readFileSync(ca), lookup: local };

const published = await new Promise((resolve, reject) => {
  const headers = { "content-type": "application/json", "x-api-key": key };
  const sent = request(http, { ...options, method: "POST", headers }, (answer) => {
    let text = "";
    answer.on("data", (part) => (text += part));
    answer.on("end", () => resolve({ status: answer.statusCode, body: JSON.parse(text) }));
  });
  sent.on("error", reject);
  sent.end(body);
});

const shown = { host: new URL(http).host, "x-api-key": key };
const header = Buffer.from(JSON.stringify(shown)).toString("base64url");
const socket = new WebSocket(realtime, ["aws-appsync-event-ws", `header-${header}`], options);
const connected = await new Promise((resolve, reject) => {
  socket.on("error", reject);
  socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
  socket.on("message", (text) => resolve(JSON.parse(text).type));
});
socket.terminate();
console.log(JSON.stringify({ published, connected }));
