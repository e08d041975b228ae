// Says the page's words in another language, wherever and whenever they appear. `words` are by
// their English ones, or by patterns with {0}, {1}, … for what changes.

function speak({ language, called, words }) {
  // Gradio takes its own few words, and the document's language, from the browser.
  for (const [name, value] of [["language", called], ["languages", [called]]]) {
    Object.defineProperty(Navigator.prototype, name, { get: () => value });
  }
  const SHOWN = ["aria-label", "aria-valuetext", "alt", "placeholder", "title"];
  const OWN = "script, style, textarea";
  const HOLE = /\{(\d)\}/;
  const JOINT = " · ";
  const SIGNED = /^([✕■!] )(.+)$/s;
  const MOST = 2000; // characters of a sentence of ours, at most

  const patterns = Object.entries(words)
    .filter(([english]) => HOLE.test(english))
    .sort(([one], [other]) => other.length - one.length)
    .map(([english, own]) => {
      const parts = english.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      return { told: new RegExp(`^${parts.join("(.+)")}$`, "s"), own };
    });

  // What is said for a text, or null where it is none of ours.
  function said(text) {
    const bare = text.trim();
    if (!bare || bare.length > MOST) return null;
    if (Object.hasOwn(words, bare)) return text.replace(bare, () => words[bare]);
    if (bare.includes(JOINT)) {
      const parts = bare.split(JOINT).map((part) => said(part) ?? part);
      const joined = parts.join(JOINT);
      return joined === bare ? null : joined;
    }
    const [, sign, after] = bare.match(SIGNED) ?? [];
    if (sign) {
      const own = said(after);
      return own === null ? null : sign + own;
    }
    for (const { told, own } of patterns) {
      const found = told.exec(bare);
      if (found) {
        return own.replace(/\{(\d)\}/g, (_, at) => said(found[Number(at) + 1]) ?? found[Number(at) + 1]);
      }
    }
    return null;
  }

  function translate(node) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement?.closest(OWN)) return;
      const own = said(node.data);
      if (own !== null && own !== node.data) node.data = own;
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      SHOWN.forEach((name) => rename(node, name));
      node.childNodes.forEach(translate);
    }
  }

  function rename(element, name) {
    const text = element.getAttribute(name);
    const own = text === null ? null : said(text);
    if (own !== null && own !== text) element.setAttribute(name, own);
  }

  // A choice that was made stands in a field, as its value: the words are seen, and whoever asks
  // the field, Gradio and our own scripts, is told the English ones.
  function choices_in_language() {
    const told = new WeakMap();
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    Object.defineProperty(HTMLInputElement.prototype, "value", {
      configurable: true,
      enumerable: true,
      get() {
        const seen = get.call(this);
        const choice = told.get(this);
        return choice?.seen === seen ? choice.english : seen;
      },
      set(english) {
        const own = this.role === "combobox" ? said(String(english ?? "")) : null;
        set.call(this, own ?? english);
        if (own === null) told.delete(this); else told.set(this, { english, seen: own });
      },
    });
  }

  document.documentElement.lang = called;
  if (language === "en") return;
  window.sprint_said = said;
  choices_in_language();
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") rename(change.target, change.attributeName);
      else if (change.type === "characterData") translate(change.target);
      else change.addedNodes.forEach(translate);
    }
  }).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: SHOWN,
  });
}
