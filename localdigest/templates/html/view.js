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

// The papers, and their entries at the side, in another order: on the page and in these lists. Fields get headings.
function arrange(papers, entries, by) {
  const number = (paper) => Number(one(".number", paper).textContent);
  const sizes = {};
  for (const { dataset } of papers) sizes[dataset.field] = (sizes[dataset.field] || 0) + 1;
  const fields = Object.keys(sizes).sort((a, b) => sizes[b] - sizes[a] || (a < b ? -1 : 1));
  const places = { rank: (paper) => Number(paper.dataset.rank), field: (paper) => fields.indexOf(paper.dataset.field) };
  const place = places[by] || (() => 0);
  const pairs = papers.map((paper, i) => [paper, entries[i]]);
  if (by === "number" && !one(".field") && pairs.every(([paper], i) => number(paper) === i + 1)) return; // as it came
  pairs.sort(([a], [b]) => place(a) - place(b) || number(a) - number(b));
  all(".field").forEach((heading) => heading.remove());
  let last = one(".intro"), field = null;
  pairs.forEach(([paper, entry], i) => {
    if (by === "field" && paper.dataset.field !== field) {
      field = paper.dataset.field;
      last.after(last = fieldHeading(field, one(".category.primary", paper)?.title));
    }
    last.after(last = paper);
    entry.parentNode.append(entry);
    [papers[i], entries[i]] = [paper, entry];
  });
}
function fieldHeading(field, title) {
  const heading = document.createElement("h2");
  heading.className = "field";
  heading.lang = "en";
  heading.dataset.field = field;
  heading.textContent = title ? `${field} · ${title}` : field;
  return heading;
}

// What is drawn of the reader's place in the list at the side.
function sideList(entries) {
  const nav = one(".contents");
  return (place) => {
    entries.forEach((entry, i) => one("a", entry).toggleAttribute("aria-current", i === place));
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
