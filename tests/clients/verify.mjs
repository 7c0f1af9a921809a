// Publishes over HTTPS to a name that it takes to be this machine; prints the status, or the error's code.
// Its arguments: the URL, an API key, a channel.
import { request } from "node:https";

const [url, key, channel] = process.argv.slice(2);
const body = JSON.stringify({ channel, events: ['"from Node"'] });
const loopback = { address: "127.0.0.1", family: 4 };
const lookup = (name, { all }, found) =>
  all ? found(null, [loopback]) : found(null, loopback.address, loopback.family);
const sent = request(url, { method: "POST", headers: { "x-api-key": key }, lookup }, (answer) => {
  process.stdout.write(String(answer.statusCode));
  answer.resume();
});
sent.on("error", (error) => process.stdout.write(error.code));
sent.end(body);
