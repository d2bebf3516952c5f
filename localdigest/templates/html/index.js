// The archive: full-text search over all days, by substring, so that Chinese needs no words. After find.js.
const PAGE = 50; // results shown at a time

// The texts of all papers, unpacked when first asked for.
let unpacking = null;
function archive() {
  unpacking ??= Promise.all(all("script.texts").map(async (block) => {
    const letters = atob(JSON.parse(block.textContent));
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const rows = JSON.parse(await new Response(stream).text());
    return rows.map(([id, anchor, title, authors, categories, ...texts]) => {
      const fields = [title, authors, categories, id, ...texts];
      return { id, title, authors, categories: categories.split(" "), texts, day: block.dataset.day,
        link: `${block.dataset.day}.html#${anchor}`, head: plain(`${title}\n${authors}\n${id}`),
        whole: plain(fields.join("\n")) };
    });
  })).then((days) => days.flat());
  return unpacking;
}

// Papers that hold all terms; those with all of them in title, authors or identifier first, then the latest.
function search(papers, terms, category) {
  const found = papers.filter((paper) =>
    (category === "*" ? marks.of(paper.id).star : !category || paper.categories.includes(category)) &&
    terms.every((term) => paper.whole.includes(term)));
  const inHead = (paper) => terms.length > 0 && terms.every((term) => paper.head.includes(term));
  return [...found.filter(inHead), ...found.filter((paper) => !inHead(paper))];
}

// The same from the page's server, in its order and with its snippets.
async function searchServer(server, asked, category) {
  const query = new URLSearchParams({ q: asked, limit: "200" });
  if (category === "*") query.set("starred", "1"); else if (category) query.set("category", category);
  const answer = await fetch(`${server}?${query}`);
  if (!answer.ok) throw new Error(answer.status);
  return (await answer.json()).rows.map((row) => {
    const shown = row.day && one(`.day-row[data-day="${row.day}"]`);
    return { ...row, authors: row.authors.join(", "), day: row.day || "",
      link: shown ? `${row.day}.html#p${row.id.replace("/", "_")}` : row.url };
  });
}

// The title with what was looked for marked. The server counts characters, this language halves of some.
function titlePlaces(paper, terms) {
  if (!paper.title_hits) return hitsOf(paper.title, terms);
  const letters = [...paper.title], before = (count) => letters.slice(0, count).join("").length;
  return paper.title_hits.map(([start, end]) => [before(start), before(end)]);
}

// The stretch of text around the first term, with the terms marked.
function snippet(paper, terms) {
  const line = document.createElement("p");
  if (paper.snippets) {
    const [name, pieces] = Object.entries(paper.snippets)[0] || ["", []];
    line.lang = name === "abstract" ? "en" : root.lang;
    return fill(line, pieces);
  }
  const held = (text) => terms.filter((term) => plain(text).includes(term)).length;
  const text = [...paper.texts].sort((a, b) => held(b) - held(a))[0];
  if (!held(text)) return line;
  line.lang = text === paper.texts[0] ? "en" : root.lang;
  return fill(line, stretch(text, terms, 180));
}

function entry(paper, terms) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = paper.link;
  fill(link, cut(paper.title, titlePlaces(paper, terms)));
  link.lang = "en";
  const about = document.createElement("p");
  about.className = "about";
  about.textContent = [paper.day, paper.categories.join(" "), paper.authors.split(", ").slice(0, 3).join(", ")]
    .filter(Boolean).join(" · ");
  item.append(link, about, snippet(paper, terms));
  return item;
}

document.addEventListener("DOMContentLoaded", () => {
  const find = one("#find"), told = one("#found"), results = one("#results"), list = one("#results ol");
  const more = one("#more"), days = one("#days");
  const server = one('meta[name="localdigest-search"]')?.content || "";
  let category = "", hits = [], terms = [], asked = 0;

  function showMore() {
    for (const paper of hits.slice(list.children.length, list.children.length + PAGE)) list.append(entry(paper, terms));
    more.hidden = list.children.length >= hits.length;
  }
  async function update() {
    const turn = ++asked;
    terms = termsOf(find.value);
    const searching = terms.length > 0 || category === "*";
    results.hidden = !searching;
    days.hidden = searching;
    if (!searching) {
      told.textContent = "";
      filterDays();
      return;
    }
    let matching;
    try {
      matching = server ? await searchServer(server, find.value, category) : search(await archive(), terms, category);
    } catch { told.textContent = texts.no_search; return; }
    if (turn !== asked) return; // the reader has typed on
    hits = matching;
    told.textContent = hits.length ? texts.results.replace("{count}", hits.length) : texts.none;
    list.replaceChildren();
    showMore();
  }
  function filterDays() {
    for (const row of all(".day-row")) {
      const count = category ? JSON.parse(row.dataset.categories)[category] || 0 : Number(row.dataset.shown);
      row.hidden = category !== "" && !count;
      one(".count", row).textContent = texts.papers.replace("{count}", count);
    }
    for (const month of all(".month")) month.hidden = all(".day-row", month).every((row) => row.hidden);
  }
  find.addEventListener("input", update);
  if (!server) find.addEventListener("focus", () => archive().catch(() => {}));
  more.addEventListener("click", showMore);
  choices(all("[data-filter]"), (value) => { category = value; update(); });
  marks.load().catch(() => {}).then(() => {
    one("[data-filter='*']").hidden = !Object.values(marks.byId).some((mark) => mark.star);
  });

  const chart = one(".scroll");
  if (chart) chart.scrollLeft = chart.scrollWidth; // where it does not fit, the latest days are seen first
  const weekday = new Intl.DateTimeFormat(root.lang, { weekday: "short", timeZone: "UTC" });
  for (const time of all(".day-row time")) {
    const name = document.createElement("span");
    name.textContent = weekday.format(new Date(time.dateTime));
    time.after(" ", name);
  }

  function step(by) {
    const links = all(results.hidden ? ".day-row:not([hidden]) a" : "#results a");
    links[Math.max(0, links.indexOf(document.activeElement) + by)]?.focus();
  }
  onKeys({ "/": () => { find.focus(); find.select(); }, j: () => step(1), k: () => step(-1), "?": toggleHelp },
    () => { find.value = ""; update(); });
  // From a day's page: to the day before it or after it, which it does not know.
  const [, way, day] = location.hash.match(/^#(before|after)-(\d{4}-\d\d-\d\d)$/) || [];
  const made = all(".day-row").map((row) => row.dataset.day).sort();
  const next = way === "before" ? made.filter((each) => each < day).pop() : made.find((each) => each > day);
  if (way && next) location.replace(`${next}.html`);
  const asking = new URLSearchParams(location.search).get("q");
  if (asking) find.value = asking;
  if (find.value) update();
});
