// Subscribe with Amplify's client, publish over HTTP and over WebSocket, and print what comes back.
//
//   npm install
//   eventray env --format amplify > eventray.json
//   NODE_EXTRA_CA_CERTS=~/.local/share/eventray/tls/ca.pem node publish_and_subscribe.mjs eventray.json
//
// In a browser it is the same code, without the first argument of `configure` coming from a file.
import { readFile } from "node:fs/promises";
import { Amplify } from "aws-amplify";
import { events } from "aws-amplify/data";
import { WebSocket } from "ws";

globalThis.WebSocket ??= WebSocket; // Node has its own from version 22 on

Amplify.configure(JSON.parse(await readFile(process.argv[2], "utf8")));

const channel = await events.connect("/default/*");
let count = 0;
const both = new Promise((resolve, reject) => {
  const subscription = channel.subscribe({
    next: ({ event }) => {
      console.log("received:", event);
      count += 1;
      if (count === 2) resolve();
    },
    error: reject,
  });
  subscription.ready.catch(reject);
  subscription.ready.then(publish).catch(reject);
});

async function publish() {
  await events.post("/default/greetings", { hello: "over HTTP" });
  const greetings = await events.connect("/default/greetings"); // the same connection
  await greetings.publish({ hello: "over WebSocket" });
  await greetings.close();
}

await both;
await channel.close();
process.exit(); // Amplify has timers that would keep Node for some seconds more
