// Amplify's client through all that it can do: prints what happened as JSON. Its argument is its configuration.
import { Amplify } from "aws-amplify";
import { events } from "aws-amplify/data";
import { Hub } from "aws-amplify/utils";
import { WebSocket } from "ws";

const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...parts) {
    super(...parts);
    sockets.push(this);
  }
};

Amplify.configure(JSON.parse(process.argv[2]));

const states = [];
Hub.listen("api", ({ payload: { event, data } }) => {
  if (event === "ConnectionStateChange") states.push(data.connectionState);
});

const heard = { exact: [], wildcard: [] };
let changed = () => {};
function listenTo(channel, name) {
  return channel.subscribe({
    next: ({ event }) => {
      heard[name].push(event);
      changed();
    },
    error: (error) => {
      throw new Error(JSON.stringify(error));
    },
  });
}
async function until(fact) {
  while (!fact()) await new Promise((resolve) => (changed = resolve));
}

const exact = await events.connect("/default/amplify/exact");
const wildcard = await events.connect("/default/amplify/*");
const exactSubscription = listenTo(exact, "exact");
const wildcardSubscription = listenTo(wildcard, "wildcard");
await Promise.all([exactSubscription.ready, wildcardSubscription.ready]);

const answers = [
  await events.post("/default/amplify/exact", [{ n: 1 }, "two", 3, null]),
  await exact.publish({ n: "over WebSocket" }),
  await events.post("default/amplify/other", true),
];
await until(() => heard.wildcard.length === 6);

exactSubscription.unsubscribe();
await events.post("/default/amplify/exact", "after the unsubscribe");
await until(() => heard.wildcard.length === 7);

const refused = await events.post("/nobody/a", 1).catch((error) => error.name);
await exact.close();
await wildcard.close();
const closed = await exact.publish("too late").catch((error) => error.message);
const [socket] = sockets;
if (socket.readyState !== WebSocket.CLOSED) await new Promise((resolve) => socket.addEventListener("close", resolve));

process.stdout.write(
  JSON.stringify({
    heard,
    answers: answers.map((answer) => answer ?? null), // undefined has no JSON
    refused,
    closed,
    states,
    sockets: sockets.map(({ url, protocol }) => ({ url, protocol })),
  }),
  () => process.exit(), // Amplify's timers would keep the process for some seconds more
);
