// The day's page: finding, folding, aligned sentences, marks, keys. After common.js.
document.addEventListener("DOMContentLoaded", () => {
  const papers = all(".paper");
  const entries = all(".contents li");
  const find = one("#find");

  // ---------------------------------------------------------------- originals and breakdowns

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

  function together(id, apply) {
    const button = one(id);
    if (!button) return;
    const set = (on) => { pressed(button, on); papers.forEach((paper) => apply(paper, on)); };
    button.addEventListener("click", () => { set(!isPressed(button)); remembered.set(id.slice(1), isPressed(button)); });
    if (remembered.get(id.slice(1)) === "true") set(true);
  }
  together("#originals", showOriginal);
  together("#breakdowns", (paper, open) => { const d = one("details.breakdown", paper); if (d) d.open = open; });

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

  const found = one("#found");
  const haystacks = new Map();
  function haystack(paper) {
    if (!haystacks.has(paper)) {
      const parts = all("h2, .translated-title, .gist, .eyebrow, .authors, .links > a, .text, .breakdown li", paper);
      haystacks.set(paper, plain(parts.map((part) => part.textContent).join("\n") + "\n" + note(paper)));
    }
    return haystacks.get(paper);
  }
  let category = "";
  function filter() {
    const terms = plain(find.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    papers.forEach((paper, i) => {
      const inCategory = category === "*" ? Boolean(marks.of(paper.dataset.id).star)
        : !category || paper.dataset.categories.split(" ").includes(category);
      const on = inCategory && terms.every((term) => haystack(paper).includes(term));
      paper.hidden = !on;
      entries[i].hidden = !on;
      shown += on;
    });
    if (found) {
      const filtering = terms.length || category;
      found.textContent = filtering ? texts.found.replace("{shown}", shown).replace("{all}", papers.length) : "";
    }
  }
  find.addEventListener("input", filter);
  choices(all("[data-filter]"), (value) => { category = value; filter(); });

  // ---------------------------------------------------------------- marks: star, read, hide, note

  const note = (paper) => String(marks.of(paper.dataset.id).note || "");
  async function save(paper, changes) {
    const saving = marks.save(paper.dataset.id, changes);
    show(paper);
    if (!(await saving)) say(texts.not_saved);
  }
  function show(paper) {
    const mark = marks.of(paper.dataset.id);
    for (const name of ["star", "read", "hide"]) {
      paper.classList.toggle(name, Boolean(mark[name]));
      pressed(one(`[data-mark=${name}]`, paper), Boolean(mark[name]));
    }
    entries[papers.indexOf(paper)].className = paper.className.replace("paper", "").replace("current", "").trim();
    const area = one("textarea", paper);
    if (document.activeElement !== area) area.value = note(paper);
    const open = Boolean(note(paper)) || !one(".note", paper).hidden;
    one(".note", paper).hidden = !open;
    pressed(one("[data-mark=note]", paper), open);
  }
  function change(paper, name) {
    save(paper, { [name]: !marks.of(paper.dataset.id)[name] });
    if (category === "*") filter();
  }
  for (const paper of papers) {
    for (const name of ["star", "read", "hide"]) {
      one(`[data-mark=${name}]`, paper).addEventListener("click", () => change(paper, name));
    }
    const area = one("textarea", paper);
    one("[data-mark=note]", paper).addEventListener("click", (event) => {
      const box = one(".note", paper);
      box.hidden = !box.hidden && !area.value;
      pressed(event.currentTarget, !box.hidden);
      if (!box.hidden) area.focus();
    });
    area.addEventListener("change", () => { haystacks.delete(paper); save(paper, { note: area.value }); });
  }
  async function load() {
    try { await marks.load(); } catch { say(texts.not_saved); }
    papers.forEach(show);
  }
  load();
  addEventListener("storage", (event) => event.key === "localdigest-marks" && !marks.server && load());

  // ---------------------------------------------------------------- where the reader is

  let current = -1;
  function go(place) {
    const paper = papers[place];
    if (!paper) return;
    papers[current]?.classList.remove("current");
    current = place;
    paper.classList.add("current");
    paper.focus({ preventScroll: true });
    paper.scrollIntoView({ block: "start" });
  }
  function step(by) {
    let place = current + by;
    while (papers[place]?.hidden) place += by;
    go(place);
  }
  const here = () => papers[current] || papers.find((paper) => !paper.hidden);
  for (const paper of papers) {
    paper.addEventListener("focusin", () => {
      papers[current]?.classList.remove("current");
      current = papers.indexOf(paper);
      paper.classList.add("current");
    });
  }
  const inView = new Set();
  const watch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) isIntersecting ? inView.add(target) : inView.delete(target);
    const first = papers.findIndex((paper) => inView.has(paper));
    entries.forEach((entry, i) => one("a", entry).toggleAttribute("aria-current", i === first));
  }, { rootMargin: "-80px 0px -60% 0px" });
  papers.forEach((paper) => watch.observe(paper));

  // ---------------------------------------------------------------- keys

  const on = (action) => () => { const paper = here(); if (paper) action(paper); };
  onKeys({
    j: () => step(1),
    k: () => step(-1),
    o: on((paper) => { const d = one("details.breakdown", paper); if (d) d.open = !d.open; }),
    t: on((paper) => { const b = one(".toggle-original", paper); if (b) showOriginal(paper, !isPressed(b)); }),
    e: on((paper) => {
      const evidence = all("details.evidence", paper);
      if (!evidence.length) return;
      const breakdown = one("details.breakdown", paper);
      const open = !breakdown.open || !evidence.every((each) => each.open);
      if (open) breakdown.open = true;
      evidence.forEach((each) => { each.open = open; });
    }),
    s: on((paper) => change(paper, "star")),
    r: on((paper) => change(paper, "read")),
    "/": () => { find.focus(); find.select(); },
    "?": toggleHelp,
  }, () => { find.value = ""; filter(); });

  // ---------------------------------------------------------------- print: nothing folded

  let folded = [];
  addEventListener("beforeprint", () => {
    if (folded.length) return; // some browsers say it twice
    folded = all("details:not([open])").filter((details) => !details.matches(".original"));
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    folded.forEach((details) => { details.open = false; });
    folded = [];
  });
});
