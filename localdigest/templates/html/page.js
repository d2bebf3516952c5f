// The day's page: folding, finding, aligned sentences, marks, keys. After view.js.
document.addEventListener("DOMContentLoaded", () => {
  const papers = all(".paper");
  const entries = all(".contents li");
  const find = one("#find");
  const idOf = (paper) => paper.dataset.id;
  view.load(one("time[datetime]").dateTime);

  // ---------------------------------------------------------------- list, full text, folding

  function draw(paper) {
    const folded = view.folded(idOf(paper));
    paper.classList.toggle("folded", folded);
    one(".fold", paper).setAttribute("aria-expanded", String(!folded));
  }
  function drawView() {
    all("button[data-view]").forEach((button) => pressed(button, button.dataset.view === view.name));
    papers.forEach(draw);
    root.classList.add("ready");
  }
  function fold(paper, on) {
    view.fold(idOf(paper), on);
    draw(paper);
    const breakdown = one("details.breakdown", paper);
    if (breakdown && view.name === "list") breakdown.open = !on;
    if (paper.getBoundingClientRect().top < barHeight()) scrollToPlace(paper, barHeight());
    seek();
  }
  const isFolded = (paper) => paper.classList.contains("folded");
  function unfold(paper) { if (isFolded(paper)) fold(paper, false); }
  function changeView(name) {
    const paper = papers[current] || atTop(papers);
    const offset = paper ? Math.max(barHeight() + 8, paper.getBoundingClientRect().top) : 0;
    const atStart = scrollY < 8;
    view.change(name);
    drawView();
    if (paper && !atStart) scrollToPlace(paper, offset);
    seek();
  }
  all("button[data-view]").forEach((button) => button.addEventListener("click", () => changeView(button.dataset.view)));
  for (const paper of papers) {
    one(".fold", paper).addEventListener("click", () => fold(paper, !isFolded(paper)));
    one(".row", paper).addEventListener("click", (event) => {
      const elsewhere = event.target.closest("a, button, summary, blockquote") || String(getSelection());
      if (!elsewhere && (view.name === "list" || isFolded(paper))) fold(paper, !isFolded(paper));
    });
  }

  const orders = all("[data-order]");
  function reorder(by) {
    const paper = papers[current];
    orders.forEach((button) => pressed(button, button.dataset.order === by));
    arrange(papers, entries, by);
    if (paper) current = papers.indexOf(paper);
    headings();
  }
  // Of fields with no paper to be seen, no heading.
  function headings() {
    for (const heading of all(".field")) {
      heading.hidden = !papers.some((paper) => !paper.hidden && paper.dataset.field === heading.dataset.field);
    }
  }
  for (const button of orders) {
    button.addEventListener("click", () => { remembered.set("order", button.dataset.order); reorder(button.dataset.order); });
  }

  for (const img of all(".figures img")) {
    const enlarge = () => pressed(img, img.closest("figure").classList.toggle("large"));
    Object.assign(img, { tabIndex: 0, role: "button", title: texts.enlarge });
    pressed(img, false);
    img.addEventListener("click", enlarge);
    img.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); enlarge(); }
    });
  }

  function showOriginal(paper, open) {
    const details = one("details.original", paper);
    if (!details) return;
    details.open = open;
    pressed(one(".toggle-original", paper), open);
  }
  for (const paper of papers) {
    const button = one(".toggle-original", paper);
    if (button) button.addEventListener("click", () => showOriginal(paper, !isPressed(button)));
  }
  function together(id, apply, usual) {
    const button = one(id);
    if (!button) return;
    const set = (on) => { pressed(button, on); papers.forEach((paper) => apply(paper, on)); };
    button.addEventListener("click", () => { set(!isPressed(button)); remembered.set(id.slice(1), isPressed(button)); });
    if ((remembered.get(id.slice(1)) ?? String(usual)) === "true") set(true);
  }
  together("#originals", showOriginal, matchMedia("(min-width: 84rem)").matches); // where there is room beside the text
  together("#breakdowns", (paper, open) => { const d = one("details.breakdown", paper); if (d) d.open = open; }, false);

  // ---------------------------------------------------------------- sentences side by side

  function light(sentence, kind, on) {
    for (const twin of all(`[data-s="${sentence.dataset.s}"]`, sentence.closest(".text"))) twin.classList.toggle(kind, on);
  }
  for (const kind of ["over", "out"]) {
    document.addEventListener(`mouse${kind}`, (event) => {
      const sentence = event.target.closest(".text [data-s]");
      if (sentence) light(sentence, "lit", kind === "over");
    });
  }
  document.addEventListener("click", (event) => {
    const sentence = event.target.closest(".translation [data-s], .original [data-s]");
    if (!sentence || String(getSelection())) return;
    const text = sentence.closest(".text");
    const was = sentence.classList.contains("held");
    all(".held", text).forEach((other) => other.classList.remove("held"));
    all(".peek", text).forEach((other) => other.remove());
    if (was) return;
    light(sentence, "held", true);
    const original = one("details.original", text);
    if (!original || original.open) return;
    // The original is folded: show this sentence of it, under its paragraph.
    const source = one(`[data-s="${sentence.dataset.s}"]`, original);
    if (!source) return;
    const peek = document.createElement("p");
    peek.className = "peek";
    peek.lang = "en";
    peek.append(...[...source.childNodes].map((node) => node.cloneNode(true)));
    sentence.closest("p").after(peek);
  });

  // ---------------------------------------------------------------- finding and filtering

  const said = new Map();
  const SHOWN = "h2, .original-title, .byline, .gist > span, .why, .tags";
  const INSIDE = ".authors, .links > a, .facts dd, .translation p, .original p, .breakdown li > span, blockquote p";
  // What a paper says: in its row and inside, each text as it is, and all of it to look in.
  function textsOf(paper) {
    if (!said.has(paper)) {
      const read = (selector) => all(selector, paper).map((part) => part.textContent.trim().replace(/\s+/g, " "));
      const row = read(SHOWN), inside = [...read(INSIDE), note(paper)];
      said.set(paper, { row: plain(row.join("\n")), inside, all: plain([...row, ...inside].join("\n")) });
    }
    return said.get(paper);
  }
  function snippet(paper) {
    const { row, inside } = textsOf(paper);
    const missing = isFolded(paper) && !paper.hidden ? terms.filter((term) => !row.includes(term)) : [];
    const text = missing.length && inside.find((each) => plain(each).includes(missing[0]));
    if (!text) return;
    const line = document.createElement("p");
    line.className = "snippet";
    one(".lead", paper).append(fill(line, stretch(text, missing, 110)));
  }
  let category = "", terms = [], marking = 0;
  // Where the hits are, once the reader pauses: no letter waits for it.
  function seek() {
    clearTimeout(marking);
    marked.clear();
    all(".snippet").forEach((each) => each.remove());
    if (!terms.length) return;
    marking = setTimeout(() => {
      papers.forEach(snippet);
      const open = papers.filter((paper) => !paper.hidden);
      marked.mark(open.flatMap((paper) => (isFolded(paper) ? [one(".lead", paper)] : [paper])), terms);
    }, 120);
  }
  function inCategory(paper) {
    const mark = marks.of(idOf(paper));
    if (mark.hide || category === "-") return Boolean(mark.hide) && category === "-";
    return category === "*" ? Boolean(mark.star) : !category || paper.dataset.categories.split(" ").includes(category);
  }
  function filter() {
    terms = termsOf(find.value);
    let shown = 0;
    papers.forEach((paper, i) => {
      const on = inCategory(paper) && terms.every((term) => textsOf(paper).all.includes(term));
      paper.hidden = !on;
      entries[i].hidden = !on;
      shown += on;
    });
    if (one("#found")) {
      const filtering = terms.length || category;
      const told = shown ? texts.found.replace("{shown}", shown).replace("{all}", papers.length) : texts.none;
      one("#found").textContent = filtering ? told : "";
    }
    headings();
    seek();
  }
  find.addEventListener("input", filter);
  choices(all("[data-filter]"), (value) => { category = value; filter(); });

  // ---------------------------------------------------------------- marks: star, read, hide, note

  const note = (paper) => String(marks.of(idOf(paper)).note || "");
  let undone = null;
  async function save(paper, changes) {
    const saving = marks.save(idOf(paper), changes);
    show(paper);
    count();
    if (!(await saving)) say(texts.not_saved);
  }
  function show(paper) {
    const mark = marks.of(idOf(paper));
    for (const name of ["star", "read", "hide"]) {
      paper.classList.toggle(name, Boolean(mark[name]));
      pressed(one(`[data-mark=${name}]`, paper), Boolean(mark[name]));
    }
    entries[papers.indexOf(paper)].className = ["star", "read"].filter((name) => mark[name]).join(" ");
    const area = one("textarea", paper);
    if (document.activeElement !== area) area.value = note(paper);
    const open = Boolean(note(paper)) || !one(".note", paper).hidden;
    one(".note", paper).hidden = !open;
    pressed(one("[data-mark=note]", paper), open);
    draw(paper);
  }
  function count() {
    for (const [value, name] of [["*", "star"], ["-", "hide"]]) {
      const button = one(`[data-filter="${value}"]`);
      const number = papers.filter((paper) => marks.of(idOf(paper))[name]).length;
      if (!button) continue;
      one("i", button).textContent = number;
      button.hidden = !number && category !== value;
    }
  }
  function change(paper, name) {
    const id = idOf(paper), was = Boolean(marks.of(id)[name]);
    if (name === "read") view.settle(id);
    const place = papers.indexOf(paper), wasCurrent = place === current;
    undone = () => {
      undone = null;
      if (name === "read") view.settle(id);
      save(paper, { [name]: was });
      filter();
      go(place);
    };
    save(paper, { [name]: !was });
    if (name !== "read") filter();
    if (name !== "hide") return;
    const title = one("h2", paper).textContent.trim();
    say(texts[was ? "unhid" : "hid"].replace("{title}", title.length > 50 ? `${title.slice(0, 49)}…` : title), () => undone?.());
    if (wasCurrent && paper.hidden && !step(1)) step(-1);
  }
  for (const paper of papers) {
    for (const name of ["star", "read", "hide"]) {
      one(`[data-mark=${name}]`, paper).addEventListener("click", () => change(paper, name));
    }
    const area = one("textarea", paper);
    one("[data-mark=note]", paper).addEventListener("click", (event) => {
      const box = one(".note", paper);
      unfold(paper);
      box.hidden = !box.hidden && !area.value;
      pressed(event.currentTarget, !box.hidden);
      if (!box.hidden) area.focus();
    });
    area.addEventListener("change", () => { said.delete(paper); save(paper, { note: area.value }); });
  }
  async function load() {
    try { await marks.load(); } catch { say(texts.not_saved); }
    papers.forEach(show);
    count();
    filter();
  }
  addEventListener("storage", (event) => event.key === "localdigest-marks" && !marks.server && load());

  for (const button of all("[data-cite]")) {
    button.addEventListener("click", async () => {
      const text = JSON.parse(one("#citations").textContent)[idOf(button.closest(".paper"))][button.dataset.cite];
      say((await copy(text)) ? `${texts.copied}: ${button.textContent}` : texts.not_copied);
    });
  }

  // ---------------------------------------------------------------- where the reader is

  let current = -1, steered = false;
  const beside = sideList(entries);
  function stand(place) {
    papers[current]?.classList.remove("current");
    current = place;
    papers[place]?.classList.add("current");
  }
  function go(place) {
    const paper = papers[place];
    if (!paper) return false;
    stand(place);
    steered = true;
    paper.focus({ preventScroll: true });
    const { top, bottom } = paper.getBoundingClientRect();
    // In the list, no further than needed: the eye keeps its place.
    const inside = top > barHeight() && bottom < innerHeight - 40;
    if (!(view.name === "list" && isFolded(paper) && inside)) {
      scrollToPlace(paper, view.name === "list" && isFolded(paper) ? innerHeight / 3 : barHeight() + 12);
    }
    beside(place);
    return true;
  }
  function step(by) {
    let place = current + by;
    while (papers[place]?.hidden) place += by;
    return go(place);
  }
  const here = () => papers[current] || atTop(papers);
  papers.forEach((paper) => paper.addEventListener("focusin", () => stand(papers.indexOf(paper))));
  for (const name of ["wheel", "touchmove"]) addEventListener(name, () => { steered = false; }, { passive: true });
  let scrolled = 0;
  addEventListener("scroll", () => {
    cancelAnimationFrame(scrolled);
    scrolled = requestAnimationFrame(() => {
      const first = atTop(papers);
      if (!steered) beside(papers.indexOf(first));
      view.at = first && scrollY > 40 ? [idOf(first), Math.round(first.getBoundingClientRect().top)] : null;
    });
  }, { passive: true });
  addEventListener("pagehide", () => view.save());
  document.addEventListener("visibilitychange", () => document.hidden && view.save());

  function toHash() {
    const place = papers.findIndex((paper) => `#${paper.id}` === location.hash);
    if (place < 0) return false;
    unfold(papers[place]);
    return go(place);
  }
  addEventListener("hashchange", toHash);
  const wished = orders.find((button) => button.dataset.order === remembered.get("order")) || orders[0];
  if (wished) reorder(wished.dataset.order);
  drawView();
  load().then(() => {
    const kept = view.at && papers.find((paper) => idOf(paper) === view.at[0]);
    if (!toHash() && kept && !kept.hidden) scrollToPlace(kept, view.at[1]);
    requestIdleCallback?.(() => papers.forEach(textsOf)); // so that the first letter waits for nothing
  });

  // ---------------------------------------------------------------- keys

  const on = (action) => () => { const paper = here(); if (paper) action(paper); };
  onKeys({
    j: () => step(1),
    k: () => step(-1),
    l: () => changeView(view.name === "list" ? "full" : "list"),
    o: on((paper) => {
      const breakdown = one("details.breakdown", paper);
      if (isFolded(paper) || view.name === "list" || !breakdown) fold(paper, !isFolded(paper));
      else breakdown.open = !breakdown.open;
      if (view.name === "list") go(papers.indexOf(paper));
    }),
    t: on((paper) => { unfold(paper); const b = one(".toggle-original", paper); if (b) showOriginal(paper, !isPressed(b)); }),
    e: on((paper) => {
      const evidence = all(".breakdown details.evidence", paper);
      if (!evidence.length) return;
      const breakdown = one("details.breakdown", paper);
      const open = isFolded(paper) || !breakdown.open || !evidence.every((each) => each.open);
      unfold(paper);
      if (open) breakdown.open = true;
      evidence.forEach((each) => { each.open = open; });
    }),
    s: on((paper) => change(paper, "star")),
    r: on((paper) => change(paper, "read")),
    x: on((paper) => change(paper, "hide")),
    u: () => undone?.(),
    "/": () => { find.focus(); find.select(); },
    "?": toggleHelp,
  }, () => { find.value = ""; filter(); });

  // ---------------------------------------------------------------- print: the list short, the full text with nothing folded

  let opened = [];
  addEventListener("beforeprint", () => {
    if (opened.length || view.name === "list") return; // some browsers say it twice
    opened = all(".paper details:not([open])").filter((details) => !details.matches(".original, .gist details"));
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    opened = [];
  });
});
