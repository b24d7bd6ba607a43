// What goes over the wire, newest first. A line that can be unfolded shows all of it, with its links.
import { inZone, zoneChosen } from "./stand.js";

const NAMES = { push: "push", store: "order system", mail: "mail", sms: "sms", shopper: "shopper", clock: "clock", feed: "feed", staff: "staff" };
const MOST = 300;
// Lines that came so shortly one after the other are put in the order of what their clocks say.
const TOGETHER_MS = 2500;
const list = document.getElementById("wire");

export function drawWire(lines) {
  for (const line of lines) addToWire(line);
}

export function addToWire(line) {
  const item = document.getElementById("line").content.firstElementChild.cloneNode(true);
  const came = performance.now();
  Object.assign(item.dataset, { kind: line.kind, at: new Date(line.at).getTime(), came, good: line.good });
  item.querySelector("time").dateTime = line.at;
  item.querySelector("time").textContent = inZone(line.at, zoneChosen(), { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  item.querySelector(".kind").textContent = NAMES[line.kind] ?? line.kind;
  item.querySelector(".cart").textContent = line.cart;
  item.querySelector(".text").textContent = line.text;
  if (line.more) fill(item.querySelector("pre"), line.more);
  else plain(item);
  list.insertBefore(item, place(item, came));
  while (list.children.length > MOST) list.lastElementChild.remove();
}

function place(item, came) {
  let before = list.firstElementChild;
  while (before && came - before.dataset.came < TOGETHER_MS && Number(before.dataset.at) > Number(item.dataset.at)) {
    before = before.nextElementSibling;
  }
  return before;
}

// Nothing to unfold: a line, and no control.
function plain(item) {
  const line = document.createElement("p");
  line.append(...item.querySelector("summary").childNodes);
  item.replaceChildren(line);
}

function fill(place, text) {
  place.replaceChildren();
  for (const part of text.split(/(https?:\/\/[^\s"<>]+)/)) {
    if (/^https?:/.test(part)) {
      const link = document.createElement("a");
      link.href = part;
      link.textContent = part;
      place.append(link);
    } else {
      place.append(part);
    }
  }
}

document.getElementById("kinds").addEventListener("change", (event) => {
  list.classList.toggle(`without-${event.target.value}`, !event.target.checked);
});
