// The nearest of known words: the one with the fewest letters to change, if they are few.

const LETTERS = /\p{Letter}[\p{Letter}-]*/gu;
const MOST_CHANGES = 0.4;  // parts of a word's letters

// {word, nearest} of the first word in a text that is not known; nearest may be null.
function first_unknown(text, known) {
  for (const word of text.toLowerCase().match(LETTERS) ?? []) {
    if (word.length < 3 || known.has(word) || singulars(word).some((one) => known.has(one))) continue;
    return { word, nearest: nearest_of(word, known) };
  }
  return null;
}

function singulars(word) {
  return [word.replace(/s$/, ""), word.replace(/es$/, ""), word.replace(/ies$/, "y"), `${word}s`];
}

function nearest_of(word, known) {
  let best = null;
  let least = Math.floor(MOST_CHANGES * word.length) + 1;
  for (const other of known) {
    if (Math.abs(other.length - word.length) >= least || other.length < 3) continue;
    const changes = changes_between(word, other);
    if (changes < least) [best, least] = [other, changes];
  }
  return best;
}

// Letters put in, left out, changed or swapped (Damerau 1964, optimal string alignment).
function changes_between(a, b) {
  let before = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1] + (a[i - 1] !== b[j - 1]);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, changed);
      const is_swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (is_swap) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
