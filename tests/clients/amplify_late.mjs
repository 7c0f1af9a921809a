// Amplify's client connects ten minutes after its module was loaded, by its clock, and goes on.
//
// Its keep-alive clock starts with the module and is looked at every 5 s; here every 50 ms, and only then. Prints the
// connection's states until it was looked at ten times, and the event that came after that.
const setIntervalAsIs = globalThis.setInterval;
let looks = 0;
let changed = () => {};
globalThis.setInterval = (look, ms, ...rest) =>
  setIntervalAsIs(
    () => {
      look(...rest);
      looks += 1;
      changed();
    },
    ms === 5000 ? 50 : ms,
  );

const { Amplify } = await import("aws-amplify");
const { events } = await import("aws-amplify/data");
const { Hub } = await import("aws-amplify/utils");
const { WebSocket } = await import("ws");
globalThis.WebSocket = WebSocket;
Amplify.configure(JSON.parse(process.argv[2]));

const now = Date.now;
Date.now = () => now() + 10 * 60_000;

const states = [];
Hub.listen("api", ({ payload: { event, data } }) => {
  if (event === "ConnectionStateChange") states.push(data.connectionState);
});
const channel = await events.connect("/default/amplify/late");
const heard = [];
const subscription = channel.subscribe({
  next: ({ event }) => {
    heard.push(event);
    changed();
  },
  error: (error) => heard.push({ error }),
});
await subscription.ready;
while (looks < 10) await new Promise((resolve) => (changed = resolve));
await events.post("/default/amplify/late", "still here");
while (!heard.length) await new Promise((resolve) => (changed = resolve));
process.stdout.write(JSON.stringify({ states, heard }), () => process.exit());
