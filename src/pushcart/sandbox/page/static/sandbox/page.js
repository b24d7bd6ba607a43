// The sandbox's page: asks once a second what is new, and sends what its buttons say.
import { drawClock, drawOrders, drawStores, storeChosen } from "./stand.js";
import { drawWire, addToWire } from "./wire.js";

const after = { push: 0, store: 0, letter: 0 };
const said = document.getElementById("said");
let asking = null;

async function ask() {
  const answer = await fetch(`${document.body.dataset.news}?${new URLSearchParams(after)}`);
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  const news = await answer.json();
  Object.assign(after, news.next);
  drawClock(news);
  drawStores(news.stores);
  drawOrders(news.orders);
  drawWire(news.wire);
  tellSilent(news.silent);
}

// One question at a time; whoever asks meanwhile gets the next answer.
async function renew() {
  while (asking) await asking;
  asking = ask().catch((error) => tellSilent([`The web (${error.message})`])).finally(() => { asking = null; });
  await asking;
}

function tellSilent(names) {
  const trouble = document.getElementById("silent");
  trouble.hidden = names.length === 0;
  trouble.textContent = names.map((name) => `${name} does not answer.`).join(" ");
}

async function send(form, button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  const body = new FormData(form, button);
  body.set("store", storeChosen());
  try {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const { said: sentence, entry } = await answer.json();
    tell(sentence, answer.ok && (!entry || entry.good));
    if (entry) addToWire(entry);
  } catch (error) {
    tell(`PushCart did not answer: ${error.message}`, false);
  } finally {
    button.removeAttribute("aria-busy");
    renew();
  }
}

function tell(sentence, good) {
  said.textContent = sentence;
  said.className = good ? "good" : "bad";
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { said.textContent = ""; }, 8000);
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, event.submitter);
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
setInterval(() => { if (!document.hidden) renew(); }, 1000);
renew();
