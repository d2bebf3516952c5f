// The day's page: list or full text, what is folded, and where the reader was. After find.js.

const KEPT_DAYS = 40; // of how many days a browser keeps what was folded and where one was
const view = {
  usual: root.dataset.view,
  day: "",
  folds: {}, // by arXiv identifier, where the reader chose otherwise than the view has it
  at: null, // the paper at the top of the window, and how far below its edge
  get name() { return root.dataset.view; },
  set name(value) { root.dataset.view = value; },
  begin() { // before drawing
    const wanted = remembered.get(`view-${this.usual}`);
    if (wanted === "list" || wanted === "full") this.name = wanted;
    history.scrollRestoration = "manual"; // marks change the page's height after the browser would have scrolled
  },
  all() { try { return JSON.parse(remembered.get("days")) || {}; } catch { return {}; } },
  load(day) {
    this.day = day;
    const kept = this.all()[day];
    if (kept && kept.view === this.name) Object.assign(this, { folds: kept.folds || {}, at: kept.at || null });
  },
  save() {
    const days = { ...this.all(), [this.day]: { view: this.name, folds: this.folds, at: this.at } };
    const latest = Object.keys(days).sort().slice(-KEPT_DAYS);
    remembered.set("days", JSON.stringify(Object.fromEntries(latest.map((day) => [day, days[day]]))));
  },
  change(name) {
    this.name = name;
    this.folds = {};
    remembered.set(`view-${this.usual}`, name);
    this.save();
  },
  folded(id) { return this.folds[id] ?? (this.name === "list" || Boolean(marks.of(id).read)); },
  fold(id, on) { this.folds[id] = on; this.save(); },
  settle(id) { delete this.folds[id]; this.save(); }, // as the view and the marks have it
};
view.begin();

const barHeight = () => one(".bar").offsetHeight;
// The first of `papers` that is in the window, below the bar.
function atTop(papers) {
  const top = barHeight() + 8;
  return papers.find((paper) => !paper.hidden && paper.getBoundingClientRect().bottom > top);
}
function scrollToPlace(paper, offset) {
  scrollTo({ top: scrollY + paper.getBoundingClientRect().top - offset, behavior: "instant" });
}

// What is drawn of the reader's place in the list at the side.
function sideList(entries) {
  const links = entries.map((entry) => one("a", entry));
  const nav = one(".contents");
  return (place) => {
    links.forEach((link, i) => link.toggleAttribute("aria-current", i === place));
    if (place < 0 || !nav.offsetHeight) return;
    const { top, bottom } = entries[place].getBoundingClientRect(), frame = nav.getBoundingClientRect();
    if (top < frame.top + 40) nav.scrollTop -= frame.top + 40 - top;
    if (bottom > frame.bottom - 40) nav.scrollTop += bottom - frame.bottom + 40;
  };
}

// To the clipboard; over plain http a browser has only the old way.
async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* the old way */ }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
