/** Shows what Clarion pushes and opens where it leads. Lies at the root of what it serves: that is its scope. */

/**
 * What showNotification knows; Clarion sends these under the same names. Safari gets them a second time, in a form that
 * it shows itself where this worker does not: what stands at the root is the same in every browser.
 */
const OPTIONS = [
  ...["body", "icon", "image", "badge", "tag", "timestamp", "actions", "silent"],
  ...["requireInteraction", "renotify", "vibrate", "dir", "lang"],
];

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(webUrl(clickUrl(event))));
});

/** A push that shows nothing costs the site its permission, so something is shown in every case. */
async function show(data) {
  const payload = read(data);
  const title = payload.title ?? "New message";
  const known = OPTIONS.filter((name) => payload[name] !== undefined);
  const options = Object.fromEntries(known.map((name) => [name, payload[name]]));
  try {
    await self.registration.showNotification(title, { ...options, data: payload });
  } catch (error) {
    // The app's own `data` lies beside them and may hold a value that the browser does not take, e.g. as `dir`.
    console.warn("Clarion: shown without its options:", error.message);
    const { body, tag } = options;
    await self.registration.showNotification(title, { body, tag, data: payload });
  }
  if (payload.badgeCount !== undefined) await setAppBadge(payload.badgeCount);
}

/** The number on the icon of an installed app, where the browser has such a thing. */
async function setAppBadge(count) {
  try {
    await self.navigator.setAppBadge?.(count);
  } catch (error) {
    console.warn("Clarion: no number on the icon:", error.message);
  }
}

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return { body: data.text() }; // not from Clarion, e.g. the test button of the browser's developer tools
  }
}

/** Of the button that was clicked, or of the notification. */
function clickUrl({ action, notification: { data } }) {
  return action ? data.actions?.find((one) => one.action === action)?.url : data.url;
}

function webUrl(text) {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.href : undefined;
}

async function open(url) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => url === undefined || one.url === url);
  return there ? there.focus() : self.clients.openWindow(url ?? self.registration.scope);
}
