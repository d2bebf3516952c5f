// Where looked-for words stand: for the day's page and the archive. After common.js.

const termsOf = (text) => text.split(/\s+/).filter(Boolean).map(plain);
const patterns = new Map();
// A term where it stands, with or without that space.
function patternOf(term) {
  if (!patterns.has(term)) {
    const bounds = /(?<=[\u3400-\u9fff])(?![\u3400-\u9fff])|(?<![\u3400-\u9fff])(?=[\u3400-\u9fff])/;
    const pieces = term.split(bounds).map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    patterns.set(term, new RegExp(pieces.join(" ?"), "g"));
  }
  return patterns.get(term);
}

// Where the terms stand in `text`: [start, end] each, ascending, apart.
function hitsOf(text, terms) {
  const low = text.toLowerCase(), found = [];
  if (low.length !== text.length) return []; // a letter that is two in lower case: no place would be right
  for (const term of terms) {
    for (const { index, 0: hit } of low.matchAll(patternOf(term))) found.push([index, index + hit.length]);
  }
  const apart = [];
  for (const [start, end] of found.sort((a, b) => a[0] - b[0])) {
    const last = apart.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end); else apart.push([start, end]);
  }
  return apart;
}
// `text` in pieces, each with whether it is a hit.
function cut(text, places) {
  const pieces = [];
  let at = 0;
  for (const [start, end] of places) {
    pieces.push([text.slice(at, start), false], [text.slice(start, end), true]);
    at = end;
  }
  return [...pieces, [text.slice(at), false]];
}
function fill(element, pieces) {
  for (const [text, hit] of pieces) {
    const mark = hit && document.createElement("mark");
    if (mark) mark.textContent = text;
    element.append(mark || text);
  }
  return element;
}


// The stretch of `text` around the first of the terms, with the terms marked; "" where none is in it.
function stretch(text, terms, length) {
  const places = hitsOf(text, terms);
  if (!places.length) return [];
  const first = Math.max(0, places[0][0] - 40), shown = text.slice(first, first + length);
  return [[first ? "…" : "", false], ...cut(shown, hitsOf(shown, terms)), [first + length < text.length ? "…" : "", false]];
}

// Hits marked where they stand, without changing the page; a browser that cannot shows none.
const marked = {
  can: typeof Highlight === "function" && Boolean(CSS.highlights),
  clear() { if (this.can) CSS.highlights.delete("found"); },
  mark(elements, terms) {
    if (!this.can) return;
    const ranges = [];
    for (const element of elements) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const [start, end] of hitsOf(node.data, terms)) {
          const range = new StaticRange({ startContainer: node, startOffset: start, endContainer: node, endOffset: end });
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  },
};
