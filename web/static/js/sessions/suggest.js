// What could come next where one writes a filter: a field, or a value of it. Pure.

const STATES = {
  goal: ["triggered", "failed"], block: ["in", "exited"], form: ["shown", "abandoned"],
};
const MOST = 8;

// `known`: {field: [{value, count}]}; `fields`: every field there is. -> [{text, count, from, to}]: put `text` in the
// place of the characters `from` … `to`.
export function suggestions(text, caret, { fields, known }) {
  const start = text.lastIndexOf("&", caret - 1) + 1;
  const end = text.indexOf("&", caret) < 0 ? text.length : text.indexOf("&", caret);
  const part = text.slice(start, caret);
  const sign = part.indexOf("=");
  if (sign < 0) {
    const from = start + (part.length - part.trimStart().length);
    const begun = part.trim().toLowerCase();
    const rest = text.slice(caret, end);
    const to = rest.includes("=") ? caret + rest.indexOf("=") + 1 : caret;
    return ranked(fields.map((field) => ({ name: field, text: `${field}=`, count: null })), begun)
      .map((one) => ({ ...one, from, to }));
  }
  const field = part.slice(0, sign).trim();
  const values = part.slice(sign + 1);
  const comma = lastComma(values);
  const own = values.slice(comma + 1);
  const lead = own.length - own.trimStart().length;
  const no = own.trimStart().startsWith("!") ? 1 : 0;
  const begun = own.slice(lead + no).trim().toLowerCase();
  const from = start + sign + 1 + comma + 1 + lead + no;
  const given = of(known, field).map(({ value, count }) => ({ name: value, text: value, count }));
  const more = of(STATES, field).map((state) => ({ name: `${state}:`, text: `${state}:`, count: null }));
  return ranked([...given, ...more], begun).filter((one) => one.name.toLowerCase() !== begun)
    .map((one) => ({ ...one, from, to: caret }));
}

// What one writes may be `constructor`: that is no field of ours.
function of(all, field) {
  return Object.hasOwn(all, field) ? all[field] : [];
}

// Those that begin so come first, then those that contain it; each group by how many there are.
function ranked(all, begun) {
  const rank = ({ name }) => {
    const at = name.toLowerCase().indexOf(begun);
    return at < 0 ? -1 : at === 0 ? 0 : 1;
  };
  return all
    .map((one, n) => ({ one, n, rank: rank(one) }))
    .filter(({ rank: place }) => place >= 0)
    .sort((a, b) => a.rank - b.rank || (b.one.count ?? -1) - (a.one.count ?? -1) || a.n - b.n)
    .slice(0, MOST)
    .map(({ one }) => one);
}

// The last comma that parts two values, not one that a backslash makes a letter.
function lastComma(values) {
  let found = -1;
  for (let n = 0; n < values.length; n += 1) {
    if (values[n] === "\\") n += 1;
    else if (values[n] === ",") found = n;
  }
  return found;
}
