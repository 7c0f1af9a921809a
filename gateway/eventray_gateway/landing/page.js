"use strict";

// The key comes from the form or from the address, which this page's server never sees: a fragment is not sent.
const SUBSCRIPTION = "landing-page";
const SUBSCRIBED = "/default/*";
const PUBLISHED = "/default/hello";
const STORED = "eventray-api-key";
const MOST_SHOWN = 20;
const MOST_WAIT_MS = 15000;

const part = (id) => document.getElementById(id);
let key = "";
let socket = null;
let attempt = 0;
let silence = 0;
let silenceMs = 300000;

function show(state, text, hint = "") {
  document.documentElement.dataset.state = state;
  part("status").textContent = text;
  part("hint").textContent = hint;
  part("hint").hidden = !hint;
  part("key-form").hidden = state !== "waiting" && state !== "refused";
  part("live").hidden = !part("key-form").hidden;
  part("publish").disabled = state !== "connected";
}

function authorization() {
  return { host: location.host, "x-api-key": key };
}

function credentials() {
  const encoded = btoa(JSON.stringify(authorization()));
  return "header-" + encoded.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function connect() {
  show("connecting", "connecting…");
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const url = `${scheme}://${location.host}/event/realtime`;
  const opened = new WebSocket(url, ["aws-appsync-event-ws", credentials()]);
  socket = opened;
  opened.onopen = () => send({ type: "connection_init" });
  opened.onmessage = (message) => {
    if (socket !== opened) return;
    clearTimeout(silence);
    silence = setTimeout(() => opened.close(), silenceMs);
    receive(JSON.parse(message.data));
  };
  opened.onclose = () => {
    if (socket === opened) reconnect();
  };
}

function send(frame) {
  socket.send(JSON.stringify(frame));
}

function reconnect() {
  clearTimeout(silence);
  const wait = Math.min(MOST_WAIT_MS, 1000 * 2 ** attempt);
  attempt += 1;
  show("lost", "not connected", "The connection is lost, or the server is not there; trying again.");
  setTimeout(connect, wait);
}

function receive(frame) {
  switch (frame.type) {
    case "connection_ack":
      attempt = 0;
      silenceMs = frame.connectionTimeoutMs;
      show("connected", "connected");
      send({ type: "subscribe", id: SUBSCRIPTION, channel: SUBSCRIBED, authorization: authorization() });
      break;
    case "connection_error":
      refuse(`The server does not let this key connect (${reason(frame)}).`);
      break;
    case "subscribe_success":
      publish();
      break;
    case "subscribe_error":
      show("connected", "connected", `Subscribing to ${SUBSCRIBED} was refused: ${reason(frame)}.`);
      break;
    case "data":
      list(frame.event);
      break;
  }
}

function refuse(text) {
  key = "";
  socket = null;
  clearTimeout(silence);
  sessionStorage.removeItem(STORED);
  show("refused", "not connected", text);
  part("key").focus();
}

function reason(answer) {
  const first = (answer.errors || [])[0] || {};
  return [first.errorType, first.message].filter(Boolean).join(": ").replace(/\.$/, "") || "no reason given";
}

async function publish() {
  const event = { message: "Hello from this page", number: Math.floor(Math.random() * 1000) };
  try {
    const answer = await fetch("/event", {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key },
      body: JSON.stringify({ channel: PUBLISHED, events: [JSON.stringify(event)] }),
    });
    if (answer.ok) return;
    show("connected", "connected", `Publishing to ${PUBLISHED} was refused: ${reason(await answer.json())}.`);
  } catch (error) {
    part("hint").textContent = `Publishing failed: ${error.message}.`;
    part("hint").hidden = false;
  }
}

function list(text) {
  const entry = document.createElement("li");
  const time = document.createElement("time");
  const event = document.createElement("span");
  time.textContent = new Date().toLocaleTimeString([], { hour12: false });
  event.textContent = text;
  entry.append(time, event);
  part("events").prepend(entry);
  while (part("events").children.length > MOST_SHOWN) part("events").lastChild.remove();
}

function use(text) {
  key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) {
    refuse("This is not an API key.");
    return;
  }
  sessionStorage.setItem(STORED, key);
  connect();
}

part("key-form").onsubmit = (submission) => {
  submission.preventDefault();
  use(part("key").value);
  part("key").value = "";
};
part("publish").onclick = publish;

function useFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  // Out of the address bar and the history, where others could read it.
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const known = given || sessionStorage.getItem(STORED);
  if (known) use(known);
  else show("waiting", "needs an API key");
}
onhashchange = useFromAddress;
useFromAddress();
