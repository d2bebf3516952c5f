// What the day's page and the archive share. Both set text and attributes only, never markup.
"use strict";

const root = document.documentElement;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const pressed = (button, on) => button && button.setAttribute("aria-pressed", String(on));
const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
// As it is looked in: also without the space that stands between Chinese and Latin.
const SPACE = / (?:(?<=[\u3400-\u9fff] )(?=[^\s\u3400-\u9fff])|(?<=[^\s\u3400-\u9fff] )(?=[\u3400-\u9fff]))/g;
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(SPACE, "");
const remembered = {
  // A browser may refuse storage; then nothing is remembered.
  get(key) { try { return localStorage.getItem("localdigest-" + key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem("localdigest-" + key, value); } catch { /* so be it */ } },
};

const THEMES = ["system", "light", "dark"];
root.dataset.theme = THEMES.includes(remembered.get("theme")) ? remembered.get("theme") : "system"; // before drawing
root.classList.add("scripted");

// Star, read, hide and note, by arXiv identifier: in the server's store where there is one, else in this browser.
const marks = {
  byId: {},
  server: "",
  of(id) { return (Object.hasOwn(this.byId, id) && this.byId[id]) || {}; },
  kept() { try { return JSON.parse(remembered.get("marks")) || {}; } catch { return {}; } },
  async load() {
    this.server = one('meta[name="localdigest-marks"]')?.content || "";
    this.byId = this.server ? await (await fetch(this.server)).json() : this.kept();
  },
  // Whether it was saved.
  async save(id, changes) {
    const mark = { star: false, read: false, hide: false, note: "", ...this.of(id), ...changes };
    this.byId[id] = mark;
    if (!this.server) {
      remembered.set("marks", JSON.stringify({ ...this.kept(), [id]: mark })); // another page may have changed others
      return true;
    }
    try {
      const answer = await fetch(`${this.server}/${encodeURIComponent(id)}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Localdigest": "1" },
        body: JSON.stringify(changes),
      });
      return answer.ok;
    } catch { return false; }
  },
};

let texts = {};
let hushing = 0;
// A line at the foot of the window; with `undo`, a button that takes back what was done.
function say(text, undo) {
  const toast = one(".toast"), button = one("button", toast);
  one("span", toast).textContent = text;
  button.hidden = !undo;
  button.onclick = () => { toast.hidden = true; undo(); };
  toast.hidden = false;
  clearTimeout(hushing);
  hushing = setTimeout(() => { toast.hidden = true; }, undo ? 12000 : 5000);
}

function helpShown() { return one("#keys").open; }
function toggleHelp() { helpShown() ? one("#keys").close() : one("#keys").showModal(); }

// A key to what it does; not while the reader writes.
function onKeys(actions, leaveFind) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key !== "Escape") return;
      event.target.blur();
      if (event.target.id === "find") leaveFind();
      return;
    }
    if (!Object.hasOwn(actions, event.key) || (helpShown() && event.key !== "?")) return;
    event.preventDefault();
    actions[event.key]();
  });
}

// Buttons of which one is on; a second press on it goes back to all.
function choices(buttons, chosen) {
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const value = isPressed(button) ? "" : button.dataset.filter;
      buttons.forEach((other) => pressed(other, other.dataset.filter === value));
      chosen(value);
    });
  }
}

document.addEventListener("DOMContentLoaded", () => {
  texts = JSON.parse(one("#texts").textContent);
  const theme = one("#theme");
  const tell = () => { theme.title = `${one(".vh", theme).textContent}: ${theme.dataset[root.dataset.theme]}`; };
  theme.addEventListener("click", () => {
    // First to what the reader does not see now.
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = dark ? ["system", "light", "dark"] : ["system", "dark", "light"];
    root.dataset.theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    remembered.set("theme", root.dataset.theme);
    tell();
  });
  tell();
  one("#help").addEventListener("click", toggleHelp);
  one("#keys").addEventListener("click", (event) => event.target === one("#keys") && toggleHelp());
});
