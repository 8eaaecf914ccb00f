import { connect, pushIsOn, turnOffPush, turnOnPush, webUrl } from "./clarion.js";

/** The page around clarion.js: a form where your own page knows who is signed in. */
const at = (id) => document.getElementById(id);
const form = at("settings");
const FIELDS = ["api", "socket", "app", "token"];
const query = new URLSearchParams(location.search);
const device = { device: browserName(), worker: "./service-worker.js" };

let connection;

/** This browser's name as a device. */
function browserName() {
  if (localStorage.device === undefined) localStorage.device = `browser-${crypto.randomUUID()}`;
  return localStorage.device;
}

const clarion = () => ({
  api: form.api.value,
  socket: form.socket.value,
  app: form.app.value,
  token: async () => form.token.value.trim(),
  by: query.get("by") ?? "ticket",
});

function start() {
  for (const name of FIELDS) sessionStorage[name] = form[name].value;
  connection?.close();
  connection = connect(clarion(), { onMessage: show, onState: tell });
  report(async () => ((await pushIsOn()) ? turnOn() : undefined));
}

async function turnOn() {
  await turnOnPush(clarion(), device);
  return "This browser gets pushes.";
}

async function turnOff() {
  await turnOffPush(clarion(), device);
  return "This browser gets no pushes.";
}

function tell(state, problem = "") {
  at("state").textContent = state;
  at("state").dataset.state = state;
  at("problem").textContent = problem;
  if (state === "connected") at("connection").open = false;
}

/** Text goes through textContent alone: whatever a message holds, it stays text. */
function show({ id, type, timestamp, data }) {
  const part = (tag, textContent, more) =>
    Object.assign(document.createElement(tag), { textContent, ...more });
  const article = part("article", "");
  Object.assign(article.dataset, { id, type, level: data.level ?? "info" });
  article.append(part("time", new Date(timestamp).toLocaleTimeString()), part("h2", data.title));
  if (data.content) article.append(part("p", data.content));
  const href = webUrl(data.url);
  if (href) article.append(part("a", "Open", { href, target: "_blank", rel: "noopener noreferrer" }));
  at("messages").prepend(article);
}

function report(what) {
  const say = (text) => {
    if (text !== undefined) at("push").textContent = text;
  };
  what().then(say, (error) => say(`That did not work: ${error.message}`));
}

at("turn-on").addEventListener("click", () => report(turnOn));
at("turn-off").addEventListener("click", () => report(turnOff));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});

for (const name of FIELDS) {
  const given = (name === "token" ? null : query.get(name)) ?? sessionStorage[name];
  if (given) form[name].value = given;
}
if (form.token.value !== "") start();
