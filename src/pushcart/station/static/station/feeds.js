// While a feed is at work its section is fetched anew; without this script a reload shows the same.
"use strict";

const EVERY = 1500; // milliseconds

async function renew() {
  const there = document.getElementById("feeds");
  if (!there.hasAttribute("data-working")) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer && answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    there.replaceWith(page.getElementById("feeds"));
  }
  setTimeout(renew, EVERY);
}

const form = document.querySelector("form.upload");
const file = form.elements.namedItem("file");
file.addEventListener("change", () => {
  const most = Number(form.dataset.mostMb);
  const tooLarge = file.files[0] && file.files[0].size > most * 2 ** 20;
  file.setCustomValidity(tooLarge ? `The file is larger than ${most} MB, which is the most.` : "");
  file.reportValidity();
});
form.addEventListener("submit", () => {
  const button = form.querySelector("button");
  button.textContent = "Sending …";
  button.disabled = true;
});
window.addEventListener("pageshow", () => {
  const button = form.querySelector("button");
  button.textContent = "Send";
  button.disabled = false;
});
setTimeout(renew, EVERY);
