// How things stand: the clock, the stores and the latest orders.
const WAYS = { pushcart: "PushCart", standard: "By mail", none: "No orders" };
const STATUS = {
  ordered: "wait", received: "wait", confirmed: "good", fulfilled: "good", partially_refunded: "care", refunded: "care",
  charge_failed: "care", rejected: "bad", auto_rejected: "bad", cancelled: "bad",
};
let present = null;

const row = () => document.querySelector("[name=store]:checked").closest("label");

export const storeChosen = () => row().querySelector("input").value;
export const zoneChosen = () => row().dataset.zone;

export function inZone(moment, zone, options) {
  return new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...options }).format(new Date(moment));
}

export function drawClock(news) {
  present = news;
  const day = { weekday: "long", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  write("now", `${inZone(news.now, zoneChosen(), day)} in ${row().dataset.city}`);
  write("moved", Math.abs(news.moved_seconds) < 1 ? "real time" : `moved by ${length(news.moved_seconds)}`);
  write("chosen", `${row().dataset.city}`);
}

export function drawStores(stores) {
  for (const store of stores) {
    const label = document.getElementById(`store-${store.id}`);
    if (!label) continue;
    set(label, ".time", store.time);
    set(label, ".hours", store.open ? `open ${store.hours}` : store.hours);
    set(label, ".way", WAYS[store.way]);
    set(label, ".why", store.why);
    label.dataset.way = store.way;
    label.dataset.open = store.open;
  }
}

export function drawOrders(orders) {
  const list = document.getElementById("orders");
  document.getElementById("no-orders").hidden = orders.length > 0;
  const known = new Map([...list.children].map((item) => [item.dataset.hash, item]));
  orders.forEach((order, place) => {
    const item = known.get(order.hash) ?? fresh(order);
    known.delete(order.hash);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    drawOrder(item, order);
  });
  for (const gone of known.values()) gone.remove();
}

function fresh(order) {
  const item = document.getElementById("order").content.firstElementChild.cloneNode(true);
  item.dataset.hash = order.hash;
  item.querySelector(".page").href = order.order_url;
  item.querySelector("[name=cart]").value = order.hash;
  set(item, ".hash", order.hash);
  for (const button of item.querySelectorAll("button")) button.setAttribute("aria-label", `${button.textContent} ${order.hash}`);
  item.querySelector(".page").setAttribute("aria-label", `Shopper's page of ${order.hash}`);
  return item;
}

function drawOrder(item, order) {
  const undecided = ["ordered", "received"].includes(order.status);
  const amount = (number) => number.toLocaleString("en-US", { style: "currency", currency: order.currency });
  set(item, ".status", order.status.replace("_", " "));
  item.querySelector(".status").className = `status ${STATUS[order.status] ?? ""}`;
  set(item, ".money", money(order, amount));
  const by = order.respond_by && `answer by ${inZone(order.respond_by, order.timezone, { weekday: "short", hour: "2-digit", minute: "2-digit" })} (${left(order.respond_by)})`;
  set(item, ".about", [order.items.map(({ qty, name }) => `${qty} × ${name}`).join(", "), `${order.path_to_purchase} in ${order.city}`,
    order.workflow === "standard" ? "by mail" : "", by, ...order.reasons].filter(Boolean).join(" · "));
  item.querySelector("form").hidden = !(undecided && order.workflow === "standard");
}

function money(order, amount) {
  if (order.payment === "none") return `${amount(order.grand_total)}, no card`;
  const parts = [`${amount(order.grand_total)} ${order.payment.replace("_", " ")}`];
  if (order.refunded) parts.push(`${amount(order.refunded)} given back`);
  return parts.join(", ");
}

function left(moment) {
  const seconds = (new Date(moment) - new Date(present.now)) / 1000;
  return seconds > 0 ? `in ${length(seconds)}` : "now";
}

function length(seconds) {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const parts = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "min"]];
  const told = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ");
  return (seconds < 0 ? "−" : "") + (told || "less than a minute");
}

function write(id, text) {
  const place = document.getElementById(id);
  if (place.textContent !== text) place.textContent = text;
}

function set(parent, selector, text) {
  const place = parent.querySelector(selector);
  if (place.textContent !== text) place.textContent = text;
}
