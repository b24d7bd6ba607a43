"""What anybody must be able to do with a page, found in the browser itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# WCAG 2.2, level AA: 1.4.3 of text, 3:1 where it is large.
_FAULTS = """() => {
  const faults = [];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (e) => (e.getAttribute("aria-label") || e.innerText || e.labels?.[0]?.innerText || "").trim();
  const what = (e) => `${e.tagName.toLowerCase()} ${e.outerHTML.slice(0, 90)}`;
  for (const e of document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, summary")) {
    if (shown(e) && !name(e)) faults.push(`no name: ${what(e)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) faults.push(`id twice: ${id}`);
  for (const e of document.querySelectorAll("[aria-labelledby]")) {
    if (!document.getElementById(e.getAttribute("aria-labelledby"))) faults.push(`labelled by nothing: ${what(e)}`);
  }
  if (!document.documentElement.lang) faults.push("no language");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push("wider than the window");

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(e) || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(e.tagName)) continue;
    const grounds = [];
    for (let up = e; up; up = up.parentElement) grounds.unshift(getComputedStyle(up).backgroundColor);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const ground = over([dark ? "black" : "white", ...grounds]);
    const ink = over([`rgb(${ground})`, getComputedStyle(e).color]);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(getComputedStyle(e).fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(getComputedStyle(e).fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < least) faults.push(`contrast ${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return faults;
}"""


def faults(page: Page) -> list[str]:
    """Controls without a name, ids that stand twice, text that is too faint, a page wider than its window."""
    found: list[str] = page.evaluate(_FAULTS)
    return found
