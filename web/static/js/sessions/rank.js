// How well a thing answers what was typed. Pure.

const MOST = 12;

// {what, of?, …}, best first; every word typed must be in `what` or `of`. Nothing typed: all, as they come.
export function ranked(things, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return things
    .map((thing, n) => ({ thing, n, score: score(thing, words) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score || a.n - b.n)
    .slice(0, MOST)
    .map(({ thing }) => thing);
}

function score({ what, of = "" }, words) {
  const name = what.toLowerCase();
  const whole = `${of.toLowerCase()} ${name}`;
  let sum = name === words.join(" ") ? 8 : 1; // what was typed whole comes first
  for (const word of words) {
    if (name.startsWith(word)) sum += 8;
    else if (new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word)}`, "u").test(whole)) sum += 4;
    else if (whole.includes(word)) sum += 1;
    else return 0;
  }
  return sum;
}

function escaped(word) {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
