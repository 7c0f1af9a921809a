// Amplify's client, subscribed until it is killed: prints a line for each event and each state of the connection.
//
// After its first attempt it connects again once a minute; here every two seconds.
const setIntervalAsIs = globalThis.setInterval;
globalThis.setInterval = (attempt, ms, ...rest) => setIntervalAsIs(attempt, ms === 60_000 ? 2_000 : ms, ...rest);

const { Amplify } = await import("aws-amplify");
const { events } = await import("aws-amplify/data");
const { Hub } = await import("aws-amplify/utils");
const { WebSocket } = await import("ws");
globalThis.WebSocket = WebSocket;
Amplify.configure(JSON.parse(process.argv[2]));

const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);
Hub.listen("api", ({ payload: { event, data } }) => {
  if (event === "ConnectionStateChange") say({ state: data.connectionState });
});
const channel = await events.connect("/default/amplify/again");
const subscription = channel.subscribe({
  next: ({ event }) => say({ event }),
  error: (error) => say({ error: JSON.stringify(error) }),
});
await subscription.ready;
say({ state: "subscribed" });
